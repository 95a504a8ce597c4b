"""Translations that say something else than their source: rows that were swapped, sentences that were made up."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress
from operator import add, and_
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import kept
from aya.text import UNSEGMENTED, hash64, normalise, script_of, words
from translation.lexical import Lexicon, fit, learn
from translation.robust import groups
from translation.sampling import Floats, Model, Rows, Texts, head, joined, lowest, numbers, ranks_of
from translation.sides import READS, judged, pair_keys, sides, translations

EXPLAINED, GIVEN = 96, 256
"""Features of a text that are explained, and that explain; those with the lowest hashes, so always the same words."""
STEMS = (4, 5)
"""Letters of the beginnings of words that are features beside the words: endings differ, what is meant does not."""
SIDES = ("source", "target")

TOTAL, SHARE, COUNT = 5, 6, 7
"""Kinds of a number of the model, in the one direction; in the other they are `OTHER_WAY` more."""
OTHER_WAY = 3


class Match(Settings):
    """Drop translations whose words do not go with those of their source, as the run itself uses them.

    From at most `sample` rows of each pair of languages (those with the lowest hash of their id) it learns which
    words stand for one another, in both directions (`translation.lexical`), and then asks of every row how much
    likelier its words are for its own source than for any. No dictionary is needed and no language is unknown. A pair
    with fewer than `least_rows` is not judged.

    Reads both texts and their sources. Writes `match_z`, from the mean logarithm of how much likelier a word is: how
    many spreads it is above the median of the pair, or, below 0, under it; null without a known word.

    A summary row is (pair, rank, features of both texts); a verdict row is one number of a model.
    """

    name: ClassVar[str] = "translation.match"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", *READS)
    writes: ClassVar[Mapping[str, pa.DataType]] = {"match_z": pa.float32()}
    keys: ClassVar[tuple[str, ...]] = ("pair",)

    most_below: float = Field(default=4, gt=0, description="spreads below the median of the pair")
    sample: int = Field(default=4_000, ge=10, description="rows of a pair to learn from")
    least_rows: int = Field(default=200, ge=5, description="rows of a pair below which nothing is learned")
    seed: int = Field(default=0, description="another seed, another sample")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return rank and features of the rows of the lowest ranks, of each pair."""
        table = translations(kept(table))
        pairs, ranks = pair_keys(table), ranks_of(table, seed=self.seed)
        chosen = [row for _, rows in lowest(pairs, ranks, most=self.sample) for row in rows.tolist()]
        both = sides(table.take(pa.array(chosen, pa.int64())))
        lists = {side: pa.array([features_of(pair[at]) for pair in both if pair], pa.list_(pa.uint32()))
                 for at, side in enumerate(SIDES)}  # fmt: skip
        return pa.table({"pair": pairs[chosen], "rank": ranks[chosen], **lists})

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return a model of each pair with rows enough."""
        assert key == "pair"
        ranks = rows["rank"].to_numpy()
        found = []
        for pair, chosen in lowest(rows["pair"].to_numpy(), ranks, most=self.sample):
            if len(chosen) >= self.least_rows:
                source, target = (Texts.read(rows[side].take(pa.array(chosen))) for side in SIDES)
                found.append(_learned(pair, source, target, int(ranks[chosen[-1]])))
        return joined(found)

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return all models, sorted."""
        return joined([decisions])

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with `match_z` set, and a reason where it is far below what is usual."""
        found = np.full(len(table), np.nan)
        ranks, both = ranks_of(table, seed=self.seed), sides(table)
        for (key,), places in groups(pair_keys(table)):
            rows = np.array([row for row in places.tolist() if both[row] is not None], np.int64)
            if model := Model(verdict, key):
                pairs = [pair for row in rows.tolist() if (pair := both[row])]
                source, target = (Texts.of([features_of(pair[at]) for pair in pairs]) for at in (0, 1))
                scores = _both_ways(_lexicons(model), source, target, model.seen(ranks[rows]))
                found[rows] = model.distances(scores, _sizes(source, target))
        column = pa.array(found, pa.float32(), from_pandas=True)
        return judged(table, "match_z", column, pc.less(column, -self.most_below), f"{self.name}: other content")


def features_of(text: str) -> list[int]:
    """Return hashes of the words of a text, of their beginnings, and of neighbours in scripts without spaces."""
    cut = words(normalise(text))
    features, alone = zip(*map(_of_word, cut), strict=True) if cut else ((), ())
    found = set(chain.from_iterable(features))
    if any(alone):
        both = map(and_, alone, alone[1:])
        found.update(map(_hash, compress(map(add, cut, cut[1:]), both)))
    return sorted(found)[:GIVEN]


@lru_cache(maxsize=262_144)
def _of_word(word: str) -> tuple[tuple[int, ...], bool]:
    """Return the features of a word, and whether it is of a script without spaces."""
    parts = {word, *(word[:length] for length in STEMS)}
    return tuple(map(_hash, parts)), script_of(word[0]) in UNSEGMENTED


@lru_cache(maxsize=262_144)
def _hash(text: str) -> int:
    return hash64(text) >> 32


def _both_ways(lexicons: Sequence[Lexicon], source: Texts, target: Texts, seen_R: npt.NDArray[np.bool_]) -> Floats:
    ways = ((source, target), (target, source))
    there, back = (fit(lexicon, *way, seen_R, EXPLAINED) for lexicon, way in zip(lexicons, ways, strict=True))
    return (there + back) / 2


def _sizes(source: Texts, target: Texts) -> Rows:
    return np.diff(source.starts_R) + np.diff(target.starts_R)


def _learned(pair: int, source: Texts, target: Texts, last: int) -> pa.Table:
    lexicons, num = (learn(source, target), learn(target, source)), len(source.starts_R) - 1
    fits = _both_ways(lexicons, source, target, np.ones(num, bool))
    if not np.isfinite(fits).any():
        return joined([])
    found = [head(pair, last=last, sizes_R=_sizes(source, target), scores_R=fits, least_spread=0.05)]
    for way, lexicon in enumerate(lexicons):
        found.append(numbers(pair, TOTAL + way * OTHER_WAY, lexicon.given_S, lexicon.totals_S))
        found.append(numbers(pair, SHARE + way * OTHER_WAY, lexicon.explained_T, lexicon.shares_T))
        found.append(numbers(pair, COUNT + way * OTHER_WAY, lexicon.pairs_P, lexicon.counts_P))
    return joined(found)


def _lexicons(model: Model) -> list[Lexicon]:
    found = []
    for way in (0, OTHER_WAY):
        (given, totals), (explained, shares), (pairs, counts) = (model.of(kind + way) for kind in (TOTAL, SHARE, COUNT))
        found.append(Lexicon(given.astype(np.uint32), totals, explained.astype(np.uint32), shares, pairs, counts))
    return found
