"""An index of texts to look for: the hash of a gram at each place of them, looked up in three steps.

Which gram stands at a place, a short one where a dense unit (`dedup.units`) is near and a long one elsewhere,
depends on the units of the short gram alone. So the text of the index and the text that holds a copy agree on it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.kernel import inlined, kernel
from dedup.normalise import BLOCK, GROWTH, not_utf8, texts
from dedup.unicode_tables import tables
from dedup.units import DENSE, kinds, write_units

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Uint64s = npt.NDArray[np.uint64]

ANCHOR = 8
"""Units of a text by which it is found as a whole; fewer if there is a shorter text."""
BASE = np.uint64(0x9E3779B97F4A7C15)
"""Of the polynomial that hashes an anchor."""
MOST = 512
"""Units of a gram, at most."""
EMPTY_BITS = 4
"""The bitmap of a lookup has 2 ** 4 bits or more for each gram."""


class Lengths(NamedTuple):
    """What counts, in units: a run from `least` on; a shorter text of the index, as a whole, from `whole` on.

    A run of `least_dense` units counts if half as many are dense; a whole text of `whole_dense` if half of its are.
    """

    least: int = 36
    least_dense: int = 14
    whole: int = 20
    whole_dense: int = 8


class Lookup(NamedTuple):
    """Places of grams by their hash."""

    shift: int
    """Bits of a hash below those that the bitmap is indexed by."""
    bitmap: Uint64s
    """A bit for every beginning of a hash; mostly zero, and small enough for a processor's cache."""
    starts: Int64s
    """The first entry with each beginning of a hash."""
    hashes: Uint64s
    """Sorted."""
    places: npt.NDArray[np.uint32] | Int64s
    """Of the grams in the units of the index."""


class Index(NamedTuple):
    """Texts to look for."""

    units: Int32s
    offsets: Int64s
    """Text i is `units[offsets[i]:offsets[i + 1]]`."""
    grams: Lookup
    """Of the texts that are long enough for a run."""
    gram: int
    gram_dense: int
    anchors: Lookup
    """Of the other texts, one of each: the one that is the rarest among them."""
    anchor: int
    lengths: Lengths
    multipliers: Uint64s


def build_index(column: pa.Array | pa.ChunkedArray, lengths: Lengths, *, common: int) -> Index:
    """Return an index of the texts of a column; a gram that stands at more than `common` places is left out.

    Such a gram is wording that a set repeats (`Choose the right answer`). Every run with a gram of another kind is
    found all the same, and so is every whole text.

    Raises: InputError where a text is not UTF-8.
    """
    units, offsets = _all_units(column)
    sizes = np.diff(offsets)
    twice = 2 * num_dense(units, offsets)
    long = (sizes >= lengths.least) | ((sizes >= lengths.least_dense) & (twice >= lengths.least_dense))
    short = ~long & ((sizes >= lengths.whole) | ((sizes >= lengths.whole_dense) & (twice >= sizes)))
    gram, gram_dense = lengths.least // 2 + 1, lengths.least_dense // 2 + 1
    multipliers = _multipliers(MOST)
    hashes, places = _grams(units, offsets, long, gram, gram_dense, kinds(), multipliers)
    anchor = int(min(ANCHOR, sizes[short].min(initial=ANCHOR)))
    anchors = _lookup(*_anchors(units, offsets, short, anchor), common=len(units))
    return Index(
        units=units, offsets=offsets, grams=_lookup(hashes, places, common=common), gram=gram, gram_dense=gram_dense,
        anchors=anchors, anchor=anchor, lengths=lengths, multipliers=multipliers,
    )  # fmt: skip


def _all_units(column: pa.Array | pa.ChunkedArray) -> tuple[Int32s, Int64s]:
    rows = texts(column)
    out = np.empty(GROWTH * rows.longest + BLOCK, np.int32)
    pieces, sizes = [np.empty(0, np.int32)], [0]
    for row in range(len(rows.offsets) - 1):
        num, _ = write_units(rows.data, rows.offsets[row], rows.offsets[row + 1], out, tables(), kinds())
        if num < 0:
            raise not_utf8("the texts to look for", row)
        pieces.append(out[:num].copy())
        sizes.append(num)
    return np.concatenate(pieces), np.cumsum(sizes, dtype=np.int64)


def num_dense(units: Int32s, offsets: Int64s) -> Int64s:
    """Return the number of dense units of each text."""
    so_far = np.r_[0, np.cumsum(kinds()[units] == DENSE)]
    return np.asarray(so_far[offsets[1:]] - so_far[offsets[:-1]], np.int64)


def _multipliers(num: int) -> Uint64s:
    """Return odd multipliers that look random (splitmix64)."""
    found, mask, state = [], 2**64 - 1, 5
    for _ in range(num):
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        found.append((mixed ^ (mixed >> 31)) | 1)
    return np.array(found, np.uint64)


def _lookup(hashes: Uint64s, places: Int64s, *, common: int) -> Lookup:
    """Return the grams sorted by hash, without those at more than `common` places."""
    order = np.argsort(hashes, kind="stable")
    hashes, places = hashes[order], places[order]
    _, counts = np.unique(hashes, return_counts=True)
    rare = np.repeat(counts <= common, counts)
    hashes, places = hashes[rare], places[rare]
    bits = max(4, len(hashes).bit_length())
    shift = 64 - bits - EMPTY_BITS
    tops = hashes >> np.uint64(shift)
    bitmap = np.zeros(1 << (bits + EMPTY_BITS - 6), np.uint64)
    np.bitwise_or.at(bitmap, (tops >> np.uint64(6)).astype(np.int64), np.uint64(1) << (tops & np.uint64(63)))
    buckets = np.arange((1 << bits) + 1, dtype=np.uint64)
    starts = np.searchsorted(tops >> np.uint64(EMPTY_BITS), buckets).astype(np.int64)
    narrow = places.astype(np.uint32) if places.max(initial=0) < 2**32 else places
    return Lookup(shift, bitmap, starts, hashes, narrow)


@inlined
def gram_hash(units: Int32s, place: int, size: int, multipliers: Uint64s) -> np.uint64:
    """Return the hash of the gram at a place; its multiplications do not wait for one another."""
    mixed = np.uint64(size)
    for i in range(size):
        mixed += np.uint64(units[np.uint64(place + i)] + 1) * multipliers[np.uint64(i)]
    return mix(mixed)


@inlined
def roll(rolled: np.uint64, comes: int | np.int32, goes: int | np.int32, power: np.uint64) -> np.uint64:
    """Return the polynomial of the next gram; `power` is that of the unit that goes."""
    return rolled * BASE + np.uint64(comes + 1) - np.uint64(goes + 1) * power


@inlined
def mix(value: np.uint64) -> np.uint64:
    """Return 64 bits that each depend on all of the value's."""
    value ^= value >> np.uint64(32)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(32))


@inlined
def may_hold(bitmap: Uint64s, shift: int, hashed: np.uint64) -> np.bool_:
    """Say whether a lookup may hold a hash; mostly it says no."""
    top = hashed >> np.uint64(shift)
    found: np.bool_ = (bitmap[top >> np.uint64(6)] >> (top & np.uint64(63))) & np.uint64(1) != 0
    return found


@kernel
def entries(lookup: Lookup, hashed: np.uint64) -> tuple[int, int]:
    """Return the first entry with a hash, and the one after the last."""
    bucket = hashed >> np.uint64(lookup.shift + EMPTY_BITS)
    first, stop = lookup.starts[bucket], lookup.starts[bucket + np.uint64(1)]
    while first < stop and lookup.hashes[first] < hashed:
        first += 1
    last = first
    while last < stop and lookup.hashes[last] == hashed:
        last += 1
    return first, last


@kernel
def _grams(
    units: Int32s, offsets: Int64s, wanted: npt.NDArray[np.bool_], gram: int, gram_dense: int,
    kinds: npt.NDArray[np.uint8], multipliers: Uint64s,
) -> tuple[Uint64s, Int64s]:  # fmt: skip
    """Return hash and place of the gram at each place of the wanted texts."""
    hashes, places, num = np.empty(len(units), np.uint64), np.empty(len(units), np.int64), 0
    for text in range(len(wanted)):
        if not wanted[text]:
            continue
        start, stop, last_dense = offsets[text], offsets[text + 1], np.int64(-1)
        seen = start  # units before it have been looked at for `last_dense`
        for place in range(start, stop):
            while seen < min(place + gram_dense, stop):
                last_dense = seen if kinds[units[seen]] == DENSE else last_dense
                seen += 1
            size = gram_dense if last_dense >= place else gram
            if place + size <= stop:
                hashes[num] = gram_hash(units, place, size, multipliers)
                places[num] = place
                num += 1
    return hashes[:num].copy(), places[:num].copy()


def _anchors(units: Int32s, offsets: Int64s, wanted: npt.NDArray[np.bool_], size: int) -> tuple[Uint64s, Int64s]:
    """Return hash and place of the rarest gram of each of the wanted texts, the first of several."""
    sizes = np.diff(offsets)[wanted] - size + 1
    owners = np.repeat(np.arange(len(sizes)), sizes)
    places = np.arange(len(owners)) + np.repeat(offsets[:-1][wanted] - (np.cumsum(sizes) - sizes), sizes)
    hashes = _rolled(units, places, size)
    _, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    order = np.lexsort((places, counts[which], owners))
    chosen = order[np.searchsorted(owners, np.arange(len(sizes)))]
    return hashes[chosen], places[chosen]


@kernel
def _rolled(units: Int32s, places: Int64s, size: int) -> Uint64s:
    """Return the hash that `roll` comes to for the gram at each of the places."""
    found = np.empty(len(places), np.uint64)
    for i in range(len(places)):
        rolled = np.uint64(0)
        for k in range(size):
            rolled = roll(rolled, units[places[i] + k], -1, np.uint64(0))
        found[i] = mix(rolled)
    return found
