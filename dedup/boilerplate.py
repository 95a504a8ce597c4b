"""Which grams belong to a template rather than to a record: those that a good part of its records have."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from aya.table import kept
from dedup.compared import Compared, groups_of, salts_of
from dedup.grams import NO_COMMON, Common, grams_of
from dedup.sample import LEAST_SAMPLE, SAMPLE, Sample, lowest, sampled

BLOCK = 1 << 12
"""Records that are counted at once, so that counting takes little memory beside the records."""
_NONE = pa.table({"group": pa.array([], pa.uint64()), "gram": pa.array([], pa.uint32())})


class Boilerplate(Compared):
    """An exchange that finds the grams which at least the share `share` of a group's different records have.

    A group is a source, data set, template and language. Two records of a long template and short items are alike
    letter for letter, yet not copies: without its template's grams each is compared by what is its own.

    A summary row is (group, rank, grams of one record); a verdict row is (group, gram).
    """

    version: ClassVar[int] = 2
    keys: ClassVar[tuple[str, ...]] = ("group",)

    share: float = Field(default=0.3, ge=0, le=1, description="0 finds none")

    @property
    def first(self) -> Sample:
        """Return the exchange that finds which records are looked at."""
        return Sample(most=SAMPLE if self.share else 0)

    def summarise(self, table: pa.Table, *verdicts: pa.Table) -> pa.Table:
        """Return the grams of the records that may be in the sample of their group."""
        table, ranked = sampled(kept(table), verdicts[-1])
        grams = grams_of(self.columns(table), salts_of(table), least=self.least)
        lists = pa.LargeListArray.from_arrays(pa.array(grams.offsets), pa.array(grams.values))
        return ranked.append_column("grams", lists)

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return the grams that enough records of a group have."""
        assert key == "group"
        rows = rows.combine_chunks()
        groups = rows["group"].to_numpy()
        found = lowest(groups, rows["rank"].to_numpy(), SAMPLE)
        return pa.concat_tables(
            [self._frequent(rows.take(pa.array(block))) for block in _blocks(found, groups[found])] or [_NONE]
        )

    def _frequent(self, rows: pa.Table) -> pa.Table:
        """Return the grams that enough records of whole groups have."""
        groups, places = np.unique(rows["group"].to_numpy(), return_inverse=True)
        lists = rows["grams"].combine_chunks()
        sizes = np.diff(np.asarray(lists.offsets))
        grams = np.asarray(lists.flatten(), np.uint32)
        different = _different(places, grams, sizes)
        nums = np.bincount(places[different], minlength=len(groups))
        members = np.repeat(np.where(different, places, -1), sizes)
        pairs = (members[members >= 0].astype(np.uint64) << np.uint64(32)) | grams[members >= 0]
        pairs, counts = np.unique(pairs, return_counts=True)
        of = (pairs >> np.uint64(32)).astype(np.intp)
        frequent = (counts >= self.share * nums[of]) & (nums[of] >= LEAST_SAMPLE)
        return pa.table({"group": groups[of[frequent]], "gram": pairs[frequent].astype(np.uint32)})

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the grams of all groups, sorted."""
        return decisions.sort_by([("group", "ascending"), ("gram", "ascending")])


def common_of(table: pa.Table, verdict: pa.Table) -> Common:
    """Return the grams that are left out of the rows of a table."""
    if not len(verdict):
        return NO_COMMON
    groups = groups_of(table)
    known, starts = np.unique(verdict["group"].to_numpy(), return_index=True)
    places = np.minimum(np.searchsorted(known, groups), len(known) - 1)
    found = np.where(known[places] == groups, places, -1).astype(np.int32)
    grams = np.ascontiguousarray(verdict["gram"].to_numpy())
    return Common(found, grams.copy(), np.append(starts, len(verdict)).astype(np.int64))


def _blocks(rows: npt.NDArray[np.intp], groups: npt.NDArray[np.uint64]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield rows that lie by group, about `BLOCK` at once and each group whole."""
    start = 0
    while start < len(rows):
        last = groups[min(start + BLOCK, len(rows)) - 1]
        stop = int(np.searchsorted(groups, last, side="right"))
        yield rows[start:stop]
        start = stop


def _different(
    places: npt.NDArray[np.intp], grams: npt.NDArray[np.uint32], sizes: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which rows have other grams than those of their group before them; the sum of the grams tells."""
    sums = np.zeros(len(sizes), np.uint64)
    filled = sizes > 0
    starts = np.cumsum(sizes) - sizes
    if filled.any():
        sums[filled] = np.add.reduceat(grams.astype(np.uint64) ** np.uint64(3), starts[filled])
    _, first = np.unique(np.stack([places.astype(np.uint64), sums]), axis=1, return_index=True)
    found = np.zeros(len(sizes), np.bool_)
    found[first] = True
    return found & filled
