"""Overlays: what later stages changed of a file of records, and which of its rows stay."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from aya import table
from aya.overlay import laid_over, overlay_of, read_shard
from aya.task import Receipt
from tests.workshop import QUESTIONS, Workshop

ROWS = table.records(
    [{"id": f"{number:032x}", "inputs": row["q"], "targets": row["a"]} for number, row in enumerate(QUESTIONS)]
)


@given(places=st.lists(st.integers(0, len(QUESTIONS) - 1), unique=True))
def test_rows_are_those_of_the_places_with_the_columns_of_the_overlay(places: list[int]) -> None:
    chosen = table.put(ROWS.take(pa.array(places, pa.int64())), "language", ["yor"] * len(places), pa.string())
    chosen = table.put(chosen, "score", list(map(float, places)), pa.float64())
    over = overlay_of(chosen, np.array(places, np.uint32), {"score", "language"})
    assert over.column_names == ["_row", "language", "score"]
    assert laid_over(ROWS, over).equals(chosen)


def test_columns_left_out_are_not_read(tmp_path: Path) -> None:
    table.write(ROWS, tmp_path / "rows.parquet")
    found = read_shard(tmp_path / "rows.parquet", without=("inputs", "targets"))
    assert found.equals(ROWS.drop_columns(["inputs", "targets"]))


def test_a_shard_is_written_anew_where_less_than_half_of_it_stays(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    workshop.rows([*QUESTIONS, *({"q": "?", "a": str(number), "l": "eng"} for number in range(4))])
    caps = {"use": "collection.caps", "most": 4, "by": ["source"]}
    stages = [{"use": "collection.length", "inputs": {"least": 2}}, {"use": "dedup.exact"}, caps]
    workshop.recipe(stages=stages, allow={"dropped": 1, "empty_languages": "all"})
    workshop.build()
    receipts = map(Path.read_bytes, (workshop.store.work / "judge").glob("*.json"))
    kept = [output for text in receipts for output in Receipt.model_validate_json(text).with_role("kept")]
    assert sorted((output.rows, output.overlay) for output in kept) == [(4, False), (6, True), (6, True)]
    whole = workshop.version().polars(dropped=None)
    assert sorted(whole["inputs"]) == sorted([*(row["q"] for row in QUESTIONS), *"????"])
    assert Counter(whole["drop"]) == {
        None: 4,
        "collection.caps: above the cap": 2,
        "collection.length: too short": 4,
    }
