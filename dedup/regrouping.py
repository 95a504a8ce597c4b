"""Grouping again where rows were added: buckets that hold a new row, then those of the groups that change with it.

The pairs of a bucket follow from its rows alone, so buckets without a new row yield what they did. Those with one are
walked with and without the new rows; rows of pairs that come or go, and the old groups of these, are settled again
from all their buckets. Everything else stays. Keys are read in sequence, twice.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.buckets import distinct, merge, pairs_of
from dedup.grouping import SHORT, WHOLE, Grouped, Kept, by_preference, find_copies, packed_exact
from dedup.kernel import kernel
from dedup.settled import Groups, Rows, Scores, Settled, without

FEW = 8
"""New rows are few if this many times as many are no more than all; else it is quicker to group all anew."""
BITS = 6
"""Two to this power is how many bits of a bitmap there are for a key that is looked for."""


class Regrouped(NamedTuple):
    """Groups that new rows change, and those that they do not."""

    changed: Grouped
    groups: Groups
    scores: Scores


def is_small(before: Settled, num: int) -> bool:
    """Say whether few of `num` rows are new."""
    return (num - before.num_rows) * FEW <= num


def regroup(kept: Kept, limits: tuple[int, int], before: Settled) -> Regrouped:
    """Return the groups of all rows, given those of the first."""
    num = len(kept.exact_N)
    was = before.copy_of(num)
    new = np.arange(before.num_rows, num, dtype=np.uint32)
    copy_of = was.copy()
    same = _sharing(kept.exact_N, new[kept.states_N[new] >= SHORT], 32)
    find_copies(packed_exact(kept, same[kept.states_N[same] >= SHORT]), kept, copy_of)
    met = _meet(kept, new[(copy_of[new] == new) & (kept.states_N[new] >= WHOLE)])
    then = met.pairs(kept, limits, (was[met.rows] == met.rows) & (met.rows < before.num_rows))
    now = met.pairs(kept, limits, copy_of[met.rows] == met.rows)
    changed = np.setxor1d(then, now, assume_unique=True)
    ends = np.concatenate([changed >> np.uint64(32), changed & np.uint64(0xFFFFFFFF)])
    groups, scores, again = without(before.groups, before.scores, distinct(met.rows[ends]))
    met = _meet(kept, again)
    pairs = met.pairs(kept, limits, copy_of[met.rows] == met.rows)
    # A pair of rows that only share a bucket with those is in a group that does not change.
    pairs = pairs[np.isin(met.rows, again)[pairs >> np.uint64(32)]]
    return Regrouped(Grouped(copy_of, met.rows, pairs), groups, scores)


class _Met(NamedTuple):
    """Some buckets of each band, whole."""

    rows: Rows
    """All their rows, in order of preference; their places here number them."""
    keys: list[npt.NDArray[np.uint32]]
    """Of each band: the keys of the rows in its buckets."""
    places: list[npt.NDArray[np.intp]]
    """Of each band: the places of these rows."""

    def pairs(self, kept: Kept, limits: tuple[int, int], there: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
        """Return the pairs worth comparing if rows in these places alone are there."""
        found = np.zeros(0, np.uint64)
        for keys, places in zip(self.keys, self.places, strict=True):
            packed = ((keys.astype(np.uint64) << np.uint64(32)) | places.astype(np.uint64))[there[places]]
            for fresh in pairs_of(packed, kept.sketches_NW, limits, places=self.rows):
                found = merge(found, fresh, np.empty(len(found) + len(fresh), np.uint64))
        return found


def _meet(kept: Kept, rows: Rows) -> _Met:
    """Return the buckets that hold some of the rows."""
    by_band = [_sharing(keys, rows, 0) for keys in kept.bands_BN]
    by_band = [some[kept.states_N[some] >= WHOLE] for some in by_band]
    known = distinct(np.concatenate(by_band))
    preferred = by_preference(packed_exact(kept, known), kept)
    places = np.empty(len(known), np.intp)
    places[np.searchsorted(known, preferred)] = np.arange(len(known))
    keys = [np.asarray(keys[some]) for keys, some in zip(kept.bands_BN, by_band, strict=True)]
    return _Met(preferred, keys, [places[np.searchsorted(known, some)] for some in by_band])


def _sharing(keys: npt.NDArray[Any], rows: Rows, shift: int) -> Rows:
    """Return, sorted, all rows whose key, but for its lower `shift` bits, one of some rows has; 32 bits are left."""
    wanted = distinct((keys[rows] >> keys.dtype.type(shift)).astype(np.uint32))
    bits = min(32, len(wanted).bit_length() + BITS)
    bitmap = np.zeros((1 << bits - 6) + 1, np.uint64)
    places = wanted >> np.uint32(32 - bits)
    np.bitwise_or.at(bitmap, places >> np.uint32(6), np.uint64(1) << (places & np.uint32(63)).astype(np.uint64))
    found = np.empty(len(keys), np.uint32)  # pages that are not written to take no memory
    return found[: _find(keys, shift, wanted, bitmap, 32 - bits, found)].copy()


@kernel
def _find(
    keys: npt.NDArray[np.uint64],
    shift: int,
    wanted: npt.NDArray[np.uint32],
    bitmap: npt.NDArray[np.uint64],
    bitmap_shift: int,
    found: Rows,
) -> int:
    """Write the rows whose key is wanted; return how many. Nearly all others are told by the bitmap."""
    num = 0
    for row in range(len(keys)):
        key = np.uint64(keys[row]) >> np.uint64(shift)
        place = key >> np.uint64(bitmap_shift)
        if (bitmap[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1):
            low, high = 0, len(wanted)
            while low < high:
                middle = (low + high) >> 1
                if np.uint64(wanted[middle]) < key:
                    low = middle + 1
                else:
                    high = middle
            if low < len(wanted) and np.uint64(wanted[low]) == key:
                found[num] = row
                num += 1
    return num
