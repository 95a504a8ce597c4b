"""Which words of two languages stand for one another, learned from pairs of texts alone.

A model of word translation (IBM model 1) over hashes of words, small enough for a few thousand pairs: how likely a
text has a word, given the words of the other text, against how likely any text has it. A pair that the model learned
from is scored as if it had not been there, so that a wrong pair does not explain itself.

Suffixes: `_R` one item a row, `_F` one item a feature of a text, `_S` and `_T` one item a known feature of the given
and of the explained side, `_P` one item a pair of features.

References: Brown et al. 1993 (model 1); Moore 2004 (what to do about its rare words).
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from translation.sampling import Floats, Hashes, Texts

Places = npt.NDArray[np.int64]

ROUNDS = 3
"""Of expectation and maximisation; later ones change little."""
BACKGROUND = 0.1
"""Share of the words of a text that nothing in the other text explains."""
SMOOTHING = 4.0
"""Counts that a word has besides, spread over nothing: one seen twice is not trusted yet."""
COMMON = 0.2
"""Share of the texts above which a word is in any of them, and stands for nothing."""
FEWEST = 0.3
"""Expected times that a pair of words stands for one another, below which it is forgotten."""
AT_ONCE = 1 << 24  # pairs of features that are counted in one go


class Lexicon(NamedTuple):
    """What is known of the words of one side, given those of the other."""

    given_S: Hashes
    totals_S: Floats
    """How often each word of the given side explained one."""
    explained_T: Hashes
    shares_T: Floats
    """Share of each among all words of the explained side."""
    pairs_P: npt.NDArray[np.uint64]
    """Both hashes of a pair as one number, rising."""
    counts_P: Floats
    """How often the first is expected to stand for the second."""


def learn(given: Texts, explained: Texts) -> Lexicon:
    """Return a lexicon of pairs of texts, of words that at least two of them have."""
    given_S, given_F, given_R = _known(given)
    explained_T, explained_F, explained_R = _known(explained)
    shares_T = np.bincount(explained_F, minlength=len(explained_T)) / max(1, len(explained_F))
    codes_P = _together(given_F, given_R, explained_F, explained_R, len(given_S), len(explained_T))
    slots = _slots(codes_P)
    counts_P, totals_S = np.ones(len(codes_P)), np.full(len(given_S), 1.0)
    for round_ in range(ROUNDS):
        counts_P, totals_S = _round(
            given_F, given_R, explained_F, explained_R, codes_P, slots, counts_P, totals_S, shares_T, round_ == 0
        )
    often = counts_P >= FEWEST
    codes_P, width = codes_P[often], np.uint64(max(1, len(explained_T)))
    first, second = (codes_P // width).astype(np.int64), (codes_P % width).astype(np.int64)
    pairs_P = (given_S[first].astype(np.uint64) << np.uint64(32)) | explained_T[second]
    return Lexicon(given_S, totals_S, explained_T, shares_T, pairs_P, counts_P[often])


def fit(lexicon: Lexicon, given: Texts, explained: Texts, seen_R: npt.NDArray[np.bool_], most: int) -> Floats:
    """Return how much likelier the words of each text are for the other text, as nats a word; nan if none is known.

    Of each text the first `most` features are explained. `seen_R` are the pairs that the lexicon was learned from.
    """
    return np.asarray(
        _fit(
            _places(lexicon.given_S, given.features_F), given.starts_R,
            _places(lexicon.explained_T, explained.features_F), explained.starts_R,
            given.features_F, explained.features_F, seen_R, most,
            lexicon.totals_S, lexicon.shares_T, lexicon.pairs_P, _slots(lexicon.pairs_P), lexicon.counts_P,
        )
    )  # fmt: skip


def _known(texts: Texts) -> tuple[Hashes, Places, Places]:
    """Return the features that two texts have, and texts of these alone, as places among them."""
    unique, inverse_F, counts = np.unique(texts.features_F, return_inverse=True, return_counts=True)
    often = (counts >= 2) & (counts <= COMMON * (len(texts.starts_R) - 1))
    place = np.cumsum(often) - 1
    kept_F = often[inverse_F] if len(unique) else np.zeros(0, bool)
    starts_R = np.append(0, np.cumsum(kept_F))[texts.starts_R]
    return unique[often], place[inverse_F[kept_F]] if len(unique) else np.zeros(0, np.int64), starts_R


def _together(
    given_F: Places, given_R: Places, explained_F: Places, explained_R: Places, num_given: int, num_explained: int
) -> npt.NDArray[np.uint64]:
    """Return the pairs of features that two pairs of texts have, as one number each, rising."""
    total = int((np.diff(given_R) * np.diff(explained_R)).sum())
    pieces = total // AT_ONCE + 1
    found = []
    for piece in range(pieces):
        codes = _codes(given_F, given_R, explained_F, explained_R, num_explained, piece, pieces)
        codes.sort()
        again = codes[1:] == codes[:-1]
        found.append(np.unique(codes[1:][again]))
    return np.sort(np.concatenate(found))


def _places(known: Hashes, features_F: Hashes) -> Places:
    """Return the place of each feature among those known; -1 for others."""
    if not len(known):
        return np.full(len(features_F), -1)
    places = np.minimum(np.searchsorted(known, features_F), len(known) - 1)
    return np.where(known[places] == features_F, places, -1)


@numba.njit(cache=True)
def _codes(
    given_F: Places, given_R: Places, explained_F: Places, explained_R: Places, width: int, piece: int, pieces: int
) -> npt.NDArray[np.uint64]:
    """Return the pairs of features of all rows, for one piece of the given features."""
    num = 0
    for row in range(len(given_R) - 1):
        for at in range(given_R[row], given_R[row + 1]):
            if given_F[at] % pieces == piece:
                num += explained_R[row + 1] - explained_R[row]
    codes = np.empty(num, np.uint64)
    num = 0
    for row in range(len(given_R) - 1):
        for at in range(given_R[row], given_R[row + 1]):
            if given_F[at] % pieces == piece:
                for other in range(explained_R[row], explained_R[row + 1]):
                    codes[num] = np.uint64(given_F[at]) * np.uint64(width) + np.uint64(explained_F[other])
                    num += 1
    return codes


@numba.njit(cache=True)
def _slots(codes_P: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """Return a hash table of the places of codes; -1 where it is empty."""
    size = 16
    while size < 2 * len(codes_P):
        size *= 2
    slots = np.full(size, np.int32(-1))
    for place in range(len(codes_P)):
        slot = _mixed(codes_P[place]) & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = place
    return slots


@numba.njit(cache=True, inline="always")
def _mixed(code: np.uint64) -> np.int64:
    mixed = code * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) >> np.uint64(1))


@numba.njit(cache=True, inline="always")
def _find(codes_P: npt.NDArray[np.uint64], slots: npt.NDArray[np.int32], code: np.uint64) -> np.int64:
    slot = _mixed(code) & (len(slots) - 1)
    while slots[slot] >= 0:
        if codes_P[slots[slot]] == code:
            return np.int64(slots[slot])
        slot = (slot + 1) & (len(slots) - 1)
    return np.int64(-1)


@numba.njit(cache=True)
def _round(
    given_F: Places, given_R: Places, explained_F: Places, explained_R: Places, codes_P: npt.NDArray[np.uint64],
    slots: npt.NDArray[np.int32], counts_P: Floats, totals_S: Floats, shares_T: Floats, first: bool,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return counts and totals of one more round; in the first one all words are alike."""
    width = np.uint64(len(shares_T))
    new_P, new_S = np.zeros(len(counts_P)), np.zeros(len(totals_S))
    places, chances = np.empty(4096, np.int64), np.empty(4096)
    for row in range(len(given_R) - 1):
        num = min(given_R[row + 1] - given_R[row], 4096)
        for other in range(explained_R[row], explained_R[row + 1]):
            explained = explained_F[other]
            total = 1.0 if first else shares_T[explained] * num
            for at in range(num):
                given = given_F[given_R[row] + at]
                places[at] = _find(codes_P, slots, np.uint64(given) * width + np.uint64(explained))
                chances[at] = 0.0
                if first:
                    chances[at] = 1.0
                elif places[at] >= 0:
                    chances[at] = counts_P[places[at]] / totals_S[given]
                total += chances[at]
            for at in range(num):
                share = chances[at] / total
                new_S[given_F[given_R[row] + at]] += share
                if places[at] >= 0:
                    new_P[places[at]] += share
    return new_P, new_S


@numba.njit(cache=True)
def _fit(
    given_F: Places, given_R: Places, explained_F: Places, explained_R: Places, given_hashes_F: Hashes,
    explained_hashes_F: Hashes, seen_R: npt.NDArray[np.bool_], most: int, totals_S: Floats, shares_T: Floats,
    pairs_P: npt.NDArray[np.uint64], slots: npt.NDArray[np.int32], counts_P: Floats,
) -> Floats:  # fmt: skip
    found_R = np.full(len(given_R) - 1, np.nan)
    for row in range(len(given_R) - 1):
        gained, num = 0.0, 0
        width = given_R[row + 1] - given_R[row]
        for other in range(explained_R[row], min(explained_R[row + 1], explained_R[row] + most)):
            explained = explained_F[other]
            share = shares_T[explained] if explained >= 0 else 0.0
            total, best = share * width, 0.0
            for again in range(2):  # first the whole, then each less its own part in it
                for at in range(given_R[row], given_R[row + 1]):
                    given = given_F[at]
                    if given < 0 or explained < 0 or totals_S[given] == 0:
                        continue
                    code = (np.uint64(given_hashes_F[at]) << np.uint64(32)) | np.uint64(explained_hashes_F[other])
                    place = _find(pairs_P, slots, code)
                    if place < 0:
                        continue
                    chance = counts_P[place] / totals_S[given]
                    if again == 0:
                        total += chance
                        continue
                    own = chance / total if seen_R[row] else 0.0
                    rest = max(counts_P[place] - own, 0.0) / (max(totals_S[given] - own, 0.0) + SMOOTHING)
                    best = max(best, rest)
            if explained >= 0:
                gained += np.log(BACKGROUND + (1 - BACKGROUND) * best / share)
                num += 1
        if num and width:
            found_R[row] = gained / num
    return found_R
