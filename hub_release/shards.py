"""Parquet files of a release: row groups that viewers can read, cut by content so that a new version sends little."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 100_000
GROUP_BYTES, RUN_BYTES = 32 * 2**20, 8 * 2**20
"""A row group ends at so many rows or bytes in memory; the viewer of the Hub reads none above 300 MB."""
SHARD_ROWS = 1_000_000
SHARD_BYTES = 400 * 2**20
BATCH_ROWS = 4_096

_CHUNKS = {"min_chunk_size": 64 * 2**10, "max_chunk_size": 256 * 2**10, "norm_level": 0}
_READ_BYTES = 64 * 2**10
_LEVEL = 3
_MANY = frozenset({"id", "parent_id", "inputs", "targets", "provenance"})
"""Columns in which hardly a value comes twice and nobody looks for the least: no dictionary, no statistics."""
_ORDER = ("dataset_name", "annotator", "id")


class Part(NamedTuple):
    """A file that was written."""

    path: Path
    rows: int


class ShardWriter:
    """Writes rows to as many files as they need, named by number; nothing but one row group is in memory.

    With `sort`, rows lie by data set, annotator and id in runs of 8 MiB, so that what one person or one data set gave
    is taken back from few places; a whole row group would have to be in memory twice to be sorted.
    """

    def __init__(self, folder: Path, schema: pa.Schema, *, sort: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._schema, self._sort = folder, schema, sort
        self._run: list[pa.Table] = []
        self._group: list[pa.Table] = []
        self._num_rows = self._num_bytes = self._run_bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self.parts: list[Part] = []

    def add(self, table: pa.Table) -> None:
        """Take rows of the schema."""
        while len(table):
            room = GROUP_ROWS - self._num_rows
            head, table = table.slice(0, room), table.slice(room)
            self.hold(head)
            if self._num_rows >= GROUP_ROWS or self._num_bytes >= GROUP_BYTES:
                self.end_group()

    def hold(self, table: pa.Table) -> None:
        """Take rows; the row group ends when `end_group` says so."""
        self._run.append(table)
        self._num_rows += len(table)
        self._num_bytes += table.nbytes
        self._run_bytes += table.nbytes
        if self._run_bytes >= RUN_BYTES:
            self._end_run()

    def _end_run(self) -> None:
        if self._run:
            rows = pa.concat_tables(self._run)
            self._group.append(_sorted(rows) if self._sort else rows)
            self._run, self._run_bytes = [], 0
            pa.default_memory_pool().release_unused()  # else the peak is that of many runs

    def end_group(self) -> None:
        """Write what waits as one row group."""
        self._end_run()
        if self._num_rows:
            self._write(pa.concat_tables(self._group))
            self._group, self._num_rows, self._num_bytes = [], 0, 0

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self.parts.append(Part(self._folder / f"{len(self.parts):05d}.parquet", 0))
            self._writer = open_writer(self.parts[-1].path, self._schema)
        self._writer.write_table(rows, row_group_size=max(1, len(rows)))
        part = self.parts[-1]._replace(rows=self.parts[-1].rows + len(rows))
        self.parts[-1] = part
        if part.rows >= SHARD_ROWS or part.path.stat().st_size >= SHARD_BYTES:
            self._end_part()

    def _end_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def close(self) -> list[Part]:
        """Write the rest; return the files."""
        self.end_group()
        self._end_part()
        return self.parts


def open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer with the settings of a release: the least that a small file can weigh, since many are small."""
    few = [name for name in schema.names if name not in _MANY]
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=_LEVEL, write_page_index=True,
        use_content_defined_chunking=_CHUNKS, write_statistics=few, use_dictionary=few, store_schema=False,
    )  # fmt: skip


def rewrite(path: Path, kept: npt.NDArray[np.bool_], to: ShardWriter) -> None:
    """Write the rows of a file that are kept; row groups end where they did, so that the others keep their bytes."""
    start = 0
    with _reader(path) as file:
        for number in range(file.num_row_groups):
            for batch in file.iter_batches(BATCH_ROWS, row_groups=[number], use_threads=False):
                to.hold(pa.Table.from_batches([batch.filter(pa.array(kept[start : start + len(batch)]))]))
                start += len(batch)
            to.end_group()


def batches(paths: Sequence[Path], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of files in order, a bounded piece at a time."""
    for path in paths:
        with _reader(path) as file:
            there = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
            for batch in file.iter_batches(BATCH_ROWS, columns=there, use_threads=False):
                yield pa.Table.from_batches([batch])


def _reader(path: Path) -> pq.ParquetFile:
    """Open a file to be read page by page; the usual reader fetches whole row groups before."""
    return pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BYTES)


def frame(table: pa.Table) -> pl.DataFrame:
    """Return the rows as a polars frame."""
    made: Any = pl.from_arrow(table)
    assert isinstance(made, pl.DataFrame)
    return made


def _sorted(rows: pa.Table) -> pa.Table:
    who = frame(rows.select(["provenance"]))["provenance"].str.json_path_match("$.annotator")
    keyed = frame(rows.select(["dataset_name", "id"])).with_columns(who.alias("annotator"))
    order = keyed.select(pl.arg_sort_by(*_ORDER, nulls_last=True, maintain_order=True)).to_series()
    return rows.take(order.to_arrow())
