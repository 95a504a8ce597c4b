"""The project's own model as a backend, and the vote of it with CLD2.

Suffixes as in `collection.language_model`; `_T` one item a place among the best.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aya import languages
from collection.cld2 import Cld2, cld2, cld2_known
from collection.guess import Guess
from collection.language_model import LanguageModel, shipped
from collection.prose import GROUPS, Prose, groups_of

TOP = 5
"""Languages in a guess."""

SILENCE = 0.4
"""What a language that CLD2 knows loses, in nats a letter, when CLD2 does not name it."""

WORD = 0.1
"""What a language that CLD2 names gains by its share of the text, in nats a letter."""

FIT = 11.8
"""The score, in nats a letter, of a named language that the model lacks: a little less than right languages have."""

LEAST_LETTERS = 5_000
"""Letters of text below which the model may name a language but is no judge of it."""

ALONE = 0.2
"""Share of the probability that the model gives out alone: what it is sure of is not rejected on CLD2's word."""

SHARPNESS = 0.63
"""How quickly a distance in score becomes certainty; see `chances`."""

Scores = npt.NDArray[np.float32]
Chances = npt.NDArray[np.float64]


class Ngram:
    """The project's own model alone, among the languages of the text's script."""

    def __init__(self, model: LanguageModel | None = None) -> None:
        self.model = model or shipped()
        named = zip(self.model.languages_L, self.model.groups_L, self.model.letters_L, strict=True)
        self._letters = {(language, group): int(letters) for language, group, letters in named}

    def __call__(self, prose: Prose) -> list[Guess]:
        """Return a guess for each text."""
        return likeliest(chances(self.model.scores(prose), prose.letters_R), self.model.languages_L)

    def knows(self, language: str, group: str) -> bool:
        """Return whether the model learned a language in a script from enough text."""
        return self._letters.get((language, group), 0) >= LEAST_LETTERS


class Vote:
    """CLD2 and the project's own model together.

    A language that CLD2 knows but does not name loses `SILENCE`, one that it names gains up to `WORD`; one
    that it does not know is judged by the model alone. When CLD2 names one that the model does not know, it
    competes with the score `FIT`, and one that the model learned from little text with the model's best score.
    """

    def __init__(self, model: LanguageModel | None = None) -> None:
        self._own = Ngram(model)
        modelled = self._own.model.languages_L
        self._cld2 = Cld2()
        self.languages_L = (*modelled, *sorted(cld2_known() - set(modelled)))
        self._heard_L = np.array([code in cld2_known() for code in self.languages_L])
        self._weak_L = np.zeros(len(self.languages_L), bool)
        self._weak_L[: len(modelled)] = self._own.model.letters_L < LEAST_LETTERS
        self._columns: dict[str, list[int]] = {}
        for column, language in enumerate(self.languages_L):
            self._columns.setdefault(language, []).append(column)

    def __call__(self, prose: Prose) -> list[Guess]:
        """Return a guess for each text."""
        own_RL = self._own.model.scores(prose)
        chances_RL = (1 - ALONE) * chances(self.scores(prose, own_RL), prose.letters_R)
        chances_RL[:, : own_RL.shape[1]] += ALONE * chances(own_RL, prose.letters_R)
        return likeliest(chances_RL, self.languages_L)

    def knows(self, language: str, group: str) -> bool:
        """Return whether one of the two knows a language in a script."""
        return self._own.knows(language, group) or self._cld2.knows(language, group)

    def scores(self, prose: Prose, own_RL: Scores) -> Scores:
        """Return the score a letter of each text in each language, -inf in other scripts, from the model's own."""
        scores_RL = np.full((len(own_RL), len(self.languages_L)), -np.inf, np.float32)
        scores_RL[:, : own_RL.shape[1]] = own_RL
        scores_RL[:, self._heard_L] -= SILENCE
        for row, text in enumerate(prose.texts()):
            for code, share in cld2(text):
                for column in self._columns[code]:
                    if self._weak_L[column] and np.isfinite(scores_RL[row, column]):
                        scores_RL[row, column] = own_RL[row].max() - SILENCE
                    elif column >= own_RL.shape[1] and _written_in(code, int(prose.groups_R[row])):
                        scores_RL[row, column] = FIT - SILENCE
                    scores_RL[row, column] += SILENCE + WORD * share
        return scores_RL


@cache
def _written_in(language: str, group: int) -> bool:
    return group >= 0 and GROUPS[group] in groups_of(frozenset(languages.get(language).scripts))


def chances(scores_RL: Scores, letters_R: npt.NDArray[np.int64]) -> Chances:
    """Return the probability of each language: a softmax over scores; 0 for all where no language fits.

    Distances are times `SHARPNESS` and the number of letters to the power 3/4: neighbouring letters tell
    much the same, so a text twice as long is not twice as sure.
    """
    best_R = scores_RL.max(axis=1, initial=-np.inf)
    there_R = np.isfinite(best_R)
    odds_RL = (scores_RL - np.where(there_R, best_R, 0)[:, None]).astype(np.float64)
    odds_RL *= (SHARPNESS * np.maximum(letters_R, 1) ** 0.75)[:, None]
    np.exp(odds_RL, out=odds_RL)
    odds_RL /= np.where(there_R, odds_RL.sum(axis=1), 1)[:, None]
    return odds_RL


def likeliest(chances_RL: Chances, languages_L: Sequence[str]) -> list[Guess]:
    """Return the `TOP` languages of each text, likeliest first, with probabilities to four digits."""
    rows, places = np.nonzero(chances_RL > 4e-5)  # what is less has no such digit
    found = chances_RL[rows, places]
    order = np.lexsort((-found, rows))
    stops_R = np.searchsorted(rows, np.arange(1, len(chances_RL) + 1)).tolist()
    best, shares = places[order].tolist(), found[order].tolist()
    spans = (slice(start, min(start + TOP, stop)) for start, stop in pairwise([0, *stops_R]))
    return [_guess(best[span], shares[span], languages_L) for span in spans]


def _guess(places: Sequence[int], found: Sequence[float], languages_L: Sequence[str]) -> Guess:
    pairs = zip(places, found, strict=True)
    return [(languages_L[place], rounded) for place, chance in pairs if (rounded := round(chance, 4))]
