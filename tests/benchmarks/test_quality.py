import numpy as np
import pytest

from benchmarks.parts.quality import by_script, first_of_each, quality
from benchmarks.parts.truth import Pairs

# 0 is like 1, 1 is like 2 (a chain: 0 is not like 2), 3 is like 4, 5 is nearly like 6, 7 is like none.
TRUTH = Pairs(np.array([0, 1, 3, 5]), np.array([1, 2, 4, 6]), np.array([0.9, 0.8, 0.95, 0.75]))
UNSEGMENTED = np.array([False, False, False, True, True, False, False, True])


def test_a_star_that_leaves_the_end_of_a_chain_is_settled() -> None:
    labels = np.array([0, 0, 2, 3, 3, 5, 6, 7])
    found = quality(labels, labels, TRUTH, UNSEGMENTED)
    assert found.pair_recall == pytest.approx(2 / 3)  # (1, 2) is not in one cluster
    assert found.row_recall == pytest.approx(4 / 5)  # of 0 to 4, all but 2
    assert found.settled == 1.0
    assert found.row_precision == 1.0
    assert found.removed_alike == 1.0
    assert (found.removed, found.largest) == (2, 2)


def test_the_end_of_a_chain_may_be_in_the_cluster_and_stay() -> None:
    found = quality(np.array([0, 0, 0, 3, 3, 5, 6, 7]), np.array([0, 0, 2, 3, 3, 5, 6, 7]), TRUTH, UNSEGMENTED)
    assert found.pair_recall == found.row_recall == found.settled == found.row_precision == 1.0
    assert (found.removed, found.largest) == (2, 3)


def test_one_cluster_of_all_finds_all_and_is_imprecise() -> None:
    labels = np.zeros(8, np.int64)
    found = quality(labels, labels, TRUTH, UNSEGMENTED)
    assert found.pair_recall == found.row_recall == found.settled == 1.0
    assert found.row_precision == pytest.approx(5 / 8)
    assert found.row_precision_unsegmented == pytest.approx(2 / 3)  # 3 and 4, not 7
    assert found.row_precision_nearly == pytest.approx(7 / 8)
    assert found.removed_alike == pytest.approx(1 / 7)  # only 1 is like 0


def test_nothing_found_is_nothing_settled() -> None:
    found = quality(np.arange(8), np.arange(8), TRUTH, UNSEGMENTED)
    assert found.pair_recall == found.row_recall == found.settled == 0.0
    assert np.isnan(found.row_precision)


def test_scripts_are_counted_apart() -> None:
    scripts = np.array(["Latn"] * 3 + ["Thai"] * 2 + ["Latn"] * 2 + ["Thai"])
    table = by_script(np.array([0, 0, 2, 3, 3, 5, 6, 7]), TRUTH, scripts)
    assert table["Thai"] == (2, 1.0, 1.0)
    assert table["Latn"][1] == pytest.approx(2 / 3)


def test_labels_of_any_kind_become_the_first_row_of_each_cluster() -> None:
    assert first_of_each(np.array([9, 4, 9, 7, 4])).tolist() == [0, 1, 0, 3, 1]
