"""Scores of the pairs worth comparing, group by group, by the texts of their rows alone.

Groups (connected components of the pairs) are scored some at a time, in spills of which one fits into memory. The
outcome of a group is remembered by its pairs: a group with the same pairs is not read again.
M rows are in some pair; places number them, first in order of preference, then group by group.
"""

import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.components import roots_of_pairs
from dedup.grams import Grams
from dedup.grouping import Grouped
from dedup.kernel import kernel
from dedup.settled import NO_SCORES, NOTHING, Groups, Rows, Scores, Settled
from dedup.star import ends_of_chains, stars

SPILL_ROWS = 400_000
"""Rows whose texts lie in memory at once, nearly (some 500 MB)."""
GRAM_ROWS = 2_048
"""Rows whose grams lie in memory at once, nearly: so few that it is the same memory again and again."""

Pairs = npt.NDArray[np.uint64]
"""`worse << 32 | better`, sorted."""
Cuts = npt.NDArray[np.int64]
"""Places at which something begins, and the end of the last."""
Order = npt.NDArray[np.intp]
"""Rows of a table, of each place."""
Read = Callable[[Rows], Iterator[tuple[Rows, pa.Table]]]
"""Reads rows (sorted): yields some of them with their texts, in order."""
AsGrams = Callable[[pa.Table], Grams]
"""Returns the grams of a table that `Read` gave."""


def score(
    grouped: Grouped,
    threshold: float,
    read: Read,
    grams: AsGrams,
    *,
    before: Settled = NOTHING,
    scratch: Path | None = None,
) -> tuple[Groups, Scores]:
    """Return the groups of the pairs and the rows in them that are like another.

    Groups that were settled before are not read.
    The pairs are numbered anew where they lie. Memory: 30 bytes a row that is in some pair, and the texts of
    `SPILL_ROWS` rows; more texts than these lie in `scratch`, if given.
    """
    pairs = grouped.pairs
    rows = grouped.rows_M[_of_pairs_alone(pairs, len(grouped.rows_M))]
    roots = roots_of_pairs(len(rows), pairs)
    names = _names(rows, roots, pairs)
    rows, sizes = _by_group(rows, roots, pairs)
    pairs.sort()
    fresh = ~np.isin(names, before.groups.names)
    settled = rows[np.repeat(~fresh, sizes)]
    found = before.scores.of(np.isin(before.scores.rows, settled))
    some = (rows, sizes, pairs) if fresh.all() else _of_groups(fresh, rows, sizes, pairs)
    return Groups(rows, sizes, names), found.and_those(_score_all(*some, threshold, read, grams, scratch))


@kernel
def _of_pairs_alone(pairs: Pairs, num: int) -> npt.NDArray[np.bool_]:
    """Return which of `num` places are in some pair, and give the pairs numbers without gaps for their ends."""
    low = np.uint64(0xFFFFFFFF)
    numbers, there = np.zeros(num, np.uint32), np.zeros(num, np.bool_)
    for i in range(len(pairs)):
        there[pairs[i] >> np.uint64(32)] = True
        there[pairs[i] & low] = True
    found = np.uint32(0)
    for place in range(num):
        numbers[place] = found
        found += np.uint32(there[place])
    for i in range(len(pairs)):
        worse, better = numbers[pairs[i] >> np.uint64(32)], numbers[pairs[i] & low]
        pairs[i] = (np.uint64(worse) << np.uint64(32)) | np.uint64(better)
    return there


def _names(rows_M: Rows, roots_M: Rows, pairs: Pairs) -> npt.NDArray[np.uint64]:
    """Return a number for each group that stands for all its pairs."""
    sums = np.zeros(len(rows_M), np.uint64)
    _sum_up(rows_M, roots_M, pairs, sums)
    names: npt.NDArray[np.uint64] = sums[roots_M == np.arange(len(roots_M), dtype=np.uint32)]
    return names


@kernel
def _sum_up(rows_M: Rows, roots_M: Rows, pairs: Pairs, sums: npt.NDArray[np.uint64]) -> None:
    """Add a hash of each pair to the sum of its group."""
    for i in range(len(pairs)):
        worse, better = pairs[i] >> np.uint64(32), pairs[i] & np.uint64(0xFFFFFFFF)
        value = (np.uint64(rows_M[worse]) << np.uint64(32)) | np.uint64(rows_M[better])
        value = np.uint64(value * np.uint64(0x9E3779B97F4A7C15))
        value = np.uint64((value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9))
        sums[roots_M[worse]] += value ^ (value >> np.uint64(32))


@kernel
def _by_group(rows_M: Rows, roots_M: Rows, pairs: Pairs) -> tuple[Rows, Rows]:
    """Return the rows group by group, in the order of their roots, and the sizes of the groups; number pairs so.

    In a group the order stays. The roots are written over.
    """
    sizes, ends = np.zeros(len(rows_M), np.uint32), np.zeros(len(rows_M), np.uint32)
    for place in range(len(rows_M)):
        sizes[roots_M[place]] += np.uint32(1)
    end, num = np.uint32(0), 0
    for root in range(len(rows_M)):
        ends[root] = end
        end += sizes[root]
        if sizes[root]:
            sizes[num] = sizes[root]
            num += 1
    members = np.empty(len(rows_M), np.uint32)
    for place in range(len(rows_M)):
        root = roots_M[place]
        roots_M[place] = ends[root]
        members[ends[root]] = rows_M[place]
        ends[root] += np.uint32(1)
    for i in range(len(pairs)):
        worse, better = roots_M[pairs[i] >> np.uint64(32)], roots_M[pairs[i] & np.uint64(0xFFFFFFFF)]
        pairs[i] = (np.uint64(worse) << np.uint64(32)) | np.uint64(better)
    return members, sizes[:num].copy()


def _of_groups(wanted: npt.NDArray[np.bool_], rows_M: Rows, sizes: Rows, pairs: Pairs) -> tuple[Rows, Rows, Pairs]:
    """Return rows, sizes and pairs of some groups alone."""
    there = np.repeat(wanted, sizes)
    pairs = pairs[there[pairs >> np.uint64(32)]]
    numbers = np.cumsum(there, dtype=np.uint64) - np.uint64(1)
    worse, better = numbers[pairs >> np.uint64(32)], numbers[pairs & np.uint64(0xFFFFFFFF)]
    return rows_M[there], sizes[wanted], (worse << np.uint64(32)) | better


def _score_all(
    rows_M: Rows, sizes: Rows, pairs: Pairs, threshold: float, read: Read, grams: AsGrams, scratch: Path | None
) -> Scores:
    """Return the rows that are like another among the pairs; texts of more than one spill go through files."""
    if len(rows_M) == 0:
        return NO_SCORES
    some = _cut(np.append(0, np.cumsum(sizes, dtype=np.int64)), GRAM_ROWS)
    spills = _cut(some, SPILL_ROWS)
    by_row = (rows_M.astype(np.uint64) << np.uint64(32)) | np.arange(len(rows_M), dtype=np.uint32)
    by_row.sort()  # as they are read
    places = by_row.astype(np.uint32)
    del by_row
    found: list[Scores] = []
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        for first, (table, order) in zip(spills, _spilled(read, rows_M, places, spills, Path(folder)), strict=False):
            mine = some[np.searchsorted(some, first) : np.searchsorted(some, first + len(table)) + 1]
            found += _scores_of(table, order, mine, pairs, threshold, grams)
    return Scores(*(np.concatenate(part) for part in zip(*found, strict=True))).of_rows(rows_M)


def _cut(starts: Cuts, most: int) -> Cuts:
    """Return some of the starts, so that what lies between is nearly `most` long."""
    firsts = np.flatnonzero(np.diff(starts[:-1] // most, prepend=-1))
    return np.append(starts[firsts], starts[-1])


def _scores_of(
    table: pa.Table, order: Order, cuts: Cuts, pairs: Pairs, threshold: float, grams: AsGrams
) -> Iterator[Scores]:
    """Yield the rows that are like another, as places, of the groups between the cuts; a table has their texts."""
    borders = np.searchsorted(pairs, cuts.astype(np.uint64) << np.uint64(32))
    for (start, stop), (first, last) in zip(pairwise(cuts.tolist()), pairwise(borders.tolist()), strict=True):
        few = grams(table.take(pa.array(order[start - cuts[0] : stop - cuts[0]])))
        mine = pairs[first:last] - np.uint64(start << 32 | start)
        went = stars(stop - start, mine, few, threshold)
        for goes, found in ((True, went), (False, ends_of_chains(mine, few, threshold, went.others))):
            rows = np.flatnonzero(found.others != np.arange(stop - start))
            others = (start + found.others[rows]).astype(np.uint32)
            yield Scores((start + rows).astype(np.uint32), others, found.jaccard[rows], np.full(len(rows), goes))


def _spilled(read: Read, rows_M: Rows, places: Rows, spills: Cuts, folder: Path) -> Iterator[tuple[pa.Table, Order]]:
    """Yield the texts of each spill, and where in them those of its places lie.

    `places` are these in the order of their rows. Texts in one piece are quick to take from.
    """
    if len(spills) == 2:
        yield pa.concat_tables([table for _, table in read(rows_M[places])]).combine_chunks(), np.argsort(places)
        return
    for path in _spill(read, rows_M, places, spills, folder):
        table = pa.ipc.open_file(path).read_all().combine_chunks()
        path.unlink()
        yield table, np.argsort(table["place"].to_numpy())


def _spill(read: Read, rows_M: Rows, places: Rows, spills: Cuts, folder: Path) -> list[Path]:
    """Read the texts of `places` (in the order of their rows) once; return the file of each spill."""
    start, num = 0, len(spills) - 1
    writers: dict[int, pa.RecordBatchFileWriter] = {}
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for some, table in read(rows_M[places]):
        mine = places[start : start + len(some)]
        start += len(some)
        order = np.argsort(mine)
        table = table.append_column("place", pa.array(mine)).take(pa.array(order))
        borders = np.searchsorted(mine[order], spills)
        for number in range(num):
            if number not in writers:
                writers[number] = pa.ipc.new_file(folder / f"{number}.arrow", table.schema, options=options)
            writers[number].write_table(table.slice(borders[number], borders[number + 1] - borders[number]))
    assert start == len(places)
    for writer in writers.values():
        writer.close()
    return [folder / f"{number}.arrow" for number in range(num)]
