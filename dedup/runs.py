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
from dedup.run_index import GRAM, Index, Int32s, Int64s, Lookup, Uint32s, first_entry, gram_hashes, may_hold
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
    found: Int64s


def find_runs(column: pa.Array | pa.ChunkedArray, index: Index, *, name: str = "the column") -> Runs:
    """Return the runs that count of every row of a column; `name` is for the message.

    Raises: InputError where a row is not UTF-8.
    """
    rows = texts(column)
    size = GROWTH * rows.longest + BLOCK + GRAM
    found = np.empty((CAPACITY, _COLUMNS), np.int64)
    memory = Memory(np.zeros(size, np.int32), np.zeros(size, np.uint32), found)
    pieces = [found[:0].copy()]
    row = 0
    while row < len(rows.offsets) - 1:
        done, num = _scan(rows, row, index, memory, unit_tables(), kinds())
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
    rows: Texts, row: int, index: Index, memory: Memory, marked: Tables, kinds: npt.NDArray[np.uint8]
) -> tuple[int, int]:
    """Scan rows from `row` on while there is room for what is found.

    Returns the first row not done, or `-row - 1` of the first that is not UTF-8; and the number of runs.
    """
    num = 0
    while row < len(rows.offsets) - 1:
        start, stop = rows.offsets[row], rows.offsets[row + 1]
        size, any_dense = write_units(rows.data, start, stop, memory.points, marked)
        if size < 0:
            return -row - 1, num
        before = num
        num = _look_up(index, index.long, memory, size, before, num, kinds)
        if any_dense and num >= 0:
            num = _look_up(index, index.dense, memory, size, before, num, kinds)
        if num < 0:
            return row, before
        for i in range(before, num):
            memory.found[i, 0] = row
        row += 1
    return row, num


@inlined
def _look_up(
    index: Index, lookup: Lookup, memory: Memory, size: int, before: int, num: int, kinds: npt.NDArray[np.uint8]
) -> int:
    """Note the runs of a row that a lookup leads to, after the `num` there are; those from `before` on are its own.

    Returns the number of runs, -1 without room.
    """
    if len(lookup.hashes) == 0:
        return num
    # Fields of a tuple are counted by reference at each use, which costs more than the use.
    bitmap, starts, known, hashes = lookup.bitmap, lookup.starts, lookup.hashes, memory.hashes
    shift, bucket_shift = lookup.shift, lookup.bucket_shift
    num_places, step = size - lookup.gram + 1, lookup.step
    gram_hashes(memory.points, num_places, lookup.weights, hashes)
    for place in range(0, num_places, step):
        hashed = hashes[np.uint64(place)]
        if may_hold(bitmap, shift, hashed):
            entry = first_entry(starts, known, bucket_shift, hashed)
            while entry < len(known) and known[entry] == hashed:
                num = _note(index, memory, size, place, lookup.places[entry], before, num, kinds)
                if num < 0:
                    return -1
                entry += 1
    return num


@kernel
def _note(
    index: Index, memory: Memory, size: int, place: int, there: int, before: int, num: int, kinds: npt.NDArray[np.uint8]
) -> int:
    """Note the run around a gram that a row and a text share, if it counts and is not noted yet."""
    points, units, found = memory.points, index.units, memory.found
    text = int(np.searchsorted(index.offsets, there, side="right")) - 1
    first, stop = index.offsets[text], index.offsets[text + 1]
    for i in range(num - 1, max(before, num - RECENT) - 1, -1):
        # The same text and distance, and the run reaches up to here.
        if (
            found[i, 1] == text
            and found[i, 3] - found[i, 2] == place - there + first
            and place < found[i, 3] + found[i, 4]
        ):
            return num
    right, left = 0, 0
    while place + right < size and there + right < stop and points[place + right] == units[there + right]:
        right += 1
    if right == 0:  # two grams of one hash
        return num
    while left < place and there - left > first and points[place - left - 1] == units[there - left - 1]:
        left += 1
    length = left + right
    if not (length == stop - first if index.as_whole[text] else _counts(points, place - left, length, index, kinds)):
        return num
    if num == len(found):
        return -1
    found[num, 1], found[num, 2], found[num, 3], found[num, 4] = text, there - left - first, place - left, length
    return num + 1


@inlined
def _counts(points: Int32s, start: int, length: int, index: Index, kinds: npt.NDArray[np.uint8]) -> bool:
    """Say whether a run is long enough."""
    if length >= index.lengths.least or length < index.lengths.least_dense:
        return length >= index.lengths.least
    dense = 0
    for i in range(start, start + length):
        dense += kinds[points[i]] == DENSE
    return 2 * dense >= index.lengths.least_dense
