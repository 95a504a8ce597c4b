"""Parquet files of a release: bounded row groups, runs of one person, and what a removal leaves as it was."""

import random
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from aya.table import canonical, records
from hub_release import shards
from hub_release.shards import ShardWriter, rewrite

ASKED = {"yor": "Kí ni olú-ìlú?", "amh": "ዋና ከተማ ምንድን ነው?", "mya": "မြို့တော်က ဘာလဲ။", "tel": "రాజధాని ఏది?"}


def written(folder: Path, num: int, *, sort: bool = True) -> Path:
    """Write rows of seven people, a hundred to a batch, and return the one file."""
    draws, writer = random.Random(3), None
    for first in range(0, num, 100):
        numbers = range(first, first + 100)
        made = records(
            {
                "id": f"{number:06d}",
                "inputs": [*ASKED.values()][number % 4],
                "targets": draws.randbytes(200).hex(),
                "provenance": canonical({"annotator": f"a{number % 7}"}),
            }
            for number in numbers
        )
        writer = writer or ShardWriter(folder, made.schema, sort=sort)
        writer.add(made)
    assert writer is not None
    (part,) = writer.close()
    assert part.rows == num
    return part.path


def sizes(path: Path) -> list[int]:
    metadata = pq.read_metadata(path)
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def test_a_row_group_ends_at_its_rows_or_its_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "GROUP_ROWS", 250)
    assert sizes(written(tmp_path / "rows", 600)) == [250, 250, 100]
    monkeypatch.setattr(shards, "GROUP_BYTES", 1)
    assert sizes(written(tmp_path / "bytes", 600)) == [100] * 6


def test_what_one_person_gave_lies_together(tmp_path: Path) -> None:
    rows = pq.read_table(written(tmp_path, 700)).to_pylist()
    runs = [who for who, _ in groupby(row["provenance"] for row in rows)]
    assert len(runs) == 7
    assert [row["id"] for row in rows if "a0" in row["provenance"]] == [f"{number:06d}" for number in range(0, 700, 7)]


def test_a_removal_leaves_row_groups_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "GROUP_ROWS", 200)
    path = written(tmp_path / "old", 600, sort=False)
    kept = np.ones(600, bool)
    kept[200:205] = False
    writer = ShardWriter(tmp_path / "new", pq.read_schema(path), sort=False)
    rewrite(path, kept, writer)
    (part,) = writer.close()
    assert sizes(part.path) == [200, 195, 200]
    group = pq.read_metadata(path).row_group(2)
    start, end = group.column(0).data_page_offset, group.column(group.num_columns - 1).data_page_offset
    assert path.read_bytes()[start:end] in part.path.read_bytes()
