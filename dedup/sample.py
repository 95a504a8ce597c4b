"""Which records of each group of one template are looked at: those with the lowest hashes of their ids."""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from aya.stage import Settings
from aya.table import kept
from dedup.compared import groups_of, rows_of

SAMPLE = 32
"""Records of a group that are looked at."""
LEAST_SAMPLE = 20
"""Records that a group must have; in a smaller one a near duplicate can not be told from a template."""
_SHORT = np.uint64(32)


class Sample(Settings):
    """An exchange that finds how low a record's rank must be for the sample of its group.

    So what the next exchange sends of its records is bounded by the groups, not by how many tasks see each of them.
    A group is a source, data set, template and language; one of fewer than `LEAST_SAMPLE` records has no sample.

    A summary row is (group, first half of a record's rank); a verdict row is (group, highest such half).
    """

    reads: ClassVar[tuple[str, ...]] = ("id", "source", "dataset_name", "template_id", "language")
    version: ClassVar[int] = 1
    keys: ClassVar[tuple[str, ...]] = ("group",)

    most: int = Field(default=SAMPLE, ge=0, description="records of a group; 0 samples none")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return the lowest ranks of each group."""
        table = kept(table).slice(0, None if self.most else 0)
        groups, ranks = groups_of(table), rows_of(table)
        return _ranked(groups, ranks, lowest(groups, ranks, self.most))

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return the groups of enough records, each with the highest rank of its sample."""
        assert key == "group"
        groups, ranks = rows["group"].to_numpy(), rows["rank"].to_numpy()
        found = lowest(groups, ranks, self.most)
        groups, ranks = groups[found], ranks[found]
        known, starts, counts = np.unique(groups, return_index=True, return_counts=True)
        enough = counts >= LEAST_SAMPLE
        return pa.table({"group": known[enough], "limit": ranks[starts + counts - 1][enough]})

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the limits of all groups, sorted."""
        return decisions.sort_by("group")


def sampled(table: pa.Table, verdict: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the records of a table that may be in a sample, by group, and the group and rank of each."""
    groups, ranks = groups_of(table), rows_of(table)
    known, limits = verdict["group"].to_numpy(), verdict["limit"].to_numpy()
    places = np.searchsorted(known, groups)
    inside = places < len(known)
    at = places[inside]
    inside[inside] = (known[at] == groups[inside]) & (ranks[inside] >> _SHORT <= limits[at])
    rows = np.flatnonzero(inside)
    rows = rows[np.lexsort((ranks[rows], groups[rows]))]  # neighbours have grams in common, which packs them well
    return table.take(pa.array(rows)), pa.table({"group": groups[rows], "rank": ranks[rows]})


def lowest(groups: npt.NDArray[np.uint64], ranks: npt.NDArray[np.unsignedinteger], most: int) -> npt.NDArray[np.intp]:
    """Return the `most` rows of each group with the lowest ranks, by group and rank."""
    order = np.lexsort((ranks, groups))
    _, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    return order[np.arange(len(order)) - np.repeat(starts, counts) < most]


def _ranked(groups: npt.NDArray[np.uint64], ranks: npt.NDArray[np.uint64], rows: npt.NDArray[np.intp]) -> pa.Table:
    return pa.table({"group": groups[rows], "rank": (ranks[rows] >> _SHORT).astype(np.uint32)})
