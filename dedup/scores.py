"""Scores of the pairs worth comparing, group by group, by the texts of their rows alone.

Groups (connected components of the pairs) are spread over as many spills as fit into memory one at a time. The
outcome of a group is remembered by its pairs: a group with the same pairs is not read again.
M rows are in some pair; places number them in order of preference.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aya.table import publish
from dedup.components import components
from dedup.grams import Grams
from dedup.grouping import Grouped
from dedup.star import stars

SPILL_ROWS = 400_000
"""Rows whose texts and grams lie in memory at once, nearly (1 to 2 GB)."""

Rows = npt.NDArray[np.uint32]
Read = Callable[[Rows], Iterator[tuple[Rows, pa.Table]]]
"""Reads rows (sorted): yields some of them with their texts, in order."""
AsGrams = Callable[[pa.Table], Grams]
"""Returns the grams of a table that `Read` gave."""


class Scores(NamedTuple):
    """Rows that go as near duplicates, the rows that stay in their place, and their similarity."""

    rows: Rows
    kept: Rows
    jaccard: npt.NDArray[np.float32]


NONE = Scores(np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.float32))


def score(grouped: Grouped, threshold: float, read: Read, grams: AsGrams, *, folder: Path | None = None) -> Scores:
    """Return the near duplicates; groups that were scored before, as `folder` remembers, are not read again."""
    rows, pairs = _of_pairs_alone(grouped)
    worse, better = _split(pairs)
    roots = components(len(rows), worse, better)
    names = _names(rows, roots, worse, better)
    known, before = _remembered(folder)
    fresh = ~np.isin(names, known)
    found = _score_all(pairs[fresh], rows, roots, threshold, read, grams, folder)
    again = np.isin(before.rows, rows[worse[~fresh]])
    scores = Scores(*(np.concatenate([old[again], new]) for old, new in zip(before, found, strict=True)))
    if folder is not None:
        _remember(folder, np.unique(names), scores)
    return scores


def _of_pairs_alone(grouped: Grouped) -> tuple[Rows, npt.NDArray[np.uint64]]:
    """Return the rows that are in some pair, in order of preference, and the pairs with these numbers."""
    there = np.zeros(len(grouped.rows_M), np.bool_)
    low = np.uint64(0xFFFFFFFF)
    there[grouped.pairs >> np.uint64(32)] = True
    there[grouped.pairs & low] = True
    numbers = np.cumsum(there, dtype=np.uint32) - np.uint32(1)
    pairs = numbers[grouped.pairs >> np.uint64(32)].astype(np.uint64) << np.uint64(32)
    pairs |= numbers[grouped.pairs & low]
    return grouped.rows_M[there], pairs


def _split(pairs: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _names(
    rows_M: Rows, roots_M: npt.NDArray[np.int64], worse: npt.NDArray[np.int64], better: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """Return for each pair a number that stands for all pairs of its group."""
    mixed = ((rows_M[worse].astype(np.uint64) << np.uint64(32)) | rows_M[better]) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    sums = np.zeros(len(rows_M), np.uint64)
    np.add.at(sums, roots_M[worse], mixed ^ (mixed >> np.uint64(32)))
    return np.asarray(sums[roots_M[worse]])


def _score_all(
    pairs: npt.NDArray[np.uint64],
    rows_M: Rows,
    roots_M: npt.NDArray[np.int64],
    threshold: float,
    read: Read,
    grams: AsGrams,
    folder: Path | None,
) -> Scores:
    """Return the near duplicates among the pairs; more rows than fit are spilled, and scored a spill at a time."""
    there = np.zeros(len(rows_M), np.bool_)
    for end in _split(pairs):
        there[end] = True
    places = np.flatnonzero(there)
    places = places[np.argsort(rows_M[places])]  # in the order of the rows, as they are read
    if len(places) <= SPILL_ROWS:
        tables = [table for _, table in read(rows_M[places])]
        made = grams(pa.concat_tables(tables)) if tables else None
        return NONE if made is None else _score_some(pairs, places, made, threshold, rows_M)
    num = -(-len(places) // SPILL_ROWS)
    spills_M = _spill_numbers(roots_M, num)
    found = []
    with tempfile.TemporaryDirectory(dir=folder) as spilled:
        for number, path in enumerate(_spill(read, rows_M, places, spills_M, num, Path(spilled))):
            table = pa.ipc.open_file(path).read_all()
            path.unlink()
            mine = pairs[spills_M[pairs >> np.uint64(32)] == number]
            found.append(_score_some(mine, table["place"].to_numpy(), grams(table), threshold, rows_M))
    return Scores(*(np.concatenate(some) for some in zip(*found, strict=True)))


def _score_some(
    pairs: npt.NDArray[np.uint64], places: npt.NDArray[np.int64], grams: Grams, threshold: float, rows_M: Rows
) -> Scores:
    """Return the near duplicates among pairs whose places have these grams."""
    order = np.argsort(places)
    worse, better = (order[np.searchsorted(places, end, sorter=order)] for end in _split(pairs))
    found = stars(len(places), ((worse << 32) | better).astype(np.uint64), grams, threshold)
    goes = np.flatnonzero(found.kept != np.arange(len(places)))
    return Scores(rows_M[places[goes]], rows_M[places[found.kept[goes]]], found.jaccard[goes])


def _spill_numbers(roots_M: npt.NDArray[np.int64], num: int) -> npt.NDArray[np.uint16]:
    """Return a number below `num` for each place, the same for all places of a group."""
    mixed = roots_M.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray((mixed >> np.uint64(33)) % np.uint64(max(1, num)), np.uint16)


def _spill(
    read: Read, rows_M: Rows, places: npt.NDArray[np.int64], spills_M: npt.NDArray[np.uint16], num: int, folder: Path
) -> list[Path]:
    """Read the texts of `places` (in the order of their rows) once; return the file of each spill."""
    rows, start = rows_M[places], 0
    writers: dict[int, pa.RecordBatchFileWriter] = {}
    for some, table in read(rows):
        mine = places[start : start + len(some)]
        assert np.array_equal(rows[start : start + len(some)], some)
        start += len(some)
        table = table.append_column("place", pa.array(mine))
        for number in range(num):
            part = table.filter(pa.array(spills_M[mine] == number))
            if number not in writers:
                options = pa.ipc.IpcWriteOptions(compression="zstd")
                writers[number] = pa.ipc.new_file(folder / f"{number}.arrow", part.schema, options=options)
            writers[number].write_table(part)
    assert start == len(rows)
    for writer in writers.values():
        writer.close()
    return [folder / f"{number}.arrow" for number in range(num)]


# -- what was scored before ------------------------------------------------------------------------


def _remembered(folder: Path | None) -> tuple[npt.NDArray[np.uint64], Scores]:
    path = None if folder is None else folder / "scores.npz"
    if path is None or not path.exists():
        return np.zeros(0, np.uint64), NONE
    with np.load(path) as file:
        return file["groups"], Scores(*(file[name] for name in Scores._fields))


def _remember(folder: Path, groups: npt.NDArray[np.uint64], scores: Scores) -> None:
    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, groups=groups, **scores._asdict())

    publish(folder / "scores.npz", write)
