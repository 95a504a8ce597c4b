"""An index of texts to look for: hashes of grams at some places of them, and rows looked up at some of theirs.

In the index is every `a`th place of a text, and a row is looked up at every `b`th of its own. Where `a` and `b` have
no divisor in common, `a * b` places in a row hold one at which both meet, however a run lies in the two: so no run
that long is missed. There are two lookups: long grams, for runs that have many units, and short grams with a dense
unit (`dedup.units`), for runs that say much with few. A text that is too short for a run is in the index by its rarest
gram and those beside it, `b` in all, and so is a text of which every other gram is common.
"""

from math import gcd
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.buckets import distinct
from dedup.kernel import inlined, kernel
from dedup.normalise import BLOCK, GROWTH, not_utf8, texts
from dedup.units import DENSE, kinds, unit_tables, write_units

Bools = npt.NDArray[np.bool_]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Uint32s = npt.NDArray[np.uint32]
Uint64s = npt.NDArray[np.uint64]

GRAM, GRAM_DENSE = 16, 8
"""Units of a long and of a short gram, at most; `gram_hashes` is made for these."""
MOST_STEP = 5
"""Between the places of a row that are looked up, at most."""
_MIX, _BITS = np.uint32(0x9E3779B1), (26, 20)
"""A hash times this: its six bits from each of these on say which bits of a word of the bitmap are the hash's own."""
_WEIGHTS = np.random.default_rng(5).integers(0, 2**31, GRAM, dtype=np.uint32) * np.uint32(2) + np.uint32(1)


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

    gram: int
    step: int
    """Of the places of a row at which is looked."""
    weights: Uint32s
    """Of each unit of a gram in its hash; 0 behind its end."""
    shift: int
    """Bits of a hash below those that the bitmap is indexed by."""
    bucket_shift: int
    """Bits of a hash below those that `starts` is indexed by."""
    bitmap: Uint64s
    """Two bits for every hash, both in one word: mostly zero, and small enough for a processor's cache."""
    starts: Int64s
    """The first entry with each beginning of a hash."""
    hashes: Uint32s
    """Sorted."""
    places: Int64s
    """Of the grams in the units of the index."""
    owners: Int64s
    """Of each place the text that it lies in."""


class Index(NamedTuple):
    """Texts to look for."""

    units: Int32s
    offsets: Int64s
    """Text i is `units[offsets[i]:offsets[i + 1]]`."""
    as_whole: Bools
    """Which texts are too short for a run, and count as a whole only."""
    long: Lookup
    dense: Lookup
    lengths: Lengths


def build_index(column: pa.Array | pa.ChunkedArray, lengths: Lengths, *, common: int) -> Index:
    """Return an index of the texts of a column; a gram that stands at more than `common` places is left out.

    Such a gram is wording that a set repeats (`Choose the right answer`). Every run with a gram of another kind is
    found all the same, and so is every whole text.

    Raises: InputError where a text is not UTF-8.
    """
    units, offsets = _all_units(column)
    dense = kinds()[units] == DENSE
    sizes, num_dense = np.diff(offsets), np.diff(np.r_[0, np.cumsum(dense)][offsets])
    is_long = sizes >= lengths.least
    is_dense = (sizes >= lengths.least_dense) & (2 * num_dense >= lengths.least_dense)
    rest = ~is_long & ~is_dense
    whole_dense = rest & (sizes >= lengths.whole_dense) & (2 * num_dense >= sizes)
    whole = rest & ~whole_dense & (sizes >= lengths.whole)
    long = _Grams(is_long, whole, np.ones(len(units), bool), most=GRAM, least=lengths.least)
    short = _Grams(is_dense, whole_dense, dense, most=GRAM_DENSE, least=lengths.least_dense)
    return Index(
        units=units,
        offsets=offsets,
        as_whole=whole | whole_dense,
        long=_lookup(units, offsets, long, common=common),
        dense=_lookup(units, offsets, short, common=common),
        lengths=lengths,
    )


class _Grams(NamedTuple):
    """What a lookup is made of."""

    runs: Bools
    """Texts that are looked for by any run."""
    wholes: Bools
    """Texts that are looked for as a whole."""
    telling: Bools
    """Units of which a gram must have one."""
    most: int
    """Units of a gram, at most."""
    least: int
    """Units of a run."""


def _all_units(column: pa.Array | pa.ChunkedArray) -> tuple[Int32s, Int64s]:
    rows = texts(column)
    out = np.empty(GROWTH * rows.longest + BLOCK, np.int32)
    pieces, sizes = [np.empty(0, np.int32)], [0]
    for row in range(len(rows.offsets) - 1):
        num, _ = write_units(rows.data, rows.offsets[row], rows.offsets[row + 1], out, unit_tables())
        if num < 0:
            raise not_utf8("the texts to look for", row)
        pieces.append(out[:num].copy())
        sizes.append(num)
    return np.concatenate(pieces), np.cumsum(sizes, dtype=np.int64)


def _lookup(units: Int32s, offsets: Int64s, of: _Grams, *, common: int) -> Lookup:
    """Return a lookup with every gram at steps so small that each run has one, but for common grams.

    The rarest gram stands for each text that is looked for as a whole, and for each that has no other.
    """
    sizes = np.diff(offsets)
    gram = int(min(of.most, of.least // 2 + 1, sizes[of.wholes].min(initial=of.most)))
    of_text, of_row = _steps(of.least - gram + 1, int(sizes[of.wholes].min(initial=of.least)) - gram + 1)
    weights = _WEIGHTS[: of.most].copy()
    weights[gram:] = 0
    hashes = _all_hashes(np.r_[units, np.zeros(GRAM, np.int32)], weights)
    telling = _near(of.telling, gram)
    places, owners = _every(offsets, of.runs, gram=gram, step=of_text)
    rare = telling[places] & (_counts(hashes[places]) <= common)
    without = of.runs & (np.bincount(owners[rare], minlength=len(of.runs)) == 0)
    rarest = _rarest(offsets, of.wholes | without, hashes, telling, gram=gram)
    places = np.concatenate([places[rare], _beside(rarest, offsets, gram=gram, num=of_row)])
    return _sorted(hashes[places], places, offsets, gram, of_row, weights)


def _steps(places: int, whole: int) -> tuple[int, int]:
    """Return the steps in a text and in a row, for runs with so many places and whole texts with `whole`.

    Longer steps in a row than `MOST_STEP` make the index larger than a cache, which takes back what they save.
    """
    of_row = max(1, min(MOST_STEP, whole, places))
    return max(step for step in range(1, places // of_row + 1) if gcd(step, of_row) == 1), of_row


def _beside(places: Int64s, offsets: Int64s, *, gram: int, num: int) -> Int64s:
    """Return for each place `num` places in a row of the same text, itself among them, at which a whole gram stands."""
    owners = np.searchsorted(offsets, places, side="right") - 1
    first = np.minimum(places, offsets[owners + 1] - gram - num + 1)
    return distinct((first[:, None] + np.arange(num)).ravel())


def _near(telling: Bools, gram: int) -> Bools:
    """Return at which places a gram has a telling unit."""
    so_far = np.r_[0, np.cumsum(telling), np.full(gram, telling.sum())]
    return np.asarray(so_far[gram : gram + len(telling)] > so_far[: len(telling)], bool)


def _every(offsets: Int64s, texts: Bools, *, gram: int, step: int) -> tuple[Int64s, Int64s]:
    """Return every `step`th place of some texts at which a whole gram stands, and the text of each."""
    which = np.flatnonzero(texts)
    nums = np.maximum(0, (np.diff(offsets)[which] - gram) // step + 1)
    owners = np.repeat(which, nums)
    numbers = np.arange(len(owners)) - np.repeat(np.cumsum(nums) - nums, nums)
    return offsets[owners] + step * numbers, owners


def _counts(hashes: Uint32s) -> Int64s:
    """Return how often each of the hashes is among them."""
    _, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.asarray(counts[which], np.int64)


def _rarest(offsets: Int64s, texts: Bools, hashes: Uint32s, wanted: Bools, *, gram: int) -> Int64s:
    """Return the place of the rarest gram of each of some texts, the first of several."""
    places, owners = _every(offsets, texts, gram=gram, step=1)
    places, owners = places[wanted[places]], owners[wanted[places]]
    order = np.lexsort((places, _counts(hashes[places]), owners))
    return places[order[np.r_[True, np.diff(owners) > 0]]] if len(order) else places


def _sorted(hashes: Uint32s, places: Int64s, offsets: Int64s, gram: int, step: int, weights: Uint32s) -> Lookup:
    order = np.lexsort((places, hashes))
    hashes, places = hashes[order], places[order]
    bits = min(26, max(6, len(hashes).bit_length() - 1))
    # A quarter of a word for each gram or more: a bitmap twice as large falls out of the cache.
    bitmap = np.zeros(1 << (bits - 1), np.uint64)
    both = [np.uint64(1) << (hashes * _MIX >> np.uint32(low) & np.uint32(63)).astype(np.uint64) for low in _BITS]
    np.bitwise_or.at(bitmap, hashes >> np.uint32(33 - bits), both[0] | both[1])
    starts = np.searchsorted(hashes >> np.uint32(32 - bits), np.arange((1 << bits) + 1, dtype=np.uint64))
    owners = np.searchsorted(offsets, places, side="right") - 1
    return Lookup(gram, step, weights, 33 - bits, 32 - bits, bitmap, starts.astype(np.int64), hashes, places, owners)


@kernel
def _all_hashes(units: Int32s, weights: Uint32s) -> Uint32s:
    """Return the hash of the gram at each place but the last ones, which have no more units behind them."""
    out = np.empty(len(units) - GRAM, np.uint32)
    gram_hashes(units, len(out), weights, out)
    return out


@inlined
def gram_hashes(points: Int32s, num: int, weights: Uint32s, out: Uint32s) -> None:
    """Write the hash of the gram at each of the first `num` places; units up to a whole gram beyond them are read.

    Sums of eight, with 32 bits at every step, become vector instructions.
    """
    for part in range(0, len(weights), 8):
        a, b, c, d = weights[part], weights[part + 1], weights[part + 2], weights[part + 3]
        e, f, g, h = weights[part + 4], weights[part + 5], weights[part + 6], weights[part + 7]
        kept = np.uint32(0) if part == 0 else np.uint32(0xFFFFFFFF)
        for i in range(num):
            at = np.uint64(i + part)
            sum_ = np.uint32(np.uint32(points[at]) * a) + np.uint32(np.uint32(points[at + np.uint64(1)]) * b)
            sum_ += np.uint32(np.uint32(points[at + np.uint64(2)]) * c)
            sum_ += np.uint32(np.uint32(points[at + np.uint64(3)]) * d)
            sum_ += np.uint32(np.uint32(points[at + np.uint64(4)]) * e)
            sum_ += np.uint32(np.uint32(points[at + np.uint64(5)]) * f)
            sum_ += np.uint32(np.uint32(points[at + np.uint64(6)]) * g)
            sum_ += np.uint32(np.uint32(points[at + np.uint64(7)]) * h)
            out[np.uint64(i)] = np.uint32(np.uint32(out[np.uint64(i)] & kept) + np.uint32(sum_))


@inlined
def may_hold(bitmap: Uint64s, shift: int, hashed: np.uint32) -> np.bool_:
    """Say whether a lookup may hold a hash; mostly it says no."""
    word, mixed = bitmap[np.uint64(hashed) >> np.uint64(shift)], np.uint64(np.uint32(hashed * _MIX))
    first, second = mixed >> np.uint64(_BITS[0]), mixed >> np.uint64(_BITS[1]) & np.uint64(63)
    found: np.bool_ = (word >> first) & (word >> second) & np.uint64(1) != 0
    return found


@inlined
def first_entry(starts: Int64s, hashes: Uint32s, bucket_shift: int, hashed: np.uint32) -> int:
    """Return the first entry that does not come before a hash; it may be that of another."""
    bucket = np.uint64(hashed) >> np.uint64(bucket_shift)
    entry, stop = starts[bucket], starts[bucket + np.uint64(1)]
    while entry < stop and hashes[np.uint64(entry)] < hashed:
        entry += 1
    return int(entry)
