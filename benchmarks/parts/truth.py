"""All pairs of rows at least so similar, exactly: the truth for `benchmarks.dedup`. It shares nothing with `dedup`.

A row is the set of its grams of five characters, after NFKC (or NFKD), case folding and single spaces, by Python's own
functions. Two rows with Jaccard similarity T share a gram among the first (1 - T) of each, in any one order of all
grams; here rare grams come first.
References: Bayardo, Ma, Srikant 2007, Scaling up all pairs similarity search; Xiao et al. 2008 (PPJoin).
"""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Uint64s = npt.NDArray[np.uint64]
Form = Literal["NFKC", "NFKD"]

kernel: Callable[..., Any] = numba.njit(cache=True)
BUCKETS = 1 << 22
SLACK = 1e-9


class Pairs(NamedTuple):
    """Pairs of rows, `a < b`, and their similarity."""

    a: Int64s
    b: Int64s
    jaccard: npt.NDArray[np.float64]


class Sets(NamedTuple):
    """The grams of each row, each once, sorted."""

    grams: Uint64s
    offsets: Int64s


class Lookup(NamedTuple):
    """The rows by their rarest grams."""

    ends: Int64s
    """Row i looks up `groups[ends[i]:ends[i + 1]]`."""
    groups: Int64s
    starts: Int64s
    rows: npt.NDArray[np.int32]
    """The rows of group g are `rows[starts[g]:starts[g + 1]]`."""


def pairs(texts: Sequence[str], *, least: float, form: Form = "NFKC") -> Pairs:
    """Return all pairs with a similarity of `least` or more."""
    sets = _sets(texts, form)
    counts = np.zeros(BUCKETS, np.uint32)
    _count(sets.grams, counts)
    sizes = np.diff(sets.offsets)
    ends = np.r_[0, np.cumsum(sizes - np.ceil(least * sizes - SLACK).astype(np.int64) + 1)]
    lookup = _lookup(_rarest(sets, ends, counts), ends)
    return Pairs(*_join(sets, np.argsort(sizes, kind="stable"), lookup, least - SLACK))


def plain(text: str, form: Form = "NFKC") -> str:
    """Return the text with differences of case, width and white space set aside."""
    return " ".join(unicodedata.normalize(form, unicodedata.normalize(form, text).casefold()).split())


def _sets(texts: Sequence[str], form: Form, at_once: int = 20_000) -> Sets:
    grams, sizes = [], [np.zeros(1, np.int64)]
    for start in range(0, len(texts), at_once):
        rows = [plain(text, form) for text in texts[start : start + at_once]]
        points = np.frombuffer("".join(rows).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        ends = np.cumsum([0, *map(len, rows)])
        some, num = _hash(points, ends)
        grams.append(some)
        sizes.append(num)
    return Sets(np.concatenate(grams), np.cumsum(np.concatenate(sizes)))


@kernel
def _hash(points: Uint64s, ends: Int64s) -> tuple[Uint64s, Int64s]:
    """Return the hashes of the grams of each row, each once, and how many; a shorter row is one gram."""
    out, sizes, num = np.empty(len(points) + len(ends), np.uint64), np.empty(len(ends) - 1, np.int64), 0
    for row in range(len(ends) - 1):
        start, stop = ends[row], ends[row + 1]
        found = np.empty(max(1, stop - start - 4), np.uint64)
        for i in range(len(found)):
            value = np.uint64(0x9E3779B97F4A7C15)
            for j in range(start + i, min(start + i + 5, stop)):
                value = (value ^ points[j]) * np.uint64(0xFF51AFD7ED558CCD)
                value ^= value >> np.uint64(32)
            found[i] = value
        found = np.unique(found)
        out[num : num + len(found)] = found
        sizes[row] = len(found)
        num += len(found)
    return out[:num].copy(), sizes


@kernel
def _count(grams: Uint64s, counts: npt.NDArray[np.uint32]) -> None:
    for gram in grams:
        counts[gram % np.uint64(BUCKETS)] += np.uint32(1)


@kernel
def _rarest(sets: Sets, ends: Int64s, counts: npt.NDArray[np.uint32]) -> Uint64s:
    """Return the first grams of each row in the order of (count in the table, hash)."""
    out = np.empty(ends[-1], np.uint64)
    for row in range(len(sets.offsets) - 1):
        some = sets.grams[sets.offsets[row] : sets.offsets[row + 1]]
        often = np.empty(len(some), np.uint32)
        for i in range(len(some)):
            often[i] = counts[some[i] % np.uint64(BUCKETS)]
        order = np.argsort(often, kind="mergesort")  # stable, and the grams are sorted
        out[ends[row] : ends[row + 1]] = some[order[: ends[row + 1] - ends[row]]]
    return out


def _lookup(grams: Uint64s, ends: Int64s) -> Lookup:
    rows = np.repeat(np.arange(len(ends) - 1, dtype=np.int32), np.diff(ends))
    order = np.argsort(grams, kind="stable")
    grams = grams[order]
    new = np.r_[True, grams[1:] != grams[:-1]]
    groups = np.empty(len(order), np.int64)
    groups[order] = np.cumsum(new) - 1
    return Lookup(ends, groups, np.r_[np.flatnonzero(new), len(order)], rows[order])


@kernel
def _join(sets: Sets, order: Int64s, lookup: Lookup, least: float) -> tuple[Int64s, Int64s, npt.NDArray[np.float64]]:
    """Compare each row with those that share one of its first grams and are no longer than it."""
    num, offsets = 0, sets.offsets
    a, b, jaccard = np.empty(1 << 16, np.int64), np.empty(1 << 16, np.int64), np.empty(1 << 16, np.float64)
    seen, rank = np.full(len(order), -1, np.int64), np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    for row in order:
        size = offsets[row + 1] - offsets[row]
        for group in lookup.groups[lookup.ends[row] : lookup.ends[row + 1]]:
            for other in lookup.rows[lookup.starts[group] : lookup.starts[group + 1]]:
                less = offsets[other + 1] - offsets[other]
                if rank[other] >= rank[row] or seen[other] == row or less < least * size:
                    continue
                seen[other] = row
                both = _shared(sets.grams, offsets[row], offsets[row + 1], offsets[other], offsets[other + 1])
                if both < least * (size + less - both):
                    continue
                if num == len(a):
                    a, b = np.concatenate((a, a)), np.concatenate((b, b))
                    jaccard = np.concatenate((jaccard, jaccard))
                a[num], b[num] = min(row, other), max(row, other)
                jaccard[num] = both / (size + less - both)
                num += 1
    return a[:num], b[:num], jaccard[:num]


@kernel
def _shared(grams: Uint64s, i: int, i_stop: int, j: int, j_stop: int) -> int:
    num = 0
    while i < i_stop and j < j_stop:
        if grams[i] == grams[j]:
            num += 1
            i += 1
            j += 1
        elif grams[i] < grams[j]:
            i += 1
        else:
            j += 1
    return num
