"""The weights of a language model where a processor finds them quickly, and their sums over texts.

One look-up in a hash table finds an n-gram. If one language has it, its weight is there too; otherwise it is
counted, and its weights are added once a text, times its count: from a line, if many languages of its script
have it (a weight for each of them side by side, added many at a time), or from a list of languages and weights.

Suffixes: `_C` one item a character, `_R` one item a row (text), `_L` one item a language and script, rising
by script, `_G` one item a script (`collection.prose.GROUPS`), `_W` one item a weight, `_K` one item an n-gram,
`_N` one item an n-gram of several languages (those with a line first), `_E` one item an n-gram's last letter.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from collection.prose import GROUPS, SPACE

ORDER = 4
"""Letters of the longest n-grams."""

DENSE = 8
"""An n-gram has a line if every `DENSE`-th place of the line, or more, would be filled."""

PAD = 32
"""Lines are a multiple of so many places long."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Ints = npt.NDArray[np.int64]


class Weights(NamedTuple):
    """The weights of a model, laid out."""

    places_L: Ints
    """The place of each language of the model among those here."""
    bounds_G: Ints
    """The first place of each script; at the end the number of languages."""
    slots: npt.NDArray[np.uint64]
    """The hash table: a key; below it a language, weight and 1, or the place of several languages in `starts_N`
    (from 1) and 0."""
    starts_N: npt.NDArray[np.int32]
    """Where the line or list of each begins."""
    scripts_N: npt.NDArray[np.uint8]
    """The script of each line."""
    lines: npt.NDArray[np.int8]
    lists: npt.NDArray[np.uint32]
    """Items of `_item`; the last of each list has `_LAST`."""


_LAST = 256  # a bit of an item


def lay_out(
    groups_L: Sequence[str],
    keys_K: npt.NDArray[np.uint32],
    counts_K: npt.NDArray[np.uint16],
    classes_W: npt.NDArray[np.uint16],
    weights_W: npt.NDArray[np.int8],
) -> Weights:
    """Return the weights of a model (`collection.language_model`) laid out."""
    scripts_L = np.array([GROUPS.index(group) for group in groups_L])
    order_L = np.argsort(scripts_L, kind="stable")
    places_L = np.argsort(order_L)
    bounds_G = np.searchsorted(scripts_L[order_L], np.arange(len(GROUPS) + 1))
    at_W, num_K = places_L[classes_W], counts_K.astype(np.int64)
    firsts_K = np.cumsum(num_K) - num_K
    items_W = (at_W.astype(np.uint32) << np.uint32(9)) | weights_W.view(np.uint8)
    items_W[firsts_K + num_K - 1] |= np.uint32(_LAST)
    script_K, dense_K = _dense(scripts_L[classes_W], firsts_K, num_K, bounds_G)
    listed_K = (num_K > 1) & ~dense_K
    starts, lines = _lines(script_K, dense_K, num_K, at_W, weights_W, bounds_G)
    entries_K = (items_W[firsts_K] << np.uint32(1)) | np.uint32(1)
    entries_K[dense_K] = 2 * np.arange(1, len(starts) + 1)
    entries_K[listed_K] = 2 * np.arange(len(starts) + 1, len(starts) + 1 + listed_K.sum())
    return Weights(
        places_L=places_L,
        bounds_G=bounds_G,
        slots=_fill(keys_K, entries_K, 1 << (2 * len(keys_K) - 1).bit_length()),
        starts_N=np.concatenate([starts, _starts(num_K[listed_K])]).astype(np.int32),
        scripts_N=script_K[dense_K].astype(np.uint8),
        lines=lines,
        lists=items_W[np.repeat(listed_K, num_K)],
    )


def _starts(sizes: Ints) -> Ints:
    starts: Ints = np.cumsum(sizes) - sizes
    return starts


def _widths(bounds_G: Ints) -> Ints:
    widths_G: Ints = -(-np.diff(bounds_G) // PAD) * PAD
    return widths_G


def _dense(scripts_W: Ints, firsts_K: Ints, num_K: Ints, bounds_G: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return a script of each n-gram, and whether it gets a line, which only one of one script can."""
    script_K = np.minimum.reduceat(scripts_W, firsts_K)
    alone_K = script_K == np.maximum.reduceat(scripts_W, firsts_K)
    return script_K, alone_K & (num_K > 1) & (num_K * DENSE >= _widths(bounds_G)[script_K])


def _lines(
    script_K: Ints,
    dense_K: npt.NDArray[np.bool_],
    num_K: Ints,
    at_W: Ints,
    weights_W: npt.NDArray[np.int8],
    bounds_G: Ints,
) -> tuple[Ints, npt.NDArray[np.int8]]:
    """Return where each line begins, and all lines, 0 for the languages that lack the n-gram."""
    scripts, dense_W = script_K[dense_K], np.repeat(dense_K, num_K)
    sizes = _widths(bounds_G)[scripts]
    starts, num = _starts(sizes), num_K[dense_K]
    lines = np.zeros(int(sizes.sum()), np.int8)
    lines[np.repeat(starts - bounds_G[scripts], num) + at_W[dense_W]] = weights_W[dense_W]
    return starts, lines


@numba.njit(cache=True)
def _fill(keys_K: npt.NDArray[np.uint32], entries_K: npt.NDArray[np.uint32], size: int) -> npt.NDArray[np.uint64]:
    slots = np.zeros(size, np.uint64)
    for place in range(len(keys_K)):
        slot = np.int64(keys_K[place]) & (size - 1)
        while slots[slot] != 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = (np.uint64(keys_K[place]) << np.uint64(32)) | np.uint64(entries_K[place])
    return slots


@numba.njit(cache=True)
def grow(gram: np.uint64, letter: np.uint32) -> np.uint64:
    """Return the hash of an n-gram with one more letter before it."""
    mixed = (gram + np.uint64(letter) + np.uint64(1)) * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(29))


@numba.njit(cache=True)
def key_of(gram: np.uint64) -> np.uint32:
    """Return the 32 bits that stand for an n-gram in the file; never 0."""
    return max(np.uint32(gram >> np.uint64(32)), np.uint32(1))


def sums(weights: Weights, points_C: npt.NDArray[np.uint32], starts_R: Ints, groups_R: Ints) -> npt.NDArray[np.int32]:
    """Return the sum of the weights of the n-grams of each text in each language of its script, as the model has them.

    The n-grams are those that end at each letter; a space is inside none of them. In other scripts it is 0.
    """
    sums_RL = np.zeros((len(groups_R), len(weights.places_L)), np.int32)
    _sum(points_C, starts_R, groups_R, *weights[1:], sums_RL)
    return sums_RL[:, weights.places_L]


@numba.njit(cache=True)
def _sum(
    points_C: npt.NDArray[np.uint32],
    starts_R: Ints,
    groups_R: Ints,
    bounds_G: Ints,
    slots: npt.NDArray[np.uint64],
    starts_N: npt.NDArray[np.int32],
    scripts_N: npt.NDArray[np.uint8],
    lines: npt.NDArray[np.int8],
    lists: npt.NDArray[np.uint32],
    sums_RL: npt.NDArray[np.int32],
) -> None:
    longest = 0
    for row in range(len(groups_R)):
        longest = max(longest, starts_R[row + 1] - starts_R[row])
    ends_E, grams_E = np.empty(longest, np.int64), np.empty(longest, np.uint64)
    entries_E = np.empty(longest, np.uint32)
    counts_N, met = np.zeros(len(starts_N), np.int32), np.empty(len(starts_N) + 1, np.int64)
    sums_L = np.zeros(sums_RL.shape[1] + PAD, np.int32)
    for row in range(len(groups_R)):
        group = groups_R[row]
        if group < 0 or bounds_G[group] == bounds_G[group + 1]:
            continue
        sums_L[:] = 0
        num, num_met = starts_R[row + 1] - starts_R[row] - 1, 0
        for place in range(num):
            ends_E[place], grams_E[place] = starts_R[row] + 1 + place, 0
        for before in range(ORDER):
            _look_up(points_C, before, slots, ends_E[:num], grams_E, entries_E)
            kept = 0
            for place in range(num):
                entry, start = entries_E[place], ends_E[place] - before
                if entry == 0:
                    continue
                ends_E[kept], grams_E[kept] = ends_E[place], grams_E[place]
                kept += start > starts_R[row] and (before == 0 or points_C[start] != SPACE)
                if entry & 1:
                    sums_L[entry >> 10] += np.int8((entry >> 1) & 255)
                else:
                    number = np.int64(entry >> 1) - 1
                    met[num_met] = number
                    num_met += counts_N[number] == 0
                    counts_N[number] += 1
            num = kept
        first, stop = bounds_G[group], bounds_G[group + 1]
        part_L = sums_L[first : first + (stop - first + PAD - 1) // PAD * PAD]
        for number in met[:num_met]:
            if number >= len(scripts_N):
                _add_list(lists, starts_N[number], counts_N[number], sums_L)
            elif scripts_N[number] == group:
                _add_line(lines[starts_N[number] :], counts_N[number], part_L)
            counts_N[number] = 0
        sums_RL[row, first:stop] = sums_L[first:stop]


@numba.njit(cache=True)
def _look_up(
    points_C: npt.NDArray[np.uint32],
    before: int,
    slots: npt.NDArray[np.uint64],
    ends_E: Ints,
    grams_E: npt.NDArray[np.uint64],
    entries_E: npt.NDArray[np.uint32],
) -> None:
    """Make every n-gram one letter longer and find it; 0 where it is not. No look-up waits for another."""
    mask = len(slots) - 1
    for place in range(len(ends_E)):
        gram = grow(grams_E[place], points_C[ends_E[place] - before])
        grams_E[place] = gram
        key = np.uint64(key_of(gram))
        at = np.int64(key) & mask
        while slots[at] != 0 and slots[at] >> np.uint64(32) != key:
            at = (at + 1) & mask
        entries_E[place] = np.uint32(slots[at])


@numba.njit(cache=True)
def _add_line(line: npt.NDArray[np.int8], count: int, part_L: npt.NDArray[np.int32]) -> None:
    for place in range(len(part_L)):
        part_L[place] += np.int32(count) * np.int32(line[place])


@numba.njit(cache=True)
def _add_list(lists: npt.NDArray[np.uint32], start: int, count: int, sums_L: npt.NDArray[np.int32]) -> None:
    at = np.int64(start)
    while True:
        item = lists[at]
        sums_L[item >> 9] += np.int32(count) * np.int32(np.int8(item & 255))
        if item & _LAST:
            break
        at += 1
