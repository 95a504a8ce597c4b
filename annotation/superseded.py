"""Rows that a person edited give way to the edited ones."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import kept, mark
from aya.text import digest


class Superseded(Settings):
    """Drop records of which the same run has an edited one: the source of a campaign beside the rows it asked about.

    A record is edited from another if it is by a person, names the other as its parent, and both are in one language:
    a translation is in another language than its parent, which stays. A record whose edit left before stays too.

    Reads `id`, `parent_id`, `language` and `origin`. A summary row is the hash of a record that was edited, a
    verdict row one of those.
    """

    name: ClassVar[str] = "annotation.superseded"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "parent_id", "language", "origin")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}
    keys: ClassVar[tuple[str, ...]] = ("key",)

    origins: tuple[str, ...] = Field(default=("human",), min_length=1, description="origins of records that are edits")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return what stands for the parents of all edits."""
        table = kept(table)
        edits = pc.and_(pc.is_in(table["origin"], value_set=pa.array(self.origins)), pc.is_valid(table["parent_id"]))
        edits = table.filter(pc.fill_null(edits, False))
        return pa.table({"key": _keys(edits, "parent_id")})

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return each of them once."""
        assert key == "key"
        return pa.table({"key": np.unique(rows["key"].to_numpy())})

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return all of them, sorted."""
        return decisions.sort_by("key")

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with a reason on every record that was edited."""
        goes = pc.is_in(pa.array(_keys(table, "id")), value_set=verdict["key"].combine_chunks())
        return mark(table, pc.if_else(goes, f"{self.name}: edited by a person", pa.scalar(None, pa.string())))


def _keys(table: pa.Table, column: str) -> npt.NDArray[np.uint64]:
    pairs = zip(table[column].to_pylist(), table["language"].to_pylist(), strict=True)
    return np.array([int(digest(id_, language or "")[:16], 16) for id_, language in pairs], np.uint64)
