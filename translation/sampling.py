"""Models of a pair of languages that a run learns from itself: from which rows, and how they are written down.

Rows to learn from are those with the lowest hashes, wherever they lie.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aya.text import hashes64
from translation.robust import groups, usual

Ranks = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Hashes = npt.NDArray[np.uint32]


class Texts(NamedTuple):
    """The features of some texts as hashes, one behind the other."""

    features_F: Hashes
    starts_R: Rows
    """Where each text starts, and where the last one ends."""

    @classmethod
    def of(cls, features: Sequence[Sequence[int]]) -> "Texts":
        """Return lists of hashes as one array."""
        starts = np.cumsum([0, *map(len, features)])
        return cls(np.fromiter((code for codes in features for code in codes), np.uint32, int(starts[-1])), starts)

    @classmethod
    def read(cls, column: pa.ChunkedArray) -> "Texts":
        """Return a column of lists of hashes as one array."""
        lists = column.combine_chunks()
        return cls(lists.flatten().to_numpy(), np.append(0, np.cumsum(pc.list_value_length(lists).to_numpy())))


MODEL = pa.schema([("pair", pa.uint64()), ("kind", pa.uint8()), ("code", pa.uint64()), ("value", pa.float64())])
"""One number of a model: of a pair of languages, of some kind, about a feature (or two)."""

LAST, NUM, SIZE, MEDIAN, SPREAD = range(5)
"""Kinds that all models have: the highest rank that was learned from (its code); rows; what is usual. Others follow."""


def ranks_of(table: pa.Table, *, seed: int) -> Ranks:
    """Return a random number for every row, by its id and the seed alone."""
    return np.array(hashes64(table["id"].to_pylist(), seed=seed), np.uint64)


def lowest(pairs: npt.NDArray[np.uint64], ranks: Ranks, *, most: int) -> Iterator[tuple[int, Rows]]:
    """Yield every pair of languages with its rows of the lowest ranks, lowest first.

    The lowest of all rows are the lowest among the lowest of their pieces.
    """
    for (pair,), rows in groups(pairs):
        yield pair, rows[np.argsort(ranks[rows], kind="stable")][:most]


def numbers(pair: int, kind: int, codes: npt.ArrayLike, values: npt.ArrayLike) -> pa.Table:
    """Return rows of a model."""
    codes = np.asarray(codes, np.uint64)
    columns = (np.full(len(codes), pair, np.uint64), np.full(len(codes), kind, np.uint8), codes)
    return pa.table([pa.array(column) for column in (*columns, np.asarray(values, np.float64))], schema=MODEL)


def head(pair: int, *, last: int, sizes_R: Rows, scores_R: Floats, least_spread: float) -> pa.Table:
    """Return the rows that all models have, from the scores of the texts learned from and their numbers of features."""
    middle = usual(scores_R[np.isfinite(scores_R)], least_spread=least_spread)
    size = float(np.median(sizes_R))
    values = {LAST: 0.0, NUM: len(sizes_R), SIZE: size, MEDIAN: middle.median, SPREAD: middle.spread}
    return pa.concat_tables([numbers(pair, kind, [last], [value]) for kind, value in values.items()])


def joined(models: Sequence[pa.Table]) -> pa.Table:
    """Return models as one table, sorted."""
    return pa.concat_tables([MODEL.empty_table(), *models]).sort_by(
        [(name, "ascending") for name in ("pair", "kind", "code")]
    )


class Model:
    """The model of one pair of languages in a sorted table of models; false where there is none."""

    def __init__(self, models: pa.Table, pair: int) -> None:
        pairs = models["pair"].to_numpy()
        start, stop = (int(np.searchsorted(pairs, np.uint64(pair), side)) for side in ("left", "right"))
        rows = models.slice(start, stop - start)
        self._kinds, self._codes, self._values = (rows[name].to_numpy() for name in ("kind", "code", "value"))

    def __bool__(self) -> bool:
        return len(self._kinds) > 0

    def of(self, kind: int) -> tuple[Ranks, Floats]:
        """Return codes, rising, and values of one kind."""
        there = self._kinds == kind
        return self._codes[there], self._values[there]

    @property
    def num(self) -> int:
        """Return how many rows it was learned from."""
        return int(self.of(NUM)[1][0])

    def seen(self, ranks: Ranks) -> npt.NDArray[np.bool_]:
        """Return which rows it was learned from, by their ranks."""
        return np.asarray(ranks <= self.of(LAST)[0][0])

    def distances(self, scores_R: Floats, sizes_R: Rows) -> Floats:
        """Return how many spreads each score is from the median; a text shorter than most varies more."""
        size, median, spread = (self.of(kind)[1][0] for kind in (SIZE, MEDIAN, SPREAD))
        return np.asarray((scores_R - median) / spread * np.sqrt(np.minimum(sizes_R / size, 1)))
