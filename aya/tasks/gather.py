"""Bring the rows of all shards together by language and source: the files of a version.

`arrange` writes each group of shards anew with one row group for every file of the version;
`gather` reads its own row group from all of them, so no row is read twice and no task holds more
than one file of the version.
"""

import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aya import table
from aya.overlay import laid_over
from aya.task import Receipt, Task, describe, save

FILE_ROWS = 1_000_000
"""Rows of a file of a version, nearly: ids are hashes, so equal ranges of them hold about as many rows."""

_BY = ("language", "script", "source")


def place(*, language: str, script: str, source: str) -> str:
    """Return the place of a group in a version, `yor_Latn/cldr`; `-` is an unknown language or script."""
    return f"{'und' if language == '-' else language}_{'Zyyy' if script == '-' else script}/{source}"


def file_name(place: str, file: int, files: int) -> str:
    """Return the path of a file of a version, `yor_Latn/cldr-00000-of-00001`."""
    return f"{place}-{file:05d}-of-{files:05d}"


def place_of(name: str) -> tuple[str, str]:
    """Return the source and the language of a file of a version, from its path without the ending."""
    group, _, file = name.rpartition("/")
    return file.rpartition("-of-")[0].rpartition("-")[0], group.rpartition("/")[2].partition("_")[0]


def arrange(task: Task) -> Receipt:
    """Write one file for a group of shards; the receipt's labels tell the row group of every file of the version."""
    started = time.process_time()
    rows = pa.concat_tables(_shards(task), promote_options="default").combine_chunks()
    rows = table.in_order(rows, (*_BY, "id"))
    runs = list(_runs(rows, task.options["files"]))
    path = task.output("")
    table.publish(path, lambda temporary: _write_groups(rows, runs, temporary))
    labels = {name: f"{group} {stop - start}" for group, (name, start, stop) in enumerate(runs)}
    output = describe(path, role="arranged", rows=len(rows), labels=labels)
    return Receipt(key=task.key, outputs=(output,), seconds=time.process_time() - started)


def gather(task: Task) -> Receipt:
    """Write one file of a version, its rows sorted by data set and id; the labels tell the rows of each data set."""
    started = time.process_time()
    groups = zip(task.inputs, task.options["groups"], strict=True)
    found = (table.read_group(Path(path), group) for path, group in groups)
    rows = pa.concat_tables(found, promote_options="default").combine_chunks()
    rows = table.in_order(rows, ("dataset_name", "id"))
    counted = rows.group_by("dataset_name", use_threads=False).aggregate([([], "count_all")])
    names, sizes = (column.to_pylist() for column in counted.columns)
    datasets = {name or "": str(size) for name, size in zip(names, sizes, strict=True)}
    output = save(rows, task.output(""), role="data", labels=datasets)
    return Receipt(key=task.key, outputs=(output,), seconds=time.process_time() - started)


def _shards(task: Task) -> Iterator[pa.Table]:
    """Yield the rows of each shard; a file that several lie over is read once."""
    for path, of in groupby(task.shards, key=itemgetter(0)):
        rows = table.read(path)
        for _, overlay in of:
            yield laid_over(rows, table.read(overlay)) if overlay else rows


def _runs(rows: pa.Table, files: dict[str, int]) -> Iterator[tuple[str, int, int]]:
    """Yield (file of the version, start, stop) for sorted rows."""
    counted = rows.group_by([*_BY], use_threads=False).aggregate([([], "count_all")])
    counted = counted.sort_by([(name, "ascending") for name in _BY])  # groups come in any order
    start = 0
    for language, script, source, num in zip(*(column.to_pylist() for column in counted.columns), strict=True):
        where = place(language=language or "-", script=script or "-", source=source)
        bounds = _bounds(rows["id"].slice(start, num), files.get(where, 1))
        for file, (first, last) in enumerate(pairwise(bounds)):
            if last > first:
                yield file_name(where, file, len(bounds) - 1), start + first, start + last
        start += num


def _bounds(ids: pa.ChunkedArray, files: int) -> list[int]:
    """Return where sorted 128-bit hex ids are to be cut into equal ranges of ids."""
    if files == 1:
        return [0, len(ids)]
    listed = ids.to_pylist()
    cuts = [bisect_left(listed, f"{(file << 128) // files:032x}") for file in range(1, files)]
    return [0, *cuts, len(listed)]


def _write_groups(rows: pa.Table, runs: list[tuple[str, int, int]], path: Path) -> None:
    with pq.ParquetWriter(path, rows.schema, compression="zstd") as writer:
        for _, start, stop in runs:
            writer.write_table(rows.slice(start, stop - start), row_group_size=stop - start)
