"""Which grams belong to a template rather than to a record: those that a good part of its records have."""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from aya.table import kept
from dedup.compared import Compared, groups_of
from dedup.grams import NO_COMMON, Common, Grams, grams_of
from dedup.packed import packed, unpacked
from dedup.sample import LEAST_SAMPLE, SAMPLE, Sample, lowest, sampled

BLOCK = 1 << 12
"""Records whose grams are counted at once, so that counting takes little memory beside the records."""
_NONE = pa.table({"group": pa.array([], pa.uint64()), "gram": pa.array([], pa.uint32())})


class Boilerplate(Compared):
    """An exchange that finds the grams which at least the share `share` of a group's different records have.

    A group is a source, data set, template and language. Two records of a long template and short items are alike
    letter for letter, yet not copies: without its template's grams each is compared by what is its own.

    A summary row is (first bits of a group, records with them: group, rank and texts, packed); a verdict row is
    (group, gram). Packed texts are a sixth of their grams, which hardly pack at all.
    """

    version: ClassVar[int] = 3
    keys: ClassVar[tuple[str, ...]] = ("part",)

    share: float = Field(default=0.3, ge=0, le=1, description="0 finds none")

    @property
    def first(self) -> Sample:
        """Return the exchange that finds which records are looked at."""
        return Sample(most=SAMPLE if self.share else 0)

    def summarise(self, table: pa.Table, *verdicts: pa.Table) -> pa.Table:
        """Return the texts of the records that may be in the sample of their group."""
        table, ranked = sampled(kept(table), verdicts[-1])
        for name in self.names:
            ranked = ranked.append_column(name, table[name].cast(pa.large_string()))
        return packed(ranked, by="group")

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return the grams that enough records of a group have."""
        assert key == "part"
        blocks = (block for records in unpacked(rows) for block in _blocks(records))
        return pa.concat_tables([_NONE, *(self._frequent(block) for block in blocks)])

    def _frequent(self, rows: pa.Table) -> pa.Table:
        """Return the grams that enough records of whole groups have; the records lie by group."""
        grams = grams_of(self.columns(rows), np.zeros(len(rows), np.uint64), least=self.least)
        groups, starts = np.unique(rows["group"].to_numpy(), return_index=True)
        sums = _sums(grams)
        found = [
            self._of_group(grams, sums[start:stop], start) for start, stop in pairwise([*starts.tolist(), len(rows)])
        ]
        return pa.table({"group": np.repeat(groups, [len(own) for own in found]), "gram": np.concatenate(found)})

    def _of_group(self, grams: Grams, sums: npt.NDArray[np.uint64], start: int) -> npt.NDArray[np.uint32]:
        """Return the grams, sorted, that enough of the different records of one group have."""
        _, places = np.unique(sums, return_index=True)
        bounds = [grams.offsets[row : row + 2] for row in (start + places[sums[places] > 0]).tolist()]
        if len(bounds) < LEAST_SAMPLE:
            return np.zeros(0, np.uint32)
        values = np.sort(np.concatenate([grams.values[first:last] for first, last in bounds]))
        ends = np.append(np.flatnonzero(values[1:] != values[:-1]), len(values) - 1)
        frequent: npt.NDArray[np.uint32] = values[ends[np.diff(ends, prepend=-1) >= self.share * len(bounds)]]
        return frequent

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the grams of all groups, sorted."""
        return decisions.sort_by([("group", "ascending"), ("gram", "ascending")])


def common_of(table: pa.Table, verdict: pa.Table) -> Common:
    """Return the grams that are left out of the rows of a table."""
    if not len(verdict):
        return NO_COMMON
    known, places = np.unique(groups_of(table), return_inverse=True)
    groups = verdict["group"].to_numpy()
    starts, stops = np.searchsorted(groups, known), np.searchsorted(groups, known, side="right")
    sizes = stops - starts
    offsets = np.append(0, np.cumsum(sizes))
    grams = verdict["gram"].to_numpy()[np.repeat(starts - offsets[:-1], sizes) + np.arange(offsets[-1])]
    return Common(np.where(sizes > 0, np.arange(len(known)), -1).astype(np.int32)[places], grams, offsets)


def _blocks(records: pa.Table) -> Iterator[pa.Table]:
    """Yield the samples of all groups, about `BLOCK` records at once and each group whole."""
    groups = records["group"].to_numpy()
    rows = lowest(groups, records["rank"].to_numpy(), SAMPLE)
    groups = groups[rows]
    start = 0
    while start < len(rows):
        last = groups[min(start + BLOCK, len(rows)) - 1]
        stop = int(np.searchsorted(groups, last, side="right"))
        yield records.take(pa.array(rows[start:stop]))
        start = stop


def _sums(grams: Grams) -> npt.NDArray[np.uint64]:
    """Return a number for the grams of each record; 0 for none."""
    filled = np.diff(grams.offsets) > 0
    sums = np.zeros(len(filled), np.uint64)
    if filled.any():
        sums[filled] = np.add.reduceat(grams.values.astype(np.uint64) ** np.uint64(3), grams.offsets[:-1][filled])
    return sums
