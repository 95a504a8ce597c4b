"""How varied texts are, in any script: figures of generated rows beside those of human rows of the same language.

Units are words, and graphemes in scripts without spaces between words (`aya.text.words`). Every figure depends on how
much text there is, so two sets are compared on as many texts and units of each. Arrays: vectors_TD is texts x
dimensions.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from math import exp, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aya.text import hash64, ngrams, normalise, words

Vectors = npt.NDArray[np.float64]
Embed = Callable[[Sequence[str]], npt.NDArray[np.floating]]
Text = Sequence[str]
"""The units of a text."""

MOST_TEXTS, MOST_UNITS = 200, 400
"""Texts of a set, and units of a text, that are looked at."""
DIMENSIONS = 4096
NEIGHBOURS = 3
_NEARLY = 0.8


class Diversity(NamedTuple):
    """Figures of one set of texts; more is more varied, but for `self_bleu`."""

    texts: int
    distinct_1: float
    """Share of different units among all units (Li et al. 2016)."""
    distinct_2: float
    """The same of pairs of neighbours."""
    self_bleu: float
    """BLEU of each text against all others, mean (Zhu et al. 2018, Texygen); 1: each is in the others."""
    vendi: float
    """As many wholly different texts would be as varied (Friedman and Dieng 2023), by text: 1 / texts to 1."""


class Compared(NamedTuple):
    """Two sets side by side, on as much text of each."""

    human: Diversity
    made: Diversity
    coverage: float
    """Share of human texts with a generated one in their neighbourhood, so of topics and kinds (Naeem et al. 2020)."""
    copied: float
    """Share of generated texts that are nearly a human one (cosine of n-grams of .8 or more)."""


def compare(human: Iterable[str], made: Iterable[str], *, embed: Embed | None = None) -> Compared:
    """Return the figures of human and generated texts of one language.

    Texts are chosen by their hash, so the order of rows does not matter. Neighbourhoods and `vendi` are of n-grams
    unless `embed` gives vectors of meaning.
    """
    sets = [sorted(texts, key=hash64) for texts in (human, made)]
    num = min(MOST_TEXTS, *map(len, sets))
    chosen = [texts[:num] for texts in sets]
    cut = [[words(normalise(text))[:MOST_UNITS] for text in texts] for texts in chosen]
    budget = min(sum(map(len, texts)) for texts in cut)
    vectors = _around_people([embed(texts).astype(float) for texts in chosen]) if embed else [*map(hashed, cut)]
    people, model = (_figures(units, vectors_TD, budget) for units, vectors_TD in zip(cut, vectors, strict=True))
    grams = [hashed(units) for units in cut] if embed else vectors
    return Compared(people, model, coverage(*vectors), copied(*grams))


def _around_people(vectors: Sequence[Vectors]) -> list[Vectors]:
    """Return vectors of meaning as they differ from what is common to the human texts, which come first.

    Of multilingual models any two texts are alike to .8 and more (Mu and Viswanath 2018, "All-but-the-Top"), so
    that a set of wholly different ones would count for two.
    """
    human_TD = vectors[0]
    centre_D = human_TD.mean(axis=0) if len(human_TD) > 1 else np.zeros(human_TD.shape[1:])
    return [_unit(vectors_TD - centre_D) for vectors_TD in vectors]


def _figures(texts: Sequence[Text], vectors_TD: Vectors, budget: int) -> Diversity:
    return Diversity(
        texts=len(texts),
        distinct_1=distinct(texts, 1, budget=budget),
        distinct_2=distinct(texts, 2, budget=budget),
        self_bleu=self_bleu(texts),
        vendi=vendi(vectors_TD) / max(1, len(texts)),
    )


def distinct(texts: Iterable[Text], n: int, *, budget: int) -> float:
    """Return the share of different n-grams among those of the first `budget` units; 0 without any."""
    found = list(islice((gram for text in texts for gram in ngrams(text, n)), budget))
    return len(set(found)) / len(found) if found else 0.0


def self_bleu(texts: Sequence[Text], most: int = 4) -> float:
    """Return the mean BLEU of each text against all others, smoothed by one (Lin and Och 2004)."""
    texts = [text for text in texts if text]
    if len(texts) < 2:
        return 0.0
    logs = np.zeros(len(texts))
    for n in range(1, most + 1):
        counts = [Counter(ngrams(text, n)) for text in texts]
        others = _most_in_others(counts)
        for at, own in enumerate(counts):
            hits = sum(min(num, others(gram, at)) for gram, num in own.items())
            add = int(n > 1)
            logs[at] += log((hits + add) / (own.total() + add)) if hits + add else -np.inf
    return float(np.exp(logs / most).mean())


def _most_in_others(counts: Sequence[Counter[tuple[str, ...]]]) -> Callable[[tuple[str, ...], int], int]:
    """Return a function that says how often an n-gram is in any other text, at most."""
    first: dict[tuple[str, ...], tuple[int, int]] = {}
    second: dict[tuple[str, ...], int] = {}
    for at, own in enumerate(counts):
        for gram, num in own.items():
            best = first.get(gram, (0, -1))
            if num > best[0]:
                first[gram], second[gram] = (num, at), best[0]
            elif num > second.get(gram, 0):
                second[gram] = num

    def others(gram: tuple[str, ...], at: int) -> int:
        num, holder = first[gram]
        return num if holder != at else second[gram]

    return others


def hashed(texts: Sequence[Text]) -> Vectors:
    """Return vectors of length one from the units and pairs of each text, by hashes."""
    vectors_TD = np.zeros((len(texts), DIMENSIONS))
    for at, text in enumerate(texts):
        grams = Counter(" ".join(gram) for n in (1, 2) for gram in ngrams(text, n))
        for gram, num in grams.items():
            vectors_TD[at, hash64(gram) % DIMENSIONS] += num**0.5
    return _unit(vectors_TD)


def _unit(vectors_TD: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors_TD, axis=1, keepdims=True)
    made: Vectors = np.divide(vectors_TD, lengths, out=np.zeros(vectors_TD.shape), where=lengths > 0)
    return made


def vendi(vectors_TD: Vectors) -> float:
    """Return the Vendi score: the exponential of the entropy of the eigenvalues of the similarities."""
    if not len(vectors_TD):
        return 0.0
    values = np.linalg.eigvalsh(vectors_TD @ vectors_TD.T / len(vectors_TD))
    values = values[values > 1e-12]
    return exp(float(-(values * np.log(values)).sum())) if len(values) else 0.0


def coverage(human_TD: Vectors, made_TD: Vectors) -> float:
    """Return the share of human texts to which a generated one is nearer than the third nearest human one."""
    if len(human_TD) <= NEIGHBOURS or not len(made_TD):
        return 0.0
    among = human_TD @ human_TD.T
    np.fill_diagonal(among, -np.inf)
    least = np.sort(among, axis=1)[:, -NEIGHBOURS]
    return float(((human_TD @ made_TD.T).max(axis=1) >= least).mean())


def copied(human_TD: Vectors, made_TD: Vectors) -> float:
    """Return the share of generated texts that are nearly a human one."""
    if not len(human_TD) or not len(made_TD):
        return 0.0
    return float(((made_TD @ human_TD.T).max(axis=1) >= _NEARLY).mean())
