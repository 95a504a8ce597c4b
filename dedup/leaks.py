"""What of evaluation sets the rows of a column hold: which items, how much of each, and where."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aya.table import canonical_text
from dedup.run_index import Index, Lengths, build_index
from dedup.runs import Runs, find_runs
from dedup.units import half_letters


class Leaks(NamedTuple):
    """Texts of evaluation items that rows hold, by row and text, one of each pair."""

    rows: npt.NDArray[np.int64]
    texts: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float64]
    """Share of the text that the row holds."""
    letters: npt.NDArray[np.float64]
    """Of the longest run (`dedup.units.half_letters`); its words where a published rule found it."""
    starts: npt.NDArray[np.int64]
    """First unit of the longest run in the row; -1 where it is not known."""
    lengths: npt.NDArray[np.int64]
    """Units of the longest run."""


class Finder(Protocol):
    """Finds leaks of some texts."""

    def find(self, column: pa.ChunkedArray, *, name: str) -> Leaks:
        """Return what the rows of a column hold of the texts."""


class LongRuns:
    """Finds every long run (`dedup.runs`)."""

    def __init__(self, texts: pa.Array, lengths: Lengths, *, common: int) -> None:
        self.index: Index = build_index(texts, lengths, common=common)
        self._sizes = np.diff(self.index.offsets)

    def find(self, column: pa.ChunkedArray, *, name: str) -> Leaks:
        """Return the texts that rows share a run with."""
        runs = find_runs(column, self.index, name=name)
        if not len(runs.rows):
            return no_leaks()
        new = np.r_[True, (runs.rows[1:] != runs.rows[:-1]) | (runs.texts[1:] != runs.texts[:-1])]
        first = np.flatnonzero(new)
        longest = _longest(runs, first)
        covered = np.add.reduceat(_not_covered_before(runs, new), first)
        found, lengths = runs.texts[first], runs.lengths[longest]
        firsts = self.index.offsets[found] + runs.places[longest]
        weights = half_letters()[self.index.units[_places(firsts, lengths)]]
        return Leaks(
            rows=runs.rows[first],
            texts=found,
            shares=covered / self._sizes[found],
            letters=np.add.reduceat(weights, _starts(lengths), dtype=np.int64) / 2,
            starts=runs.starts[longest],
            lengths=lengths,
        )


def no_leaks() -> Leaks:
    """Return none."""
    none = np.zeros(0, np.int64)
    return Leaks(none, none, np.zeros(0), np.zeros(0), none, none)


def _starts(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each of some stretches begins if they stand one behind the other."""
    return np.cumsum(lengths) - lengths


def _places(firsts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the places of some stretches one behind the other."""
    return np.arange(lengths.sum()) + np.repeat(firsts - _starts(lengths), lengths)


def _longest(runs: Runs, first: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the place of the longest run of each group; `first` are the places where groups begin."""
    most = np.maximum.reduceat(runs.lengths, first)
    sizes = np.diff(np.r_[first, len(runs.rows)])
    is_longest = runs.lengths == np.repeat(most, sizes)
    places = np.where(is_longest, np.arange(len(runs.rows)), len(runs.rows))
    return np.minimum.reduceat(places, first)


def _not_covered_before(runs: Runs, new: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return how many units of its text each run covers that no run before it in its group does."""
    groups = np.cumsum(new)
    ends = runs.places + runs.lengths
    far = ends.max() + 1
    reached = np.maximum.accumulate(groups * far + ends)  # groups rise, so none sees the ends of another
    before = np.r_[0, reached[:-1]] - groups * far
    return np.asarray(np.maximum(0, ends - np.maximum(runs.places, before)), np.int64)


class Items:
    """The items of evaluation sets by their texts, each different text once."""

    def __init__(self, items: pa.Table) -> None:
        coded = items["text"].combine_chunks().dictionary_encode()
        self.texts: pa.Array = coded.dictionary
        self._about = items.select(["set", "item", "language", "field"])
        self._known: dict[int, tuple[str, ...]] = {}
        keys = [tuple(value or "" for value in item.values()) for item in self._about.to_pylist()]
        ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
        self.ranks = np.array([ranks[key] for key in keys], np.int64)
        """Of each item in the order of set, item, language and field."""
        codes = coded.indices.to_numpy()
        self._order = np.argsort(codes, kind="stable")
        self._first = np.searchsorted(codes[self._order], np.arange(len(self.texts) + 1))

    def __len__(self) -> int:
        return len(self._about)

    def about(self, places: npt.NDArray[np.int64]) -> Mapping[int, tuple[str, ...]]:
        """Return set, item, language and field of items as JSON, of those at `places` at least."""
        new = [place for place in places.tolist() if place not in self._known]
        values = self._about.take(pa.array(new, pa.int64())).to_pydict().values()
        for place, value in zip(new, zip(*values, strict=True), strict=True):
            self._known[place] = tuple(map(canonical_text, value))
        return self._known

    def of(self, texts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the items with each of some texts, and for each of these the place in `texts`."""
        nums = self._first[texts + 1] - self._first[texts]
        owners = np.repeat(np.arange(len(texts)), nums)
        return self._order[_places(self._first[texts], nums)], owners
