"""Grams of five characters of normalised texts, as numbers of 32 bits; the first bits of a gram say its field."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.kernel import inlined, kernel
from dedup.normalise import BLOCK, GROWTH, Normaliser, Texts, normalise_row, normaliser, not_utf8, texts

GRAM = 5
STEP = 32
"""Grams of a row are hashed so many at a time."""
MOST_FIELDS = 8
MARKS = 1 << 14
"""Bits that common grams are marked in: two kilobytes stay in the nearest cache."""


class Common(NamedTuple):
    """Grams that are left out of some rows, being those of their template."""

    groups: npt.NDArray[np.int32]
    """For each row the group whose common grams are left out, or -1; empty: none of any row."""
    grams: npt.NDArray[np.uint32]
    """The common grams of all groups, sorted in each."""
    offsets: npt.NDArray[np.int64]


NO_COMMON = Common(np.zeros(0, np.int32), np.zeros(0, np.uint32), np.zeros(1, np.int64))


class Grams(NamedTuple):
    """The distinct grams of rows, field after field, and what else two rows must have in common."""

    values: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.int64]
    salts: npt.NDArray[np.uint64]
    exact: npt.NDArray[np.uint64]
    """A hash of the normalised texts."""
    bits: int
    """How many of the first bits of a gram say its field."""


def grams_of(
    columns: Sequence[pa.Array | pa.ChunkedArray],
    salts: npt.NDArray[np.uint64],
    *,
    least: int,
    common: Common = NO_COMMON,
) -> Grams:
    """Return the grams that the signature of the same settings stands for.

    Raises: InputError where a row is not UTF-8.
    """
    found = tuple(texts(column) for column in columns)
    points, grams = room(found)
    forms = normaliser(max(column.longest for column in found))
    values = np.empty(sum(column.num_bytes for column in found) + len(grams), np.uint32)
    offsets, own_salts, exact = np.zeros(len(salts) + 1, np.int64), salts.copy(), salts.copy()
    row, seen = 0, room_for(len(grams))
    while True:
        row = _fill(found, salts, row, least, common, values, offsets, own_salts, exact, points, grams, seen, forms)
        if row < 0:
            raise not_utf8("the texts", -row - 1)
        if row == len(salts):
            return Grams(values[: offsets[-1]], offsets, own_salts, exact, field_bits(len(columns)))
        values = np.concatenate([values, np.empty(len(values), np.uint32)])  # more letters than bytes: rare


def room(columns: Sequence[Texts]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
    """Return buffers that hold the code points and the grams of any one row, with `STEP` beyond them."""
    size = sum(GROWTH * column.longest + BLOCK for column in columns)
    return np.empty(size, np.int32), np.empty(size + STEP, np.uint32)


@kernel
def _fill(
    columns: tuple[Texts, ...],
    salts: npt.NDArray[np.uint64],
    row: int,
    least: int,
    common: Common,
    values: npt.NDArray[np.uint32],
    offsets: npt.NDArray[np.int64],
    own_salts: npt.NDArray[np.uint64],
    exact: npt.NDArray[np.uint64],
    points: npt.NDArray[np.int32],
    grams: npt.NDArray[np.uint32],
    seen: npt.NDArray[np.uint64],
    normaliser: Normaliser,
) -> int:
    """Write the grams of rows from `row` on while there is room, and where those of each row end.

    Returns the first row not done, or `-row - 1` of the first that is not UTF-8.
    """
    num = offsets[row]
    while row < len(salts) and num + len(grams) <= len(values):
        size, _, own_salts[row], exact[row] = read_row(
            columns, row, salts[row], least, common, points, grams, normaliser
        )
        if size < 0:
            return -row - 1
        mask, stamp = mask_for(size), np.uint64(row + 1)
        for i in range(size):
            if note(seen, mask, stamp, grams[i]):
                values[num] = grams[i]
                num += 1
        row += 1
        offsets[row] = num
    return row


def room_for(num: int) -> npt.NDArray[np.uint64]:
    """Return a hash table for sets of `num` grams at most: `stamp << 32 | gram`, a stamp for each set."""
    return np.zeros(int(mask_for(num)) + 1, np.uint64)


@kernel
def mask_for(num: int) -> np.uint64:
    """Return the last place of the part of a table that a set of `num` grams fills by less than half."""
    size = np.uint64(16)
    while size < np.uint64(2 * num):
        size <<= np.uint64(1)
    return np.uint64(size - np.uint64(1))


@inlined
def note(seen: npt.NDArray[np.uint64], mask: np.uint64, stamp: np.uint64, gram: np.uint32) -> bool:
    """Put a gram into the set of this stamp; return whether it was not there."""
    wanted = (stamp << np.uint64(32)) | np.uint64(gram)
    place = np.uint64(gram) & mask
    while (seen[place] >> np.uint64(32)) == stamp:
        if seen[place] == wanted:
            return False
        place = (place + np.uint64(1)) & mask
    seen[place] = wanted
    return True


@inlined
def is_noted(seen: npt.NDArray[np.uint64], mask: np.uint64, stamp: np.uint64, gram: np.uint32) -> bool:
    """Return whether a gram is in the set of this stamp."""
    wanted = (stamp << np.uint64(32)) | np.uint64(gram)
    place = np.uint64(gram) & mask
    while (seen[place] >> np.uint64(32)) == stamp:
        if seen[place] == wanted:
            return True
        place = (place + np.uint64(1)) & mask
    return False


@kernel
def read_row(
    columns: tuple[Texts, ...],
    row: int,
    salt: np.uint64,
    least: int,
    common: Common,
    points: npt.NDArray[np.int32],
    grams: npt.NDArray[np.uint32],
    normaliser: Normaliser,
) -> tuple[int, int, np.uint64, np.uint64]:
    """Write the grams of a row to `grams`; return how many, the code points, the salt with its short fields, a hash.

    No gram spans two fields. A negative number says that the row is not UTF-8.
    """
    num, total = 0, 0
    exact = salt
    for field in range(len(columns)):
        column = columns[field]
        size = normalise_row(column.data, column.offsets[row], column.offsets[row + 1], points, normaliser)
        if size < 0:
            return -1, 0, salt, exact
        total += size
        if size < least:
            whole = hash_points(points, size)
            salt = _stir(salt, whole + np.uint64(field + 1))
        else:
            size = _hash_grams(points, size, grams[num:], np.uint32(field), np.uint32(field_bits(len(columns))))
            whole = _hash_in_order(grams[num:], size)
            num += size
        exact = _stir(exact, whole)
    if len(common.groups) and common.groups[row] >= 0:
        group = common.groups[row]
        num = _leave_out(grams, num, common.grams[common.offsets[group] : common.offsets[group + 1]])
    return num, total, salt, exact


@kernel
def hash_points(points: npt.NDArray[np.int32], size: int) -> np.uint64:
    """Return 64 bits of a text; four sums run side by side. A length alone could be undone by U+0001."""
    h0, h1, h2, h3 = _stir(np.uint64(size), np.uint64(0xFF51AFD7ED558CCD)), np.uint64(1), np.uint64(2), np.uint64(3)
    i = 0
    while i + 4 <= size:
        h0 = _stir(h0, np.uint64(points[np.uint64(i)]))
        h1 = _stir(h1, np.uint64(points[np.uint64(i + 1)]))
        h2 = _stir(h2, np.uint64(points[np.uint64(i + 2)]))
        h3 = _stir(h3, np.uint64(points[np.uint64(i + 3)]))
        i += 4
    while i < size:
        h0 = _stir(h0, np.uint64(points[np.uint64(i)]))
        i += 1
    return np.uint64(_stir(_stir(h0, h1), _stir(h2, h3)))


@inlined
def _hash_in_order(grams: npt.NDArray[np.uint32], num: int) -> np.uint64:
    """Return 64 bits of the grams of a text in their order, which tell the text.

    Two sums, one with the place as a factor: a letter that differs changes five grams, an order the places of grams.
    """
    plain, placed = np.uint64(0), np.uint64(0)
    for i in range(num):
        gram = np.uint64(grams[np.uint64(i)])
        plain += gram
        placed += np.uint64(gram * np.uint64(np.uint32(i + 1)))
    return np.uint64(_stir(_stir(np.uint64(num), plain), placed))


@inlined
def _stir(state: np.uint64, value: np.uint64) -> np.uint64:
    mixed = np.uint64((state ^ value) * np.uint64(0x9E3779B97F4A7C15))
    return np.uint64(mixed ^ (mixed >> np.uint64(29)))


@inlined
def field_bits(num: int) -> int:
    """Return how many of the first bits of a gram say its field, of `num` fields."""
    return (num > 1) + (num > 2) + (num > 4)


@inlined
def _hash_grams(
    points: npt.NDArray[np.int32], size: int, grams: npt.NDArray[np.uint32], field: np.uint32, bits: np.uint32
) -> int:
    """Write the hash of each gram; five products that do not wait for one another, so blocks are hashed at once."""
    num = size - 4
    first = np.uint32(np.uint64(field) << np.uint64(np.uint32(32) - bits))
    for i in range(num):
        at = np.uint64(i)
        value = np.uint32(np.uint32(points[at]) * np.uint32(0x9E3779B1))
        value += np.uint32(np.uint32(points[at + np.uint64(1)]) * np.uint32(0x85EBCA77))
        value += np.uint32(np.uint32(points[at + np.uint64(2)]) * np.uint32(0xC2B2AE3D))
        value += np.uint32(np.uint32(points[at + np.uint64(3)]) * np.uint32(0x27D4EB2F))
        value += np.uint32(np.uint32(points[at + np.uint64(4)]) * np.uint32(0x165667B1))
        value = np.uint32(value)
        value = np.uint32((value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
        value = np.uint32((value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
        grams[at] = np.uint32(np.uint32(value ^ (value >> np.uint32(16))) >> bits) | first
    return num


@inlined
def _leave_out(grams: npt.NDArray[np.uint32], num: int, common: npt.NDArray[np.uint32]) -> int:
    """Move the grams that are not in `common` to the front; return how many these are.

    A bit for the last digits of each common gram says of nearly all others that they need not be looked for.
    """
    marks = np.zeros(MARKS // 64, np.uint64)
    for gram in common:
        marks[_word(gram)] |= _bit(gram)
    left = 0
    for i in range(num):
        gram = grams[np.uint64(i)]
        if marks[_word(gram)] & _bit(gram):
            place = np.searchsorted(common, gram)
            if place < len(common) and common[place] == gram:
                continue
        grams[np.uint64(left)] = gram
        left += 1
    return left


@inlined
def _word(gram: np.uint32) -> np.uint64:
    return np.uint64((gram & np.uint32(MARKS - 1)) >> np.uint32(6))


@inlined
def _bit(gram: np.uint32) -> np.uint64:
    return np.uint64(np.uint64(1) << np.uint64(gram & np.uint32(63)))
