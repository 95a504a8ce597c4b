"""Scores of the pairs worth comparing, group by group, by the texts of their rows alone.

Groups (connected components of the pairs) are spread over as many spills as fit into memory one at a time. The
outcome of a group is remembered by its pairs: a group with the same pairs is not read again.
M rows are in some pair; places number them in order of preference.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.components import roots_of_pairs
from dedup.grams import Grams
from dedup.grouping import Grouped, room
from dedup.kernel import kernel
from dedup.settled import NO_SCORES, NOTHING, Groups, Rows, Scores, Settled
from dedup.star import stars

SPILL_ROWS = 400_000
"""Rows whose texts lie in memory at once, nearly (some 500 MB)."""
GRAM_ROWS = 8_192
"""Rows whose grams lie in memory at once, nearly: so few that it is the same memory again and again."""
NO_SPILL, NO_ROOT = 0xFFFF, 0xFFFFFFFF

Pairs = npt.NDArray[np.uint64]
"""`worse << 32 | better`, sorted."""
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
    """Return the groups of the pairs and the near duplicates in them; groups that were settled before are not read.

    Memory: 30 bytes a row that is in some pair, and the texts of `SPILL_ROWS` rows; pairs and spilled texts lie in
    `scratch`, if given.
    """
    rows, pairs = _of_pairs_alone(grouped, scratch)
    roots = roots_of_pairs(len(rows), pairs)
    groups, fresh_M = _groups(rows, roots, pairs, before.groups.names)
    found = _score_all(pairs, rows, roots, _spill_numbers(roots, fresh_M), threshold, read, grams, scratch)
    if len(before.scores.rows):
        again = np.isin(before.scores.rows, rows[~fresh_M])
        found = before.scores.of(again).and_those(found)
    return groups, found


def _of_pairs_alone(grouped: Grouped, scratch: Path | None) -> tuple[Rows, Pairs]:
    """Return the rows that are in some pair, in order of preference, and the pairs with these numbers."""
    numbers = np.zeros(len(grouped.rows_M), np.uint32)
    pairs = room(scratch, "numbered", len(grouped.pairs))
    there = _number(grouped.pairs, numbers, pairs)
    rows = grouped.rows_M[there]
    return rows, pairs


@kernel
def _number(given: Pairs, numbers: npt.NDArray[np.uint32], pairs: Pairs) -> npt.NDArray[np.bool_]:
    """Write the pairs with numbers without gaps for their ends; return which are ends."""
    low = np.uint64(0xFFFFFFFF)
    there = np.zeros(len(numbers), np.bool_)
    for i in range(len(given)):
        there[given[i] >> np.uint64(32)] = True
        there[given[i] & low] = True
    num = np.uint32(0)
    for place in range(len(numbers)):
        numbers[place] = num
        num += np.uint32(there[place])
    for i in range(len(given)):
        worse, better = numbers[given[i] >> np.uint64(32)], numbers[given[i] & low]
        pairs[i] = (np.uint64(worse) << np.uint64(32)) | np.uint64(better)
    return there


def _groups(
    rows_M: Rows, roots_M: Rows, pairs: Pairs, known: npt.NDArray[np.uint64]
) -> tuple[Groups, npt.NDArray[np.bool_]]:
    """Return the groups, and which places are in one that is not `known` by its name."""
    sums = np.zeros(len(rows_M), np.uint64)
    _sum_up(rows_M, roots_M, pairs, sums)
    members, sizes = _by_group(rows_M, roots_M)
    firsts = np.flatnonzero(roots_M == np.arange(len(roots_M), dtype=np.uint32))
    names = sums[firsts]
    fresh = np.ones(len(rows_M), np.bool_)
    if len(known):
        fresh[firsts] = ~np.isin(names, known)
        fresh = fresh[roots_M]
    return Groups(members, sizes, names), fresh


@kernel
def _by_group(rows_M: Rows, roots_M: Rows) -> tuple[Rows, Rows]:
    """Return the rows group by group, in the order of their roots, and the sizes of the groups."""
    sizes, ends = np.zeros(len(rows_M), np.uint32), np.zeros(len(rows_M), np.uint32)
    for place in range(len(rows_M)):
        sizes[roots_M[place]] += np.uint32(1)
    end, num = np.uint32(0), 0
    for place in range(len(rows_M)):
        ends[place] = end
        end += sizes[place]
    members = np.empty(len(rows_M), np.uint32)
    for place in range(len(rows_M)):
        root = roots_M[place]
        members[ends[root]] = rows_M[place]
        ends[root] += np.uint32(1)
    for place in range(len(rows_M)):
        if sizes[place]:
            sizes[num] = sizes[place]
            num += 1
    return members, sizes[:num].copy()


@kernel
def _sum_up(rows_M: Rows, roots_M: Rows, pairs: Pairs, sums: npt.NDArray[np.uint64]) -> None:
    """Add a hash of each pair to the sum of its group."""
    for i in range(len(pairs)):
        worse, better = pairs[i] >> np.uint64(32), pairs[i] & np.uint64(0xFFFFFFFF)
        value = (np.uint64(rows_M[worse]) << np.uint64(32)) | np.uint64(rows_M[better])
        value = np.uint64(value * np.uint64(0x9E3779B97F4A7C15))
        value = np.uint64((value ^ (value >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9))
        sums[roots_M[worse]] += value ^ (value >> np.uint64(32))


def _spill_numbers(roots_M: Rows, fresh_M: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint16]:
    """Return a spill for each place, the same for all of a group; `NO_SPILL` for those that need no scores."""
    num = min(max(1, -(-int(fresh_M.sum()) // SPILL_ROWS)), NO_SPILL - 1)
    spills = np.full(len(roots_M), NO_SPILL, np.uint16)
    _draw_spills(roots_M, fresh_M, num, spills)
    return spills


@kernel
def _draw_spills(roots_M: Rows, fresh_M: npt.NDArray[np.bool_], num: int, spills: npt.NDArray[np.uint16]) -> None:
    for place in range(len(spills)):
        if fresh_M[place]:
            mixed = np.uint64(np.uint64(roots_M[place]) * np.uint64(0x9E3779B97F4A7C15))
            spills[place] = np.uint16((mixed >> np.uint64(33)) % np.uint64(num))


def _score_all(
    pairs: Pairs,
    rows_M: Rows,
    roots_M: Rows,
    spills_M: npt.NDArray[np.uint16],
    threshold: float,
    read: Read,
    grams: AsGrams,
    scratch: Path | None,
) -> Scores:
    """Return the near duplicates among the pairs; texts of more than one spill go through files."""
    places = np.flatnonzero(spills_M != NO_SPILL).astype(np.uint32)
    if len(places) == 0:
        return NO_SCORES
    by_row = (rows_M[places].astype(np.uint64) << np.uint64(32)) | places
    by_row.sort()  # in the order of the rows, as they are read
    places = by_row.astype(np.uint32)
    del by_row
    num = int(spills_M[places].max()) + 1
    mine, starts = _by_spill(pairs, spills_M, num, scratch)
    if num == 1:
        table = pa.concat_tables([table for _, table in read(rows_M[places])])
        return _scores_of(table, places, mine, roots_M, threshold, grams).of_rows(rows_M)
    found = []
    with tempfile.TemporaryDirectory(dir=scratch) as spilled:
        for number, path in enumerate(_spill(read, rows_M, places, spills_M, num, Path(spilled))):
            table = pa.ipc.open_file(path).read_all()
            path.unlink()
            some = mine[starts[number] : starts[number + 1]]
            found.append(_scores_of(table, table["place"].to_numpy(), some, roots_M, threshold, grams))
    return Scores(*(np.concatenate(some) for some in zip(*found, strict=True))).of_rows(rows_M)


def _by_spill(
    pairs: Pairs, spills_M: npt.NDArray[np.uint16], num: int, scratch: Path | None
) -> tuple[Pairs, npt.NDArray[np.int64]]:
    """Return the pairs by spill, as sorted as before in each, and where each begins; those of no spill are left out."""
    starts = np.zeros(num + 1, np.int64)
    _count_spills(pairs, spills_M, starts)
    np.cumsum(starts, out=starts)
    to = room(scratch, "by-spill", int(starts[-1]))
    _place_spills(pairs, spills_M, starts[:-1].copy(), to)
    return to, starts


@kernel
def _count_spills(pairs: Pairs, spills_M: npt.NDArray[np.uint16], starts: npt.NDArray[np.int64]) -> None:
    for i in range(len(pairs)):
        number = int(spills_M[pairs[i] >> np.uint64(32)])
        if number != NO_SPILL:
            starts[number + 1] += 1


@kernel
def _place_spills(pairs: Pairs, spills_M: npt.NDArray[np.uint16], ends: npt.NDArray[np.int64], to: Pairs) -> None:
    for i in range(len(pairs)):
        number = int(spills_M[pairs[i] >> np.uint64(32)])
        if number != NO_SPILL:
            to[ends[number]] = pairs[i]
            ends[number] += 1


def _scores_of(table: pa.Table, places: Rows, pairs: Pairs, roots_M: Rows, threshold: float, grams: AsGrams) -> Scores:
    """Return the near duplicates, as places, among pairs of these places, whose texts a table has; group by group."""
    order = np.lexsort((places, roots_M[places]))
    table, places = table.combine_chunks(), places[order]
    pairs = _renumbered(pairs, places, len(roots_M))
    groups = np.flatnonzero(np.diff(roots_M[places], prepend=np.uint32(NO_ROOT)))
    cuts = np.append(groups[np.flatnonzero(np.diff(groups // GRAM_ROWS, prepend=-1))], len(places))
    borders = np.searchsorted(pairs, cuts.astype(np.uint64) << np.uint64(32))
    found = [NO_SCORES]
    for start, stop, first, last in zip(cuts, cuts[1:], borders, borders[1:], strict=False):
        some = pairs[first:last] - np.uint64((int(start) << 32) | int(start))
        stars_ = stars(stop - start, some, grams(table.take(pa.array(order[start:stop]))), threshold)
        goes = np.flatnonzero(stars_.kept != np.arange(stop - start))
        mine = places[start:stop]
        found.append(Scores(mine[goes], mine[stars_.kept[goes]], stars_.jaccard[goes]))
    return Scores(*(np.concatenate(some) for some in zip(*found, strict=True)))


def _renumbered(pairs: Pairs, places: Rows, num: int) -> Pairs:
    """Return the pairs, sorted, with the positions of their ends among `places`."""
    numbers = np.zeros(num, np.uint32)
    numbers[places] = np.arange(len(places), dtype=np.uint32)
    worse = numbers[(pairs >> np.uint64(32)).astype(np.uint32)].astype(np.uint64)
    found = (worse << np.uint64(32)) | numbers[pairs.astype(np.uint32)]
    found.sort()
    return found


def _spill(
    read: Read, rows_M: Rows, places: Rows, spills_M: npt.NDArray[np.uint16], num: int, folder: Path
) -> list[Path]:
    """Read the texts of `places` (in the order of their rows) once; return the file of each spill."""
    start = 0
    writers: dict[int, pa.RecordBatchFileWriter] = {}
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for some, table in read(rows_M[places]):
        mine = places[start : start + len(some)]
        start += len(some)
        spills = spills_M[mine]
        order = np.argsort(spills, kind="stable")
        table = table.append_column("place", pa.array(mine)).take(pa.array(order))
        borders = np.searchsorted(spills[order], np.arange(num + 1))
        for number in range(num):
            if number not in writers:
                writers[number] = pa.ipc.new_file(folder / f"{number}.arrow", table.schema, options=options)
            writers[number].write_table(table.slice(borders[number], borders[number + 1] - borders[number]))
    assert start == len(places)
    for writer in writers.values():
        writer.close()
    return [folder / f"{number}.arrow" for number in range(num)]
