import numpy as np
import pytest

from aya.stage import run_global
from tests.translated import LANGUAGES, lists, table
from translation.length_ratio import LengthRatio
from translation.robust import Usual, groups, usual


def test_what_is_usual_does_not_move_with_a_few_wrong_numbers() -> None:
    assert usual(np.array([1.0, 2, 3, 4, 5]), least_spread=0.1) == Usual(3, 1.4826)
    assert usual(np.array([1.0, 2, 3, 4, 500]), least_spread=0.1) == Usual(3, 1.4826)
    assert usual(np.array([7.0, 7, 7]), least_spread=0.1) == Usual(7, 0.1)


def test_groups_are_rows_with_the_same_keys() -> None:
    found = groups(np.array([2, 1, 2, 1]), np.array([5, 5, 6, 5]))
    assert [(keys, rows.tolist()) for keys, rows in found] == [((1, 5), [1, 3]), ((2, 5), [0]), ((2, 6), [2])]
    assert groups(np.array([])) == []


def test_a_distance_is_in_spreads_of_the_run() -> None:
    """Ratios of the logarithm: 9 rows of 1, 9 of 2, 9 of 4, and one of 64: median log 2, spread 1.4826 log 2."""
    pairs = [("x" * 8, "y" * 8 * times) for times in [1] * 9 + [2] * 9 + [4] * 9 + [64]]
    judged = run_global(LengthRatio(least_rows=10, most=3), table(pairs))
    scores = judged["length_z"].to_pylist()
    assert scores[::9] == pytest.approx([-1 / 1.4826, 0, 1 / 1.4826, 5 / 1.4826], abs=1e-6)
    assert judged["drop"].to_pylist() == [None] * 27 + ["translation.length_ratio: unusual length"]


def test_few_rows_and_empty_texts_are_not_judged() -> None:
    judged = run_global(LengthRatio(), table([("eight", "ẹjọ")] * 29 + [("one", " "), (None, "x")]))
    assert judged["length_z"].to_pylist() == [None] * 31


@pytest.mark.parametrize("code", LANGUAGES)
def test_half_a_translation_is_short_in_any_language(code: str) -> None:
    pairs = lists(code, 60)
    pairs[0] = (pairs[0][0], pairs[0][1][: len(pairs[0][1]) // 3])
    first, *rest = run_global(LengthRatio(), table(pairs, code))["length_z"].to_pylist()
    assert first < min(rest) - 2
