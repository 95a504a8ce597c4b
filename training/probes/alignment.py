"""Which word of a translation stands for a word of its source: learned from the sentences themselves.

IBM's first model with places as fast_align has them: a pair is likelier the nearer its two words stand to the same part
of their sentences. Words of translations are compared by their beginnings, so that forms of a word count together.
References: Brown et al. 1993, The Mathematics of Statistical Machine Translation; Dyer et al. 2013, A Simple, Fast, and
Effective Reparameterization of IBM Model 2.
"""

from collections.abc import Collection, Sequence

import numpy as np

from training.judging.resampling import Floats, Ints

# Shapes: P pairs of words that stand in the same sentence, T words of translations.

ROUNDS = 8
TENSION = 4.0
"""How much nearer places count; fast_align begins with it."""
BEGINNING = 5
"""Letters by which words of translations are compared."""
NOBODY = 0.1
"""How near the empty word stands to every other: it is what articles and the like stand for that the source has not."""
REACH, ABOUT = 4, 0.05
"""How far before the best word another may stand, and what share of its fit it must have."""


class Aligner:
    """Learns from sentences and their translations, both cut into words."""

    def __init__(self, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> None:
        self._sources = [[word.casefold() for word in one] for one in sources]
        self._targets = [[word.casefold()[:BEGINNING] for word in one] for one in targets]
        self._learn()

    def _learn(self) -> None:
        from_P, to_P, row_P, near_P = self._pairs()
        both, which_P = np.unique(np.stack([from_P, to_P]), axis=1, return_inverse=True)
        which_P = which_P.reshape(-1)
        likely = np.ones(both.shape[1])
        for _ in range(ROUNDS):
            weight_P = likely[which_P] * near_P
            share_P = weight_P / np.bincount(row_P, weight_P, int(row_P.max(initial=-1)) + 1)[row_P]
            counts = np.bincount(which_P, share_P, both.shape[1])
            likely = counts / np.bincount(both[0], counts)[both[0]]
        self._likely = {(int(one), int(other)): float(p) for (one, other), p in zip(both.T, likely, strict=True)}

    def _pairs(self) -> tuple[Ints, Ints, Ints, Floats]:
        """Return the words of each pair by number, the number of its translated word, and how near they stand."""
        self._numbers: dict[str, int] = {}
        rows: list[tuple[int, int, int, float]] = []
        word = 0
        for source, target in zip(self._sources, self._targets, strict=True):
            none = self._numbers.setdefault("<", len(self._numbers))
            one = [self._numbers.setdefault(f"< {name}", len(self._numbers)) for name in source]
            other = [self._numbers.setdefault(f"> {name}", len(self._numbers)) for name in target]
            for place, to in enumerate(other):
                rows += [(to_from, to, word, _near(at, len(one), place, len(other))) for at, to_from in enumerate(one)]
                rows.append((none, to, word, NOBODY))
                word += 1
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2].astype(np.int64), table[:, 3]

    def of(self, sentence: int, place: int, *, several: bool = False, barred: Collection[int] = ()) -> int | None:
        """Return the place of the word that stands for that of the source; None where there is no translation.

        Words at `barred` places are passed over.
        Of a source that is `several` words it is the first that fits about as well: `obrero de la construcción`.
        """
        source, target = self._sources[sentence], self._targets[sentence]
        if not target:
            return None
        word = self._numbers[f"< {source[place]}"]
        fits = [
            self._likely.get((word, self._numbers[f"> {name}"]), 0.0) * _near(place, len(source), at, len(target))
            for at, name in enumerate(target)
        ]
        if len(barred) == len(target):
            return None
        best = int(np.argmax([-1.0 if at in barred else fit for at, fit in enumerate(fits)]))
        if several:
            near = [at for at in range(max(0, best - REACH), best + 1) if at not in barred]
            best = next(at for at in near if fits[at] >= ABOUT * fits[best])
        return best


def _near(at: int, of: int, place: int, of_others: int) -> float:
    return float(np.exp(-TENSION * abs((at + 1) / of - (place + 1) / of_others)))
