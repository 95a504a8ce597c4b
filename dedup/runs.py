"""Find the long runs of units that rows share with the texts of an index: exactly, in one pass over their bytes.

What a lookup finds at a place of a row is compared unit by unit, both ways. That finds every run of `least` units,
every run of `least_dense` units with half as many dense ones, and every whole text of the index that is shorter.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.kernel import inlined, kernel
from dedup.normalise import BLOCK, GROWTH, Texts, not_utf8, texts
from dedup.quick import Scratch, scratch
from dedup.quick_units import quick_table, write_quickly
from dedup.run_index import GRAM, Index, Int32s, Int64s, Lookup, Uint32s, Uint64s, first_entry, gram_hashes, may_hold
from dedup.unicode_tables import Tables
from dedup.units import DENSE, kinds, unit_tables, write_units

CAPACITY = 1 << 16
"""Runs that a scan holds at first."""
RECENT = 64
"""Runs of a row among which one is looked for that a gram may belong to."""
_COLUMNS = 5


class Runs(NamedTuple):
    """Runs that rows share with texts of an index, each as long as it can be; sorted, none twice."""

    rows: Int64s
    texts: Int64s
    places: Int64s
    """The first unit in the text of the index."""
    starts: Int64s
    """The first unit in the row."""
    lengths: Int64s


class Memory(NamedTuple):
    """What a scan writes to."""

    points: Int32s
    hashes: Uint32s
    """Of the gram at each place."""
    met: Int32s
    """Places whose gram may be in the index."""
    found: Int64s
    scratch: Scratch


def find_runs(column: pa.Array | pa.ChunkedArray, index: Index, *, name: str = "the column") -> Runs:
    """Return the runs that count of every row of a column; `name` is for the message.

    Raises: InputError where a row is not UTF-8.
    """
    rows = texts(column)
    size = GROWTH * rows.longest + BLOCK + GRAM
    found = np.empty((CAPACITY, _COLUMNS), np.int64)
    hashes, met = np.zeros(size, np.uint32), np.zeros(size, np.int32)
    memory = Memory(np.zeros(size, np.int32), hashes, met, found, scratch(rows.longest))
    pieces = [found[:0].copy()]
    row = 0
    while row < len(rows.offsets) - 1:
        done, num = _scan(rows, row, index, memory, unit_tables(), quick_table(), kinds())
        if done < 0:
            raise not_utf8(name, -done - 1)
        pieces.append(memory.found[:num].copy())
        if done == row:  # this row alone has more
            memory = memory._replace(found=np.empty((2 * len(memory.found), _COLUMNS), np.int64))
        row = done
    every = np.concatenate(pieces)
    return Runs(*(np.unique(every, axis=0) if len(every) else every).T)


@kernel
def _scan(
    rows: Texts, row: int, index: Index, memory: Memory, marked: Tables, quick: Uint64s, kinds: npt.NDArray[np.uint8]
) -> tuple[int, int]:
    """Scan rows from `row` on while there is room for what is found.

    Returns the first row not done, or `-row - 1` of the first that is not UTF-8; and the number of runs. Arrays are
    taken out of their tuples once: each time costs as much as a lookup, since it is counted who holds them.
    """
    data, offsets, found = rows.data, rows.offsets, memory.found
    points, hashes, met = memory.points, memory.hashes, memory.met
    long, dense = index.long, index.dense
    long_weights, long_bitmap, dense_weights, dense_bitmap = long.weights, long.bitmap, dense.weights, dense.bitmap
    long_starts, long_known, dense_starts, dense_known = long.starts, long.hashes, dense.starts, dense.hashes
    num = 0
    while row < len(offsets) - 1:
        size, any_dense = write_quickly(data, offsets[row], offsets[row + 1], points, memory.scratch, quick)
        if size < 0:
            size, any_dense = write_units(data, offsets[row], offsets[row + 1], points, marked)
        if size < 0:
            return -row - 1, num
        before = num
        num_places = size - long.gram + 1
        gram_hashes(points, num_places, long_weights, hashes)
        num_met = _meet(hashes, num_places, long.step, long_bitmap, long.shift, met)
        num_met = _known(hashes, num_met, long_starts, long_known, long.bucket_shift, met)
        if num_met:
            num = _follow(index, long, memory, size, num_met, before, num, kinds)
        if any_dense and num >= 0:
            num_places = size - dense.gram + 1
            gram_hashes(points, num_places, dense_weights, hashes)
            num_met = _meet(hashes, num_places, dense.step, dense_bitmap, dense.shift, met)
            num_met = _known(hashes, num_met, dense_starts, dense_known, dense.bucket_shift, met)
            if num_met:
                num = _follow(index, dense, memory, size, num_met, before, num, kinds)
        if num < 0:
            return row, before
        for i in range(before, num):
            found[i, 0] = row
        row += 1
    return row, num


@inlined
def _meet(hashes: Uint32s, num_places: int, step: int, bitmap: Uint64s, shift: int, met: Int32s) -> int:
    """Write every `step`th place whose gram a lookup may hold; return how many."""
    num = 0
    for place in range(0, num_places, step):
        met[np.uint64(num)] = place
        num += int(may_hold(bitmap, shift, hashes[np.uint64(place)]))
    return num


@inlined
def _known(hashes: Uint32s, num_met: int, starts: Int64s, known: Uint32s, bucket_shift: int, met: Int32s) -> int:
    """Keep of the places met those whose gram a lookup does hold; return how many."""
    num = 0
    for i in range(num_met):
        place = met[np.uint64(i)]
        hashed = hashes[np.uint64(place)]
        entry = first_entry(starts, known, bucket_shift, hashed)
        met[np.uint64(num)] = place
        num += int(entry < len(known) and known[np.uint64(entry)] == hashed)
    return num


@inlined
def _follow(
    index: Index,
    lookup: Lookup,
    memory: Memory,
    size: int,
    num_met: int,
    before: int,
    num: int,
    kinds: npt.NDArray[np.uint8],
) -> int:
    """Note the runs that the places met lead to, after the `num` there are; those from `before` on are of this row.

    Returns the number of runs, -1 without room.
    """
    known, starts, places, owners = lookup.hashes, lookup.starts, lookup.places, lookup.owners
    points, hashes, met, found = memory.points, memory.hashes, memory.met, memory.found
    units, offsets, as_whole = index.units, index.offsets, index.as_whole
    least, least_dense = index.lengths.least, index.lengths.least_dense
    for i in range(num_met):
        place = met[i]
        entry = first_entry(starts, known, lookup.bucket_shift, hashes[place])
        while entry < len(known) and known[entry] == hashes[place]:
            there, text = places[entry], owners[entry]
            entry += 1
            first, stop = offsets[text], offsets[text + 1]
            if _is_noted(found, before, num, text, place, there - first):
                continue
            right = _alike(points, units, place, there, min(size - place, stop - there))
            left = _alike_before(points, units, place, there, min(place, there - first))
            start, length = place - left, left + right
            if right == 0:  # two grams of one hash
                continue
            if length != stop - first if as_whole[text] else length < least_dense:
                continue
            if not as_whole[text] and length < least and 2 * _num_dense(points, start, length, kinds) < least_dense:
                continue
            if num == len(found):
                return -1
            found[num, 1], found[num, 2], found[num, 3], found[num, 4] = text, there - left - first, start, length
            num += 1
    return num


@inlined
def _is_noted(found: Int64s, before: int, num: int, text: int, place: int, there: int) -> bool:
    """Say whether a run of the same text and distance that reaches up to a place is among the last ones of the row."""
    noted = False
    for i in range(num - 1, max(before, num - RECENT) - 1, -1):
        same = found[i, 1] == text and found[i, 3] - found[i, 2] == place - there
        noted |= same and place < found[i, 3] + found[i, 4]
    return noted


@inlined
def _alike(points: Int32s, units: Int32s, place: int, there: int, most: int) -> int:
    """Return how many units from two places on are the same."""
    num = 0
    while num < most and points[np.uint64(place + num)] == units[np.uint64(there + num)]:
        num += 1
    return num


@inlined
def _alike_before(points: Int32s, units: Int32s, place: int, there: int, most: int) -> int:
    """Return how many units before two places are the same."""
    num = 0
    while num < most and points[np.uint64(place - num - 1)] == units[np.uint64(there - num - 1)]:
        num += 1
    return num


@inlined
def _num_dense(points: Int32s, start: int, length: int, kinds: npt.NDArray[np.uint8]) -> int:
    dense = 0
    for i in range(start, start + length):
        dense += int(kinds[points[i]] == DENSE)
    return dense
