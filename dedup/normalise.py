"""Normalise texts where they lie, as UTF-8 in Arrow's buffers, without making Python strings.

The form is that of `reference`, which says it in Python: NFKD, case folded, Hangul composed, white space as
single spaces. It is NFKC without putting letters and marks together again, which costs as much as all the rest.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

from aya.errors import InputError
from dedup.kernel import inlined, kernel
from dedup.quick import FLAGGED, NOT_WRITTEN, WRITTEN, Scratch, Uint16s, Uint64s, entries, scratch, widen, write_entries
from dedup.unicode_tables import IOTA_BELOW, JOINS, NUM_POINTS, SPACE, Tables, tables

GROWTH = 6
"""Code points of a form for each byte of UTF-8, at most (U+FDFA: 18 for 3)."""
IOTA = 0x3B9
BLOCK = 32
"""Values behind a form that may be written over."""

_HANGUL = regex.compile("[\u1100-\u11ff\uac00-\ud7a3]+")


def reference(text: str) -> str:
    """Return the normalised text, by Python's own functions; the kernel's result is equal to it."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    composed = _HANGUL.sub(lambda found: unicodedata.normalize("NFC", found[0]), folded)
    return " ".join(composed.split())


class Texts(NamedTuple):
    """A column of texts as two arrays; a null is an empty text."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    """Row i is `data[offsets[i]:offsets[i + 1]]`."""

    @property
    def num_bytes(self) -> int:
        """Return the number of bytes of all rows."""
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def longest(self) -> int:
        """Return the number of bytes of the longest row."""
        return int(np.diff(self.offsets).max(initial=0))


class Normaliser(NamedTuple):
    """What a kernel normalises texts with."""

    unicode: Tables
    quick: Uint64s
    """What becomes of the first 65,536 code points, flagged where it is white space."""
    scratch: Scratch


def normaliser(longest: int) -> Normaliser:
    """Return the tables, and room for texts of at most `longest` bytes."""
    return Normaliser(tables(), _quick_table(), scratch(longest))


@cache
def _quick_table() -> Uint64s:
    kinds = np.full(NUM_POINTS, WRITTEN, np.uint8)
    kinds[0], kinds[SPACE] = NOT_WRITTEN, FLAGGED  # 0 stands for the bytes of a letter behind the first
    return entries(kinds)


class Points(NamedTuple):
    """Normalised rows as code points."""

    values: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    """Row i is `values[offsets[i]:offsets[i + 1]]`."""


def texts(column: pa.Array | pa.ChunkedArray) -> Texts:
    """Return a column of any string type as arrays, without a copy where it is `large_string` without nulls."""
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.cast(pa.large_string()).combine_chunks()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.large_string())
    if column.null_count:
        column = pc.fill_null(column, "")
    column.validate()
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, borders, data = column.buffers()
    offsets = np.zeros(1, np.int64)
    if len(column):
        rows = slice(column.offset, column.offset + len(column) + 1)
        offsets = np.frombuffer(borders, width)[rows].astype(np.int64, copy=False)
    found = Texts(np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), offsets)
    if np.any(np.diff(offsets) < 0) or not 0 <= offsets[0] <= offsets[-1] <= len(found.data):
        raise InputError("the offsets of a text column do not rise: the file is damaged")
    for array in found:
        array.setflags(write=False)  # arrays that may be written to are another type to a kernel
    return found


def code_points(column: pa.Array | pa.ChunkedArray, *, name: str = "the column") -> Points:
    """Return the normalised texts of a column as code points; `name` is for the message.

    Raises: InputError where a row is not UTF-8.
    """
    rows = texts(column)
    num = len(rows.offsets) - 1
    slack = GROWTH * rows.longest + BLOCK
    values, offsets = np.empty(len(rows.data) + slack, np.int32), np.zeros(num + 1, np.int64)
    row = 0
    while (row := normalise_rows(*rows, row, values, offsets, slack, normaliser(rows.longest))) < num:
        if row < 0:
            raise not_utf8(name, -row - 1)
        values = np.concatenate([values, np.empty(len(values), np.int32)])
    return Points(values[: offsets[-1]], offsets)


def not_utf8(name: str, row: int) -> InputError:
    """Return the error for a row that is not UTF-8."""
    return InputError(f"row {row + 1} of {name} is not UTF-8")


@kernel
def normalise_rows(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    row: int,
    values: npt.NDArray[np.int32],
    places: npt.NDArray[np.int64],
    slack: int,
    normaliser: Normaliser,
) -> int:
    """Normalise rows from `row` on while `slack` values are free.

    Returns the first row not done, or `-row - 1` of the first that is not UTF-8.
    """
    while row < len(offsets) - 1 and places[row] + slack <= len(values):
        num = normalise_row(data, offsets[row], offsets[row + 1], values[places[row] :], normaliser)
        if num < 0:
            return -row - 1
        row += 1
        places[row] = places[row - 1] + num
    return row


@kernel
def normalise_row(
    data: npt.NDArray[np.uint8], start: int, stop: int, out: npt.NDArray[np.int32], normaliser: Normaliser
) -> int:
    """Write the normalised code points of one text to `out`, return how many; -1 where the text is not UTF-8.

    `out` holds `GROWTH` values for each byte and `BLOCK` more.
    """
    scratch = normaliser.scratch
    num, any_space = write_entries(data, start, stop, scratch, normaliser.quick)
    if num < 0:
        return _write_letters(data, start, stop, out, normaliser.unicode)
    return _with_single_spaces(scratch.written, num, out) if any_space else widen(scratch.written, 0, num, out)


@inlined
def _with_single_spaces(written: Uint16s, num: int, out: npt.NDArray[np.int32]) -> int:
    """Copy a text to `out` without white space at its ends and behind other white space; return its length."""
    first = 0
    while first < num and written[np.uint64(first)] == SPACE:
        first += 1
    while num > first and written[np.uint64(num - 1)] == SPACE:
        num -= 1
    twice = np.uint16(0)
    for i in range(first, num - 1):
        at = np.uint64(i)
        twice |= np.uint16(written[at] == SPACE) & np.uint16(written[at + np.uint64(1)] == SPACE)
    if not twice:
        return widen(written, first, num, out)
    last, to = np.uint16(SPACE), np.int64(0)
    for i in range(first, num):
        point = written[np.uint64(i)]
        out[np.uint64(to)] = point
        to += 1 - (np.int64(point == SPACE) & np.int64(last == SPACE))
        last = point
    return int(to)


@kernel
def _write_letters(
    data: npt.NDArray[np.uint8], start: int, stop: int, out: npt.NDArray[np.int32], unicode: Tables
) -> int:
    """Normalise a text letter by letter; return -1 where it is not UTF-8."""
    num, last, place, iota = 0, SPACE, start, False
    while place < stop:
        point = int(data[np.uint64(place)])
        if point < 0x80:
            place += 1
        else:
            point, width = decode(data, place, stop)
            if width == 0:
                return -1
            place += width
        form = unicode.forms[np.uint64(point)]
        if 0 <= form < JOINS:
            out[np.uint64(num)] = form
            num += 1 - ((form == SPACE) & (last == SPACE))
            last = form
        elif form >= JOINS:
            last = form & (JOINS - 1)
            iota |= last == IOTA_BELOW
            num = push(out, num, last, unicode.classes, 0)
        else:
            entry = np.uint64(-form)
            for i in range(unicode.longer[entry]):
                member = unicode.longer[entry + np.uint64(i + 1)]
                if member != SPACE:
                    iota |= member == IOTA_BELOW
                    num = push(out, num, member, unicode.classes, 0)
                elif last != SPACE:
                    out[num] = SPACE
                    num += 1
                last = member
    if iota:
        for i in range(num):
            out[i] = IOTA if out[i] == IOTA_BELOW else out[i]
    return num - 1 if num > 0 and out[num - 1] == SPACE else num


@inlined
def decode(data: npt.NDArray[np.uint8], place: int, stop: int) -> tuple[int, int]:
    """Return the code point that starts at `place` with a byte above 0x7F, and its bytes; 0 bytes if there is none."""
    first = int(data[np.uint64(place)])
    width = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if first < 0xC2 or first > 0xF4 or place + width > stop:
        return 0, 0
    second = int(data[np.uint64(place + 1)]) ^ 0x80
    if width == 2:
        return ((first & 0x1F) << 6) | second, 2 if second < 0x40 else 0
    third = int(data[np.uint64(place + 2)]) ^ 0x80
    if width == 3:
        point = ((first & 0x0F) << 12) | (second << 6) | third
        good = (second | third) < 0x40 and point >= 0x800 and (point < 0xD800 or point >= 0xE000)
        return point, 3 if good else 0
    fourth = int(data[np.uint64(place + 3)]) ^ 0x80
    point = ((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth
    return point, 4 if (second | third | fourth) < 0x40 and 0x10000 <= point < 0x110000 else 0


@inlined
def push(out: npt.NDArray[np.int32], num: int, point: int, classes: npt.NDArray[np.uint8], floor: int) -> int:
    """Append a code point, a mark in its canonical place, Hangul composed; return the new length.

    It joins with nothing and moves before nothing that stands below `floor`.
    """
    order = classes[np.uint64(point)]
    to = num
    if order:
        while to > floor and classes[np.uint64(out[np.uint64(to - 1)])] > order:
            out[np.uint64(to)] = out[np.uint64(to - 1)]
            to -= 1
    elif num > floor and 0x1161 <= point <= 0x11C2:
        before = out[num - 1]
        if point <= 0x1175 and 0x1100 <= before <= 0x1112:
            out[num - 1] = 0xAC00 + ((before - 0x1100) * 21 + (point - 0x1161)) * 28
            return num
        if point >= 0x11A8 and 0xAC00 <= before <= 0xD7A3 and (before - 0xAC00) % 28 == 0:
            out[num - 1] = before + (point - 0x11A7)
            return num
    out[np.uint64(to)] = point
    return num + 1
