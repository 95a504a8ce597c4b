"""Grams that a good part of a group's records have."""

import numpy as np
import pyarrow as pa
import pytest

from dedup import boilerplate
from dedup.boilerplate import Boilerplate
from dedup.grams import grams_of
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
