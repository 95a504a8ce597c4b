"""Rows that agree in a whole band, and which pairs of them are worth comparing.

Rows are numbered by preference: of two rows the one with the lower number stays. Shapes: N rows, W words of a sketch.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel

MOST_LEADERS = 16
"""Rows of a bucket that the others are compared with; a bucket of any size costs no more than that for each row."""
PAIRS = 1 << 25
"""Pairs that lie in memory at once, unless one bucket has more (256 MB; what is not used is not touched)."""
NO_PLACES = np.zeros(0, np.uint32)
Whole = TypeVar("Whole", np.uint32, np.uint64, np.int64)


def pairs_in_band(
    keys_N: npt.NDArray[np.uint32],
    rows_N: npt.NDArray[np.uint32],
    sketches: npt.NDArray[np.uint64],
    limits: tuple[int, int],
) -> npt.NDArray[np.uint64]:
    """Return the pairs worth comparing among the rows `rows_N`, whose keys in this band are `keys_N`."""
    found = np.empty(0, np.uint64)
    for pairs in pairs_of((keys_N.astype(np.uint64) << np.uint64(32)) | rows_N, sketches, limits):
        found = merge(found, pairs, np.empty(len(found) + len(pairs), np.uint64))
    return found


def pairs_of(
    packed: npt.NDArray[np.uint64],
    sketches: npt.NDArray[np.uint64],
    limits: tuple[int, int],
    *,
    places: npt.NDArray[np.uint32] = NO_PLACES,
) -> Iterator[npt.NDArray[np.uint64]]:
    """Yield the pairs worth comparing, as `worse << 32 | better`, some at a time; sorted and each once in these.

    `packed` holds `key << 32 | row`, and is sorted here. The sketch of row r is `sketches[r]`, or
    `sketches[places[r]]`. Rows are compared with the first rows of their bucket that are unlike one another (leaders).
    All that is yielded is the same in any order of the rows. What is yielded is overwritten by the next.
    """
    packed.sort()
    start, room = 0, MOST_LEADERS * _largest(packed)
    pairs = np.empty(max(PAIRS, room), np.uint64)
    while start < len(packed):
        start, num = _walk(packed, start, sketches, places, *limits, room, pairs)
        yield distinct(pairs[:num])


def distinct(numbers: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """Return the numbers sorted, each once, where they lie: much quicker than `numpy.unique`, which hashes them."""
    numbers.sort()
    return numbers[: _squeeze(numbers)]


@kernel
def _squeeze(numbers: npt.NDArray[Whole]) -> int:
    num = 0
    for i in range(len(numbers)):
        if num == 0 or numbers[i] != numbers[num - 1]:
            numbers[num] = numbers[i]
            num += 1
    return num


def merge(
    one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64], room: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint64]:
    """Return the numbers of both, which are sorted and each there once, as one such array that lies in `room`."""
    return room[: _merge(one, other, room)]


@kernel
def _merge(one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64], room: npt.NDArray[np.uint64]) -> int:
    i, j, num = 0, 0, 0
    while i < len(one) or j < len(other):
        if j == len(other) or (i < len(one) and one[i] <= other[j]):
            room[num] = one[i]
            j += j < len(other) and other[j] == one[i]
            i += 1
        else:
            room[num] = other[j]
            j += 1
        num += 1
    return num


@kernel
def _walk(
    packed: npt.NDArray[np.uint64],
    start: int,
    sketches: npt.NDArray[np.uint64],
    places: npt.NDArray[np.uint32],
    least: int,
    sure: int,
    room: int,
    pairs: npt.NDArray[np.uint64],
) -> tuple[int, int]:
    """Fill `pairs` from the buckets from `start` on, while `room` is left, which holds those of any bucket.

    Returns where to go on, and the number of pairs.
    """
    low = np.uint64(0xFFFFFFFF)
    leaders = np.empty(MOST_LEADERS, np.uint64)
    num, i = 0, start
    while i < len(packed) and num + room <= len(pairs):
        stop = i + 1
        while stop < len(packed) and (packed[stop] ^ packed[i]) <= low:
            stop += 1
        num_leaders = 1
        leaders[0] = packed[i] & low
        for j in range(i + 1, stop):
            row = packed[j] & low
            lonely = True
            for leader in range(num_leaders):
                agreeing = _agreeing(sketches, places, row, leaders[leader])
                if agreeing >= least:
                    pairs[num] = (row << np.uint64(32)) | leaders[leader]
                    num += 1
                if agreeing >= sure:
                    lonely = False
                    break
            if lonely and num_leaders < MOST_LEADERS:
                leaders[num_leaders] = row
                num_leaders += 1
        i = stop
    return i, num


@kernel
def _largest(packed: npt.NDArray[np.uint64]) -> int:
    """Return the number of rows of the largest bucket."""
    largest, first = 0, 0
    for i in range(len(packed)):
        if (packed[i] ^ packed[first]) > np.uint64(0xFFFFFFFF):
            first = i
        largest = max(largest, i + 1 - first)
    return largest


@inlined
def _agreeing(
    sketches: npt.NDArray[np.uint64], places: npt.NDArray[np.uint32], one: np.uint64, other: np.uint64
) -> int:
    """Return in how many slots two sketches have the same two bits."""
    first = np.uint64(places[one]) if len(places) else one
    second = np.uint64(places[other]) if len(places) else other
    same = 0
    for word in range(sketches.shape[1]):
        unlike = sketches[first, word] ^ sketches[second, word]
        unlike = (unlike | (unlike >> np.uint64(1))) & np.uint64(0x5555555555555555)
        same += 32 - _ones(unlike)
    return same


@inlined
def _ones(bits: np.uint64) -> int:
    """Return the number of bits set (Hacker's Delight, section 5-1)."""
    x = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int(np.uint64(x * np.uint64(0x0101010101010101)) >> np.uint64(56))
