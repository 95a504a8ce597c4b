"""Grams that a good part of a group's records have."""

import numpy as np
import pyarrow as pa
import pytest

from dedup import boilerplate
from dedup.boilerplate import Boilerplate
from dedup.sample import LEAST_SAMPLE

GROUPS, RECORDS, TEMPLATE, OWN = 7, 30, 5, 4


def summary() -> pa.Table:
    """Return records of seven groups, mixed: each has the grams of its group's template and four of its own."""
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(GROUPS, dtype=np.uint64), RECORDS))
    of_template = groups[:, None].astype(np.uint32) * 100 + np.arange(TEMPLATE, dtype=np.uint32)
    own = 10_000 + np.arange(len(groups) * OWN, dtype=np.uint32).reshape(-1, OWN)
    offsets = np.arange(len(groups) + 1, dtype=np.int64) * (TEMPLATE + OWN)
    grams = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(np.hstack([of_template, own]).ravel()))
    return pa.table({"group": groups, "rank": np.arange(len(groups), dtype=np.uint64), "grams": grams})


@pytest.mark.parametrize("block", [1, 31, 1 << 12])
def test_however_few_records_are_counted_at_once_the_grams_are_those_of_the_templates(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boilerplate, "BLOCK", block)
    found = Boilerplate().settle(summary(), key="group").to_pylist()
    assert found == [{"group": group, "gram": group * 100 + n} for group in range(GROUPS) for n in range(TEMPLATE)]


def test_a_group_of_few_records_has_no_template() -> None:
    few = summary().sort_by("group").slice(0, LEAST_SAMPLE - 1)
    assert Boilerplate().settle(few, key="group").num_rows == 0
    assert Boilerplate().settle(few.slice(0, 0), key="group").num_rows == 0
