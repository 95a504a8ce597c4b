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
    texts = (given_F, given_R, *_texts_of(explained_F, explained_R, len(explained_T)))
    first_P, starts_T = _together(*texts, len(given_S))
    counts_P, totals_S = np.ones(len(first_P)), np.full(len(given_S), 1.0)
    for round_ in range(ROUNDS):
        counts_P, totals_S = _round(*texts, first_P, starts_T, counts_P, totals_S, shares_T, round_ == 0)
    often = counts_P >= FEWEST
    second_P = np.repeat(np.arange(len(explained_T)), np.diff(starts_T))[often]
    pairs_P = (given_S[first_P[often]].astype(np.uint64) << np.uint64(32)) | explained_T[second_P]
    order = np.argsort(pairs_P)
    return Lexicon(given_S, totals_S, explained_T, shares_T, pairs_P[order], counts_P[often][order])


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


def _texts_of(features_F: Places, starts_R: Places, num: int) -> tuple[Places, Places]:
    """Return the texts that each feature is in, rising, one behind the other; and where those of each start."""
    texts_F = np.repeat(np.arange(len(starts_R) - 1), np.diff(starts_R))
    starts = np.append(0, np.cumsum(np.bincount(features_F, minlength=num)))
    return texts_F[np.argsort(features_F, kind="stable")], starts


def _places(known: Hashes, features_F: Hashes) -> Places:
    """Return the place of each feature among those known; -1 for others."""
    if not len(known):
        return np.full(len(features_F), -1)
    places = np.minimum(np.searchsorted(known, features_F), len(known) - 1)
    return np.where(known[places] == features_F, places, -1)


@numba.njit(cache=True)
def _together(
    given_F: Places, given_R: Places, texts_F: Places, texts_T: Places, num_given: int
) -> tuple[Places, Places]:
    """Return for every explained word the words that are in two of the texts given with it; and where they start."""
    times, found = np.zeros(num_given, np.int64), np.empty(num_given, np.int64)
    first_P, starts_T = np.empty(1 << 16, np.int64), np.zeros(len(texts_T), np.int64)
    total = 0
    for explained in range(len(texts_T) - 1):
        num = 0
        for text in texts_F[texts_T[explained] : texts_T[explained + 1]]:
            for given in given_F[given_R[text] : given_R[text + 1]]:
                times[given] += 1
                if times[given] == 2:
                    found[num] = given
                    num += 1
        for text in texts_F[texts_T[explained] : texts_T[explained + 1]]:
            times[given_F[given_R[text] : given_R[text + 1]]] = 0
        while total + num > len(first_P):
            first_P = np.append(first_P, np.empty_like(first_P))
        first_P[total : total + num] = np.sort(found[:num])
        total += num
        starts_T[explained + 1] = total
    return first_P[:total].copy(), starts_T


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
    given_F: Places, given_R: Places, texts_F: Places, texts_T: Places, first_P: Places, starts_T: Places,
    counts_P: Floats, totals_S: Floats, shares_T: Floats, first: bool,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return counts and totals of one more round; in the first one all words are alike."""
    new_P, new_S = np.zeros(len(counts_P)), np.zeros(len(totals_S))
    places_S, chances_S = np.full(len(totals_S), -1), np.full(len(totals_S), 1.0 if first else 0.0)
    for explained in range(len(shares_T)):
        pairs = range(starts_T[explained], starts_T[explained + 1])
        for place in pairs:
            places_S[first_P[place]] = place
            if not first:
                chances_S[first_P[place]] = counts_P[place] / totals_S[first_P[place]]
        for text in texts_F[texts_T[explained] : texts_T[explained + 1]]:
            words = given_F[given_R[text] : given_R[text + 1]]
            total = 1.0 if first else shares_T[explained] * len(words)
            for given in words:
                total += chances_S[given]
            for given in words:
                share = chances_S[given] / total
                new_S[given] += share
                if places_S[given] >= 0:
                    new_P[places_S[given]] += share
        for place in pairs:
            places_S[first_P[place]] = -1
            if not first:
                chances_S[first_P[place]] = 0.0
    return new_P, new_S


@numba.njit(cache=True)
def _fit(
    given_F: Places, given_R: Places, explained_F: Places, explained_R: Places, given_hashes_F: Hashes,
    explained_hashes_F: Hashes, seen_R: npt.NDArray[np.bool_], most: int, totals_S: Floats, shares_T: Floats,
    pairs_P: npt.NDArray[np.uint64], slots: npt.NDArray[np.int32], counts_P: Floats,
) -> Floats:  # fmt: skip
    found_R = np.full(len(given_R) - 1, np.nan)
    longest = np.diff(given_R).max() if len(given_R) > 1 else 0
    places, givens = np.empty(longest, np.int64), np.empty(longest, np.int64)
    for row in range(len(given_R) - 1):
        gained, num = 0.0, 0
        width = given_R[row + 1] - given_R[row]
        for other in range(explained_R[row], min(explained_R[row + 1], explained_R[row] + most)):
            explained = explained_F[other]
            if explained < 0:
                continue
            share = shares_T[explained]
            total, best, known = share * width, 0.0, 0
            for at in range(given_R[row], given_R[row + 1]):
                given = given_F[at]
                if given < 0 or totals_S[given] == 0:
                    continue
                code = (np.uint64(given_hashes_F[at]) << np.uint64(32)) | np.uint64(explained_hashes_F[other])
                place = _find(pairs_P, slots, code)
                if place >= 0:
                    places[known], givens[known] = place, given
                    known += 1
                    total += counts_P[place] / totals_S[given]
            for nth in range(known):
                count, whole = counts_P[places[nth]], totals_S[givens[nth]]
                own = count / whole / total if seen_R[row] else 0.0  # its own part in it
                rest = max(count - own, 0.0) / (max(whole - own, 0.0) + SMOOTHING)
                best = max(best, rest)
            gained += np.log(BACKGROUND + (1 - BACKGROUND) * best / share)
            num += 1
        if num and width:
            found_R[row] = gained / num
    return found_R
