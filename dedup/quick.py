"""Letters of a text in steps that guess nothing, and what a table makes of each.

Letters of one, two and three bytes follow one another in most scripts, and a processor that guesses wrong which comes
next loses more time than a letter takes. So every byte is taken for the first of a letter, by vector instructions on a
copy of the text, and one table says what a letter becomes: up to three code points, all written, of which as many
count as there are. Texts that are not UTF-8, have letters of four bytes or null characters, or in which a code point
joins with the one before it or moves before it, are left to functions that go from letter to letter.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel
from dedup.unicode_tables import IOTA_BELOW, JOINS, NUM_POINTS, SPACE, Tables, tables

Uint8s = npt.NDArray[np.uint8]
Uint16s = npt.NDArray[np.uint16]
Uint64s = npt.NDArray[np.uint64]

BLOCK = 64
"""Bytes that the loops go over at once; at least one byte of 0 stands behind a text."""
NOT_WRITTEN, WRITTEN, FLAGGED = range(3)
"""What a table makes of a code point of a normalised text."""
MOST = 3
"""Code points that a letter becomes, at most."""
_BEFORE = 2
"""Bytes of 0 before a text."""
_NUM_POINTS = 1 << 16
_COUNT, _OTHER, _FLAG, _FIRST, _LAST = (np.uint64(bit) for bit in (62, 61, 60, 54, 48))
"""An entry of a table is three code points of 16 bits, and from these bits on: how many count; whether the letter is
left to others; whether a code point of it is flagged; the rank of the class of the first mark, of 6 bits, 0 for none,
and of the last one."""
_ONE, _RANK = np.uint64(1), np.uint64(63)


class Scratch(NamedTuple):
    """What a text goes through on its way."""

    row: Uint8s
    letters: Uint16s
    """At the first byte of each letter its code point, 0 at the others."""
    written: Uint16s


def scratch(longest: int) -> Scratch:
    """Return room for texts of at most `longest` bytes."""
    size = longest + 2 * BLOCK
    return Scratch(np.zeros(size, np.uint8), np.zeros(size, np.uint16), np.zeros(MOST * size, np.uint16))


def entries(kinds: Uint8s) -> Uint64s:
    """Return what becomes of the first 65,536 code points; `kinds` says for each of a normalised text how it counts."""
    assert len(kinds) == NUM_POINTS
    table, classes = np.zeros(_NUM_POINTS, np.uint64), tables().classes
    _fill(table, tables(), kinds, np.searchsorted(np.unique(classes), classes).astype(np.uint64))
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
            other |= _is_other(member) or (size > 1 and member == SPACE and kinds[member] > 0)
            last = ranks[member]
            entry |= last << _FIRST if i == 0 else np.uint64(0)
            if kinds[member]:
                entry |= np.uint64(member) << np.uint64(16 * num) if num < MOST else np.uint64(0)
                entry |= np.uint64(kinds[member] == FLAGGED) << _FLAG
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
    """Return how many code points of an entry count."""
    return int(np.int64(entry >> _COUNT))


@kernel
def write_entries(data: Uint8s, start: int, stop: int, scratch: Scratch, table: Uint64s) -> tuple[int, bool]:
    """Write to `scratch.written` what becomes of a text; return how many code points, and whether one is flagged.

    A number of -1 says that the text is left to others.
    """
    row, letters, written, size = scratch.row, scratch.letters, scratch.written, stop - start
    if not _read_letters(data, start, size, row, letters):
        return -1, False
    num, seen = 0, np.uint64(0)
    for i in range(size):
        entry = table[np.uint64(letters[np.uint64(i)])]
        for part in range(4):  # one instruction writes them all
            written[np.uint64(num) + np.uint64(part)] = np.uint16(entry >> np.uint64(16 * part))
        num += num_of(entry)
        seen |= entry
    if seen >> _OTHER & _ONE or (seen >> _FIRST & _RANK and _moves(letters, size, table)):
        return -1, False
    return num, bool(seen >> _FLAG & _ONE)


@inlined
def _read_letters(data: Uint8s, start: int, size: int, row: Uint8s, letters: Uint16s) -> bool:
    """Write the code point of each letter at its first byte, 0 at the others; False if the text is left to others."""
    null = np.uint8(0)
    for i in range(size):
        byte = data[np.uint64(start + i)]
        null |= np.uint8(byte == 0)
        row[np.uint64(i + _BEFORE)] = byte
    for i in range(BLOCK):
        row[np.uint64(size + _BEFORE + i)] = 0
    whole = (size + BLOCK) & -BLOCK
    if null or not _is_plain(row, whole):
        return False
    _decode(row, whole, letters)
    return True


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
def _decode(row: Uint8s, size: int, letters: Uint16s) -> None:
    for i in range(size):
        at = np.uint64(i + _BEFORE)
        one = np.uint16(row[at])
        two = np.uint16(row[at + _ONE] ^ np.uint16(0x80))
        three = np.uint16(row[at + np.uint64(2)] ^ np.uint16(0x80))
        of_two = np.uint16(np.uint16(np.uint16(one & np.uint16(0x1F)) << np.uint16(6)) | two)
        of_three = np.uint16(np.uint16(one << np.uint16(12)) | np.uint16(two << np.uint16(6)) | three)
        longer = np.uint16(0) if one < 0xC0 else of_two if one < 0xE0 else of_three
        letters[np.uint64(i)] = one if one < 0x80 else longer


@inlined
def _moves(letters: Uint16s, size: int, table: Uint64s) -> bool:
    """Say whether a mark follows one of a higher class."""
    moves, last = False, np.uint64(0)
    for i in range(size):
        entry = table[np.uint64(letters[np.uint64(i)])]
        first = entry >> _FIRST & _RANK
        moves |= (first > 0) & (first < last)
        last = entry >> _LAST & _RANK if letters[np.uint64(i)] else last
    return moves


@inlined
def widen(written: Uint16s, start: int, stop: int, out: npt.NDArray[np.int32]) -> int:
    """Copy code points to `out`, with up to 15 behind them; return how many."""
    for i in range((stop - start + 15) & -16):
        out[np.uint64(i)] = written[np.uint64(start + i)]
    return stop - start
