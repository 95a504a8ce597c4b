"""Grams that a good part of a group's records have."""

from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.table import records
from dedup import boilerplate
from dedup.boilerplate import Boilerplate, common_of
from dedup.compared import groups_of
from dedup.grams import Common, grams_of
from dedup.packed import packed
from dedup.sample import LEAST_SAMPLE

GROUPS, RECORDS, OWN = 7, 30, 4
TEMPLATES = ("ጥያቄውን ይመልሱ", "أجب عن السؤال", "မေးခွန်းကိုဖြေပါ", "请回答问题", "प्रश्न का उत्तर दें", "ตอบคำถาม", "dáhùn ìbéèrè")


def sampled() -> pa.Table:
    """Return records of seven groups, by group: each has its group's template and four letters of its own."""
    groups = np.repeat(np.arange(GROUPS, dtype=np.uint64) << np.uint64(59), RECORDS)
    letters = map(chr, range(0x4E00, 0x4E00 + len(groups) * OWN))  # no letter twice
    own = ["".join(some) for some in zip(*[letters] * OWN, strict=True)]
    inputs = [TEMPLATES[row // RECORDS] + text for row, text in enumerate(own)]
    columns = {"group": groups, "rank": np.arange(len(groups), dtype=np.uint64), "inputs": inputs}
    return pa.table(columns | {"targets": [""] * len(groups)})


def of_templates() -> list[dict[str, int]]:
    grams = grams_of([pa.array(TEMPLATES), pa.array([""] * GROUPS)], np.zeros(GROUPS, np.uint64), least=5)
    rows = np.split(grams.values, grams.offsets[1:-1])
    return [{"group": n << 59, "gram": gram} for n, found in enumerate(rows) for gram in sorted(found.tolist())]


@pytest.mark.parametrize("block", [1, 31, 1 << 12])
@pytest.mark.parametrize("shards", [1, 3])
def test_however_few_records_are_counted_at_once_the_grams_are_those_of_the_templates(
    block: int, shards: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boilerplate, "BLOCK", block)
    rows = sampled()
    mixed = [rows.take(pa.array(np.arange(shard, len(rows), shards))) for shard in range(shards)]
    summary = pa.concat_tables([packed(shard, by="group") for shard in mixed])
    assert summary.num_rows == GROUPS * shards
    assert Boilerplate(least=5).settle(summary, key="part").to_pylist() == of_templates()


def test_a_group_of_few_records_has_no_template() -> None:
    few = sampled().slice(0, LEAST_SAMPLE - 1)
    assert Boilerplate().settle(packed(few, by="group"), key="part").num_rows == 0
    assert Boilerplate().settle(packed(few.slice(0, 0), by="group"), key="part").num_rows == 0


@given(st.lists(st.integers(0, 40), max_size=8), st.sets(st.integers(0, 40), max_size=6))
def test_grams_of_its_own_group_are_left_out_of_a_row(rows: list[int], groups: set[int]) -> None:
    table = records({"id": str(n), "source": str(group), "inputs": "", "targets": ""} for n, group in enumerate(rows))
    names = {int(name): group for name, group in enumerate(groups_of(everyone()).tolist())}
    pairs = sorted((names[group], gram) for group in groups for gram in range(group % 5 + 1))
    columns = {"group": pa.array([group for group, _ in pairs], pa.uint64())}
    common = common_of(table, pa.table(columns | {"gram": pa.array([gram for _, gram in pairs], pa.uint32())}))
    for group, place in zip(rows, common.groups.tolist() if pairs else [-1] * len(rows), strict=True):
        found = common.grams[common.offsets[place] : common.offsets[place + 1]].tolist() if place >= 0 else []
        assert found == (list(range(group % 5 + 1)) if group in groups else [])


@cache
def everyone() -> pa.Table:
    return records({"id": str(n), "source": str(n), "inputs": "", "targets": ""} for n in range(41))


@given(st.text("ab我们ት", min_size=20, max_size=60), st.data())
def test_what_is_left_of_a_row_is_what_is_not_common(text: str, data: st.DataObject) -> None:
    columns, salts = [pa.array([text])], np.zeros(1, np.uint64)
    every = grams_of(columns, salts, least=5).values.tolist()
    some = data.draw(st.sets(st.sampled_from(every) | st.integers(0, 2**32 - 1)))
    common = Common(np.zeros(1, np.int32), np.array(sorted(some), np.uint32), np.array([0, len(some)]))
    assert grams_of(columns, salts, least=5, common=common).values.tolist() == [x for x in every if x not in some]
