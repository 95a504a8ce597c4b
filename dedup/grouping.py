"""From signatures to the pairs worth comparing, with arrays that may lie on disk.

Rows are the rows of all inputs, in order. Places number the rows that are compared by preference: of two the lower
stays; a row without a place is a copy of another, or has no text. Shapes: N rows, M places, B bands, W sketch words.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.buckets import merge, pairs_of
from dedup.kernel import inlined, kernel

NOWHERE = np.uint32(0xFFFFFFFF)

EMPTY, SHORT, WHOLE = 0, 1, 2
"""States of a row: no text to compare, copies alone count, near duplicates count."""


class Kept(NamedTuple):
    """What is kept of all rows."""

    bands_BN: Sequence[npt.NDArray[np.uint32]]
    sketches_NW: npt.NDArray[np.uint64]
    exact_N: npt.NDArray[np.uint64]
    ranks_N: npt.NDArray[np.uint32]
    ties_N: npt.NDArray[np.uint32]
    """A hash of the texts as they are; decides between copies, of which any may stay."""
    states_N: npt.NDArray[np.uint8]


class Grouped(NamedTuple):
    """The outcome of grouping."""

    copy_of_N: npt.NDArray[np.uint32]
    """The row that each is a copy of, itself if it is the best of its copies or has none."""
    rows_M: npt.NDArray[np.uint32]
    pairs: npt.NDArray[np.uint64]
    """Places of two rows worth comparing, `worse << 32 | better`, sorted."""


def group(kept: Kept, limits: tuple[int, int], *, scratch: Path | None = None) -> Grouped:
    """Return copies and pairs worth comparing; one band lies in memory at a time.

    Memory: 20 bytes a row and `dedup.buckets.PAIRS`. Pairs lie in `scratch`, a folder that outlives them, if given.
    """
    num = len(kept.exact_N)
    if num >= NOWHERE:
        raise ValueError(f"rows must be fewer than {NOWHERE}, not {num}")
    copy_of = np.arange(num, dtype=np.uint32)
    packed = np.empty(num, np.uint64)
    taken = packed[: _pack_exact(kept.exact_N, kept.states_N, SHORT, copy_of, packed)]
    find_copies(taken, kept, copy_of)
    rows = by_preference(packed[: _pack_exact(kept.exact_N, kept.states_N, WHOLE, copy_of, packed)], kept)
    places = np.full(num, NOWHERE)
    places[rows] = np.arange(len(rows), dtype=np.uint32)
    pairs, number = np.zeros(0, np.uint64), 0
    for keys in kept.bands_BN:
        taken = packed[: _pack_band(keys, places, packed)]
        for fresh in pairs_of(taken, kept.sketches_NW, limits, places=rows):
            number += 1
            pairs = merge(pairs, fresh, room(scratch, f"pairs-{number % 2}", len(pairs) + len(fresh)))
    if scratch is not None:
        (scratch / f"pairs-{(number + 1) % 2}").unlink(missing_ok=True)
    return Grouped(copy_of, rows, pairs)


def room(scratch: Path | None, name: str, num: int) -> npt.NDArray[np.uint64]:
    """Return an array of `num` numbers, in memory or in a file of this name; an older file of the name goes."""
    if scratch is None or num == 0:
        return np.empty(num, np.uint64)
    (scratch / name).unlink(missing_ok=True)  # who still has the older one mapped keeps it
    return np.memmap(scratch / name, np.uint64, "w+", shape=(num,))


@kernel
def _pack_exact(
    exact: npt.NDArray[np.uint64],
    states: npt.NDArray[np.uint8],
    least: int,
    copy_of: npt.NDArray[np.uint32],
    packed: npt.NDArray[np.uint64],
) -> int:
    """Write the upper half of the hash, with the row below it, of rows of this state and no copies; return how many."""
    num = 0
    for row in range(len(exact)):
        if states[row] >= least and copy_of[row] == row:
            packed[num] = (exact[row] & np.uint64(0xFFFFFFFF00000000)) | np.uint64(row)
            num += 1
    return num


@kernel
def _pack_band(keys: npt.NDArray[np.uint32], places: npt.NDArray[np.uint32], packed: npt.NDArray[np.uint64]) -> int:
    """Write the key, with the place below it, of rows with a place; return how many."""
    num = 0
    for row in range(len(keys)):
        if places[row] != NOWHERE:
            packed[num] = (np.uint64(keys[row]) << np.uint64(32)) | np.uint64(places[row])
            num += 1
    return num


def packed_exact(kept: Kept, rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """Return the upper half of the hash of some rows, with the row below it."""
    return (kept.exact_N[rows] & np.uint64(0xFFFFFFFF00000000)) | rows


def find_copies(packed: npt.NDArray[np.uint64], kept: Kept, copy_of: npt.NDArray[np.uint32]) -> None:
    """Set `copy_of` for the rows in `packed` (as `packed_exact` packs them), among which are all copies of each."""
    packed.sort()
    _find_copies(packed, kept.exact_N, kept.sketches_NW, kept.ranks_N, kept.ties_N, copy_of)


def by_preference(packed: npt.NDArray[np.uint64], kept: Kept) -> npt.NDArray[np.uint32]:
    """Return the rows in `packed` (as `packed_exact` packs them) by rank, then by the hash of the text."""
    packed.sort()
    _sort_runs(packed, kept.exact_N)
    rows = packed.astype(np.uint32)  # the lower half
    ranks = kept.ranks_N[rows]
    if len(rows) and ranks.min() != ranks.max():
        packed[:] = ranks
        packed <<= np.uint64(32)
        packed |= np.arange(len(rows), dtype=np.uint32)
        packed.sort()
        rows = rows[packed.astype(np.uint32)]
    return rows


@kernel
def _sort_runs(packed: npt.NDArray[np.uint64], exact: npt.NDArray[np.uint64]) -> None:
    """Put rows with the same upper half of their hash in the order of the whole; such runs are short."""
    low = np.uint64(0xFFFFFFFF)
    for i in range(1, len(packed)):
        j = i
        while j > 0 and (packed[j - 1] ^ packed[j]) <= low and exact[packed[j - 1] & low] > exact[packed[j] & low]:
            packed[j - 1], packed[j] = packed[j], packed[j - 1]
            j -= 1


@kernel
def _find_copies(
    packed: npt.NDArray[np.uint64],
    exact: npt.NDArray[np.uint64],
    sketches: npt.NDArray[np.uint64],
    ranks: npt.NDArray[np.uint32],
    ties: npt.NDArray[np.uint32],
    copy_of: npt.NDArray[np.uint32],
) -> None:
    """Set `copy_of`; rows are copies if their hashes and the first words of their sketches are the same."""
    low = np.uint64(0xFFFFFFFF)
    best = np.empty(64, np.uint32)
    i = 0
    while i < len(packed):
        stop = i + 1
        while stop < len(packed) and (packed[stop] ^ packed[i]) <= low:
            stop += 1
        num = 0
        for j in range(i, stop if stop > i + 1 else i):
            row = np.uint32(packed[j] & low)
            k = _same(exact, sketches, best, num, row)
            if k < num:
                best[k] = row if _better(ranks, ties, row, best[k]) else best[k]
            elif num < len(best):
                best[num] = row
                num += 1
        for j in range(i, stop if num else i):
            row = np.uint32(packed[j] & low)
            k = _same(exact, sketches, best, num, row)
            if k < num:
                copy_of[row] = best[k]
        i = stop


@inlined
def _same(
    exact: npt.NDArray[np.uint64],
    sketches: npt.NDArray[np.uint64],
    best: npt.NDArray[np.uint32],
    num: int,
    row: np.uint32,
) -> int:
    """Return which of the first `num` of `best` has the text of the row; `num` if none."""
    for k in range(num):
        if exact[best[k]] == exact[row] and sketches[best[k], 0] == sketches[row, 0]:
            return k
    return num


@inlined
def _better(ranks: npt.NDArray[np.uint32], ties: npt.NDArray[np.uint32], one: np.uint32, other: np.uint32) -> bool:
    if ranks[one] != ranks[other]:
        return bool(ranks[one] < ranks[other])
    return bool(ties[one] < ties[other])  # packed rows rise, so the lower row stays where all is the same
