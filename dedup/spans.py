"""Where units of a text (`dedup.units`) lie in the text itself: the way back, for whole columns at once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel
from dedup.normalise import BLOCK, GROWTH, Texts
from dedup.quick import MOST, Scratch, Uint64s, num_of, scratch
from dedup.quick_units import quick_table, write_quickly
from dedup.unicode_tables import JOINS, Tables, tables
from dedup.units import kinds, unit_tables, write_units

Int64s = npt.NDArray[np.int64]


class Spans(NamedTuple):
    """Stretches of bytes in the data of a column, each beginning and ending between two characters."""

    begins: Int64s
    ends: Int64s
    is_cut: npt.NDArray[np.bool_]
    """Whether the end of the stretch was left out."""


class _Memory(NamedTuple):
    places: Int64s
    """Of each unit of a row: the bytes where the characters that it comes from begin and end."""
    points: npt.NDArray[np.int32]
    scratch: Scratch


def find_spans(texts: Texts, rows: Int64s, starts: Int64s, stops: Int64s, *, most: int) -> Spans:
    """Return where units `starts` to `stops` of some rows lie, cut to less than `most` characters if they are more.

    `rows` do not fall.
    """
    found = Spans(np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_))
    places = np.zeros((int(stops.max(initial=0)) + MOST, 2), np.int64)
    memory = _Memory(places, np.empty(GROWTH * texts.longest + BLOCK, np.int32), scratch(texts.longest))
    _find(texts, rows, starts, stops, most, found, memory, quick_table(), tables(), unit_tables(), kinds())
    return found


@kernel
def _find(
    texts: Texts, rows: Int64s, starts: Int64s, stops: Int64s, most: int, found: Spans, memory: _Memory,
    quick: Uint64s, unicode: Tables, marked: Tables, kinds: npt.NDArray[np.uint8],
) -> None:  # fmt: skip
    last, num = -1, 0
    for i in range(len(rows)):
        if rows[i] != last:
            last, farthest = rows[i], 0
            k = i
            while k < len(rows) and rows[k] == last:
                farthest = max(farthest, stops[k])
                k += 1
            first, stop = texts.offsets[last], texts.offsets[last + 1]
            num = _walk_quickly(texts.data, first, stop, farthest, memory, quick)
            if num < 0:
                num = _walk(texts.data, first, stop, farthest, memory, unicode, marked, kinds)
        begin, end = memory.places[min(starts[i], num - 1), 0], memory.places[min(stops[i], num) - 1, 1]
        found.begins[i] = begin
        found.ends[i], found.is_cut[i] = _cut(texts.data, begin, end, most)


@kernel
def _walk_quickly(
    data: npt.NDArray[np.uint8], start: int, stop: int, farthest: int, memory: _Memory, quick: Uint64s
) -> int:
    """Do what `_walk` does for a text that `write_quickly` writes; return -1 for any other."""
    num_units, _ = write_quickly(data, start, stop, memory.points, memory.scratch, quick)
    if num_units < 0:
        return -1
    places, letters = memory.places, memory.scratch.letters
    num, place = 0, start
    while place < stop and num < farthest:
        first = data[np.uint64(place)]
        end = place + 1 + int(first >= 0xC0) + int(first >= 0xE0)
        for k in range(MOST):  # as many as count stay
            places[num + k, 0], places[num + k, 1] = place, end
        num += num_of(quick[letters[np.uint64(place - start)]])
        place = end
    return min(num, farthest)


@kernel
def _walk(
    data: npt.NDArray[np.uint8], place: int, stop: int, farthest: int, memory: _Memory, unicode: Tables,
    marked: Tables, kinds: npt.NDArray[np.uint8],
) -> int:  # fmt: skip
    """Note the places of units until `farthest` of them are known; return how many are."""
    places, points, forms, longer = memory.places, memory.points, unicode.forms, unicode.longer
    num = 0
    while place < stop and num < farthest:
        point, end = _decode(data, place)
        if point < 0x80:
            size = 1 if kinds[point] else 0
        else:
            after = _end_of_syllables(data, point, end, stop)
            if after > end:
                end = after
                size, _ = write_units(data, place, end, points, marked)
            elif forms[point] >= 0:
                size = 1 if kinds[forms[point] & (JOINS - 1)] else 0
            else:
                size = 0
                for k in range(1 - forms[point], 1 - forms[point] + longer[-forms[point]]):
                    size += 1 if kinds[longer[k]] else 0
        for k in range(num, min(num + size, farthest)):
            places[k, 0], places[k, 1] = place, end
        num = min(num + size, farthest)
        place = end
    return num


@inlined
def _end_of_syllables(data: npt.NDArray[np.uint8], point: int, end: int, stop: int) -> int:
    """Return where the letters of Hangul end that join with a code point that ends at `end`."""
    if 0xAC00 <= point <= 0xD7A3 or _joins(point):
        while end < stop:
            following, next_end = _decode(data, end)
            if not _joins(following):
                break
            end = next_end
    return end


@kernel
def _joins(point: int) -> bool:
    """Say whether a code point is a letter of Hangul, which may join with those beside it into one syllable."""
    return 0x1100 <= point <= 0x11FF or 0x3130 <= point <= 0x318F or 0xFFA0 <= point <= 0xFFDF


@kernel
def _decode(data: npt.NDArray[np.uint8], place: int) -> tuple[int, int]:
    """Return the code point that starts at `place`, of a text that is known to be UTF-8, and where it ends."""
    first = int(data[place])
    if first < 0x80:
        return first, place + 1
    width = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    point = first & (0x7F >> width)
    for k in range(1, width):
        point = (point << 6) | int(data[place + k] & 0x3F)
    return point, place + width


@kernel
def _cut(data: npt.NDArray[np.uint8], begin: int, end: int, most: int) -> tuple[int, bool]:
    """Return the end of a stretch, or if it has more than `most` characters that of one fewer than `most`."""
    num, cut = 0, end
    for place in range(begin, end):
        if data[place] & 0xC0 != 0x80:
            num += 1
            if num == most:
                cut = place
            elif num > most:
                return cut, True
    return end, False
