"""Units of a text in steps that guess nothing; the few texts that this is not made for `dedup.units` writes.

Letters of one, two and three bytes follow one another in most scripts, and a processor that guesses wrong which comes
next loses more time than a letter takes. So every byte is taken for the first of a letter, by vector instructions on a
copy of the text, and one table says what a letter becomes: up to three units, all written, of which as many count as
there are. Left to `dedup.units.write_units` are texts that are not UTF-8, have letters of four bytes, or in which a
unit joins with the one before it or moves before it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel
from dedup.unicode_tables import IOTA_BELOW, JOINS, Tables, tables
from dedup.units import DENSE, kinds

Uint8s = npt.NDArray[np.uint8]
Uint16s = npt.NDArray[np.uint16]
Uint64s = npt.NDArray[np.uint64]

BLOCK = 64
"""Bytes that the loops go over at once; at least one byte of 0 stands behind a text."""
_BEFORE = 2
"""Bytes of 0 before a text."""
_NUM_POINTS = 1 << 16
MOST = 3
"""Units of a letter, at most."""
_COUNT, _OTHER, _DENSE, _FIRST, _LAST = (np.uint64(bit) for bit in (62, 61, 60, 54, 48))
"""An entry of the table is three units of 16 bits, and from these bits on: how many count; whether the letter is left
to `write_units`; whether a unit is dense; the rank of the class of the first mark, of 6 bits, 0 for none, and of the
last one."""
_ONE, _RANK = np.uint64(1), np.uint64(63)


class Scratch(NamedTuple):
    """What a text goes through on its way."""

    row: Uint8s
    points: Uint16s
    """At the first byte of each letter its code point, 0 at the others."""
    units: Uint16s


def scratch(longest: int) -> Scratch:
    """Return room for texts of at most `longest` bytes."""
    size = longest + 2 * BLOCK
    return Scratch(np.zeros(size, np.uint8), np.zeros(size, np.uint16), np.zeros(MOST * size, np.uint16))


@cache
def quick_table() -> Uint64s:
    """Return the entries of the first 65,536 code points, made once per process."""
    table, classes = np.zeros(_NUM_POINTS, np.uint64), tables().classes
    _fill(table, tables(), kinds(), np.searchsorted(np.unique(classes), classes).astype(np.uint64))
    table.setflags(write=False)
    return table


@kernel
def _fill(table: Uint64s, unicode: Tables, kinds: Uint8s, ranks: Uint64s) -> None:
    for point in range(len(table)):
        form = unicode.forms[point]
        size = unicode.longer[-form] if form < 0 else 1
        num, entry, last, other = 0, np.uint64(0), np.uint64(0), False
        for i in range(size):
            member = unicode.longer[i + 1 - form] if form < 0 else form & (JOINS - 1)
            other |= _is_other(member)
            last = ranks[member]
            entry |= last << _FIRST if i == 0 else np.uint64(0)
            if kinds[member]:
                entry |= np.uint64(member) << np.uint64(16 * num) if num < MOST else np.uint64(0)
                entry |= np.uint64(kinds[member] == DENSE) << _DENSE
                num += 1
        entry |= last << _LAST | np.uint64(num) << _COUNT
        table[point] = _ONE << _OTHER if other or num > MOST else entry


@inlined
def _is_other(member: int) -> bool:
    """Say whether a code point has over 16 bits, or is half a pair, a letter of Hangul that may join, or iota below."""
    return (
        member >= _NUM_POINTS
        or 0xD800 <= member <= 0xDFFF
        or 0x1100 <= member <= 0x11FF
        or member == IOTA_BELOW
    )  # fmt: skip


@inlined
def num_of(entry: np.uint64) -> int:
    """Return how many units of an entry count."""
    return int(np.int64(entry >> _COUNT))


@kernel
def write_quickly(
    data: Uint8s, start: int, stop: int, out: npt.NDArray[np.int32], scratch: Scratch, table: Uint64s
) -> tuple[int, bool]:
    """Write the units of one text to `out` as `write_units` does; return -1 where the text is left to that."""
    row, points, units = scratch.row, scratch.points, scratch.units
    size = stop - start
    for i in range(size):
        row[np.uint64(i + _BEFORE)] = data[np.uint64(start + i)]
    for i in range(BLOCK):
        row[np.uint64(size + _BEFORE + i)] = 0
    whole = (size + BLOCK) & -BLOCK
    if not _is_plain(row, whole):
        return -1, False
    _decode(row, whole, points)
    num, seen = 0, np.uint64(0)
    for i in range(size):
        entry = table[np.uint64(points[np.uint64(i)])]
        for part in range(4):  # one instruction writes them all
            units[np.uint64(num) + np.uint64(part)] = np.uint16(entry >> np.uint64(16 * part))
        num += num_of(entry)
        seen |= entry
    if seen >> _OTHER & _ONE or (seen >> _FIRST & _RANK and _moves(points, size, table)):
        return -1, False
    for i in range((num + 15) & -16):
        out[np.uint64(i)] = units[np.uint64(i)]
    return num, bool(seen >> _DENSE & _ONE)


@inlined
def _is_plain(row: Uint8s, size: int) -> bool:
    """Say whether bytes are UTF-8 with letters of at most three bytes; halves of pairs count as such here."""
    wrong = np.uint8(0)
    for i in range(size):
        at = np.uint64(i)
        before_last, before, one, two = row[at], row[at + _ONE], row[at + np.uint64(2)], row[at + np.uint64(3)]
        follows = np.uint8(np.uint8(one & np.uint8(0xC0)) == np.uint8(0x80))
        wanted = np.uint8(before >= np.uint8(0xC0)) | np.uint8(before_last >= np.uint8(0xE0))
        unknown = np.uint8(one >= np.uint8(0xF0)) | np.uint8(np.uint8(one | np.uint8(1)) == np.uint8(0xC1))
        too_long = np.uint8(one == np.uint8(0xE0)) & np.uint8(two < np.uint8(0xA0))
        wrong = np.uint8(wrong | np.uint8(follows ^ np.uint8(wanted)) | unknown | too_long)
    return bool(wrong == 0)


@inlined
def _decode(row: Uint8s, size: int, points: Uint16s) -> None:
    for i in range(size):
        at = np.uint64(i + _BEFORE)
        one = np.uint16(row[at])
        two = np.uint16(row[at + _ONE] ^ np.uint16(0x80))
        three = np.uint16(row[at + np.uint64(2)] ^ np.uint16(0x80))
        of_two = np.uint16(np.uint16(np.uint16(one & np.uint16(0x1F)) << np.uint16(6)) | two)
        of_three = np.uint16(np.uint16(one << np.uint16(12)) | np.uint16(two << np.uint16(6)) | three)
        longer = np.uint16(0) if one < 0xC0 else of_two if one < 0xE0 else of_three
        points[np.uint64(i)] = one if one < 0x80 else longer


@inlined
def _moves(points: Uint16s, size: int, table: Uint64s) -> bool:
    """Say whether a mark follows one of a higher class."""
    moves, last = False, np.uint64(0)
    for i in range(size):
        entry = table[np.uint64(points[np.uint64(i)])]
        first = entry >> _FIRST & _RANK
        moves |= (first > 0) & (first < last)
        last = entry >> _LAST & _RANK if points[np.uint64(i)] else last
    return moves
