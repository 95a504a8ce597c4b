"""Find the long runs of units that rows share with the texts of an index: exactly, in one pass over their bytes.

A row is looked up at few places, as far apart as the shortest run that counts allows; what is found there is
compared unit by unit, both ways. That finds every run of `least` units, every run of `least_dense` units with half as
many dense ones, and every whole text of the index that is shorter.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.kernel import inlined, kernel
from dedup.normalise import BLOCK, GROWTH, Texts, not_utf8, texts
from dedup.run_index import BASE, Index, Int32s, Int64s, entries, gram_hash, may_hold, mix, roll
from dedup.unicode_tables import Tables, tables
from dedup.units import DENSE, kinds, write_units

CAPACITY = 1 << 16
"""Runs that a scan holds at first."""
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
    ahead: Int32s
    """The first dense unit at each place or after it."""
    found: Int64s


def find_runs(column: pa.Array | pa.ChunkedArray, index: Index, *, name: str = "the column") -> Runs:
    """Return the runs that count of every row of a column; `name` is for the message.

    Raises: InputError where a row is not UTF-8.
    """
    rows = texts(column)
    size = GROWTH * rows.longest + BLOCK
    memory = Memory(np.empty(size, np.int32), np.empty(size + 1, np.int32), np.empty((CAPACITY, _COLUMNS), np.int64))
    pieces = [np.empty((0, _COLUMNS), np.int64)]
    row = 0
    while row < len(rows.offsets) - 1:
        done, num = _scan(rows, row, index, memory, tables(), kinds())
        if done < 0:
            raise not_utf8(name, -done - 1)
        pieces.append(memory.found[:num].copy())
        if done == row:  # this row alone has more
            memory = memory._replace(found=np.empty((2 * len(memory.found), _COLUMNS), np.int64))
        row = done
    found = np.concatenate(pieces)
    return Runs(*(np.unique(found, axis=0) if len(found) else found).T)


@kernel
def _scan(
    rows: Texts, row: int, index: Index, memory: Memory, unicode: Tables, kinds: npt.NDArray[np.uint8]
) -> tuple[int, int]:
    """Scan rows from `row` on while there is room for what is found.

    Returns the first row not done, or `-row - 1` of the first that is not UTF-8; and the number of runs.
    """
    num = 0
    points = memory.points
    while row < len(rows.offsets) - 1:
        size, any_dense = write_units(rows.data, rows.offsets[row], rows.offsets[row + 1], points, unicode, kinds)
        if size < 0:
            return -row - 1, num
        if any_dense:
            _look_ahead(points, size, memory.ahead, kinds)
        before = num
        num = _long_runs(index, memory, size, any_dense, num, kinds)
        if num >= 0 and len(index.anchors.hashes):
            num = _whole_texts(index, memory, size, num)
        if num < 0:
            return row, before
        for i in range(before, num):
            memory.found[i, 0] = row
        row += 1
    return row, num


@inlined
def _look_ahead(points: Int32s, size: int, ahead: Int32s, kinds: npt.NDArray[np.uint8]) -> None:
    ahead[size] = size
    for i in range(size - 1, -1, -1):
        ahead[i] = i if kinds[points[i]] == DENSE else ahead[i + 1]


@inlined
def _long_runs(index: Index, memory: Memory, size: int, any_dense: bool, num: int, kinds: npt.NDArray[np.uint8]) -> int:
    """Note the long runs of a row after the `num` there are; return how many there are now, -1 without room."""
    points, lookup, bitmap, multipliers = memory.points, index.grams, index.grams.bitmap, index.multipliers
    step, step_dense = index.lengths.least - index.gram + 1, index.lengths.least_dense - index.gram_dense + 1
    place, known, known_stop = 0, -1, 0  # the last gram that was found in the index
    while place + index.gram_dense <= size:
        dense = memory.ahead[place] if any_dense else size
        is_dense = dense < place + index.gram_dense
        gram = index.gram_dense if is_dense else index.gram
        if place + gram <= size:
            hashed = gram_hash(points, place, gram, multipliers)
            if may_hold(bitmap, lookup.shift, hashed):
                first, last = entries(lookup, hashed)
                for entry in range(first, last):
                    there = np.int64(lookup.places[entry])
                    num = _note(index, memory, size, place, gram, there, known, known_stop, num, kinds)
                    if num < 0:
                        return -1
                if last > first:
                    known, known_stop = place, place + gram
        # Not beyond the first place with a dense gram.
        place += step_dense if is_dense else min(step, max(1, dense - index.gram_dense + 1 - place))
    return num


@kernel
def _note(
    index: Index, memory: Memory, size: int, place: int, gram: int, there: np.int64, known: int, known_stop: int,
    num: int, kinds: npt.NDArray[np.uint8],
) -> int:  # fmt: skip
    """Note the run around a gram that a row and a text may share, unless it holds the gram at `known` too.

    Returns the number of runs, -1 without room.
    """
    points, units = memory.points, index.units
    text = int(np.searchsorted(index.offsets, there, side="right")) - 1
    start, stop = index.offsets[text], index.offsets[text + 1]
    right = 0
    while right < gram and points[place + right] == units[there + right]:
        right += 1
    if right < gram:  # two grams of the same hash
        return num
    left = 0
    while left < place and there - left > start and points[place - left - 1] == units[there - left - 1]:
        left += 1
        if place - left == known and known_stop <= place + gram:
            return num
    while place + right < size and there + right < stop and points[place + right] == units[there + right]:
        right += 1
    if place - left <= known and known_stop <= place + right:
        return num
    if not _counts(points, place - left, left + right, index, kinds):
        return num
    return _write(memory.found, num, text, there - left - start, place - left, left + right)


@inlined
def _counts(points: Int32s, start: int, length: int, index: Index, kinds: npt.NDArray[np.uint8]) -> bool:
    """Say whether a run is long enough."""
    if length >= index.lengths.least or length < index.lengths.least_dense:
        return length >= index.lengths.least
    dense = 0
    for i in range(start, start + length):
        dense += kinds[points[i]] == DENSE
    return 2 * dense >= index.lengths.least_dense


@inlined
def _whole_texts(index: Index, memory: Memory, size: int, num: int) -> int:
    """Note every whole short text in a row, as `_long_runs` does."""
    points, lookup, bitmap, anchor = memory.points, index.anchors, index.anchors.bitmap, index.anchor
    rolled, power = np.uint64(0), np.uint64(1)
    for _ in range(anchor):
        power *= BASE
    for stop in range(size):
        goes = points[np.uint64(stop - anchor)] if stop >= anchor else np.int32(-1)
        rolled = roll(rolled, points[np.uint64(stop)], goes, power)
        hashed = mix(rolled)
        if stop >= anchor - 1 and may_hold(bitmap, lookup.shift, hashed):
            first, last = entries(lookup, hashed)
            for entry in range(first, last):
                there = np.int64(lookup.places[entry])
                num = _note_whole(index, memory, size, stop - anchor + 1, there, num)
                if num < 0:
                    return -1
    return num


@kernel
def _note_whole(index: Index, memory: Memory, size: int, place: int, there: np.int64, num: int) -> int:
    """Note a whole text of the index around an anchor; return the number of runs, -1 without room."""
    text = int(np.searchsorted(index.offsets, there, side="right")) - 1
    first = index.offsets[text]
    start, length = place - int(there - first), index.offsets[text + 1] - first
    if start < 0 or start + length > size:
        return num
    for i in range(length):
        if memory.points[start + i] != index.units[first + i]:
            return num
    return _write(memory.found, num, text, 0, start, length)


@inlined
def _write(found: Int64s, num: int, text: int, place: int, start: int, length: int) -> int:
    if num == len(found):
        return -1
    found[num, 1], found[num, 2], found[num, 3], found[num, 4] = text, place, start, length
    return num + 1
