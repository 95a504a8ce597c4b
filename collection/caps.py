"""Keep at most so many records of a group, chosen so that neither order nor cut matters."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from aya.stage import Settings
from aya.table import kept, mark
from aya.text import digest, hashes64

Column = Literal[
    "language", "script", "source", "dataset_name", "sub_dataset_name", "task_type", "template_id", "origin"
]

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "aya_translated": {
            "most": 3_000,
            "by": ("dataset_name", "language"),
            "only": {"origin": ("translation",)},
            "whole": ("dolly", "dolly_v2", "databricks-dolly-15k"),
        },
        "aya_data_provenance": {"most": 20_000, "by": ("dataset_name",)},
    }
)
"""Caps of the Aya model's mixture: 3,000 records of a translated data set in each language, a different
sample for each, Dolly kept whole; 20,000 of each data set of the Data Provenance Collection.

References: Üstün et al. 2024 (arXiv 2402.07827), section 2.1 on the data sources."""

_KEY, _RANK = pa.uint64(), pa.uint64()


class Caps(Settings):
    """Keep the `most` records of each group that have the lowest rank, drop the others.

    The rank of a record is 64 bits hashed from its id and the seed: a random choice that is the same in
    any order and any cut, and another one in each language, since ids differ. A group is all records with the
    same values in the columns `by`. Records dropped before take no place.

    Reads `id`, the columns `by` and those of `only`.

    A summary row is (key of the group, rank); a verdict row is (key, the highest rank that stays), for
    groups above the cap alone.
    """

    name: ClassVar[str] = "collection.caps"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", *get_args(Column))
    writes: ClassVar[Mapping[str, pa.DataType]] = {}
    keys: ClassVar[tuple[str, ...]] = ("key",)

    preset: Literal["aya_translated", "aya_data_provenance"] | None = Field(
        default=None, description="settings of the Aya model; what is set beside goes before"
    )
    most: int = Field(default=3_000, ge=0, description="records of a group that stay")
    by: tuple[Column, ...] = Field(default=("dataset_name", "language"), min_length=1, description="columns of a group")
    only: Mapping[Column, tuple[str, ...]] = Field(
        default_factory=dict, description="cap only records with one of these values in each of these columns"
    )
    whole: tuple[str, ...] = Field(default=(), description="data sets (`dataset_name`) that are kept whole")
    seed: int = Field(default=0, description="another seed, another choice")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        return {**PRESETS.get(str(given.get("preset")), {}), **given} if isinstance(given, dict) else given

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return the group's key and the rank of every record that the cap is about."""
        table = kept(table)
        table = table.filter(pa.array(self._capped(table)))
        return pa.table({"key": self._groups(table), "rank": self._ranks(table)})

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return the highest rank that stays for every group above the cap."""
        assert key == "key"
        order = np.lexsort((rows["rank"].to_numpy(), rows["key"].to_numpy()))
        groups, ranks = rows["key"].to_numpy()[order], rows["rank"].to_numpy()[order]
        unique, starts, counts = np.unique(groups, return_index=True, return_counts=True)
        above = counts > self.most
        last = ranks[starts[above] + self.most - 1] if self.most else np.zeros(int(above.sum()), np.uint64)
        return pa.table({"key": pa.array(unique[above], _KEY), "last": pa.array(last, _RANK)})

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the thresholds of all groups, sorted by key."""
        return decisions.sort_by("key")

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with a reason on every record ranked behind the last that stays."""
        places = pc.index_in(self._groups(table), value_set=verdict["key"].combine_chunks())
        last = verdict["last"].take(pc.fill_null(places, 0)) if len(verdict) else self._ranks(table)
        above = np.asarray(self._ranks(table)) > last.to_numpy() if self.most else np.ones(len(table), bool)
        goes = self._capped(table) & places.is_valid().to_numpy(zero_copy_only=False) & above
        reasons = pc.if_else(pa.array(goes), f"{self.name}: above the cap", pa.scalar(None, pa.string()))
        return mark(table, reasons, [{"most": self.most} if go else None for go in goes])

    def _capped(self, table: pa.Table) -> npt.NDArray[np.bool_]:
        """Return which records the cap is about."""
        capped = np.ones(len(table), bool)
        capped &= ~pc.is_in(table["dataset_name"], value_set=pa.array(self.whole, pa.string())).to_numpy()
        for column, values in self.only.items():
            capped &= pc.is_in(table[column], value_set=pa.array(values, pa.string())).to_numpy()
        return capped

    def _groups(self, table: pa.Table) -> pa.Array:
        """Return the key of each record's group; null is a value of its own."""
        groups = list(zip(*(table[column].to_pylist() for column in self.by), strict=True))
        keys = {group: int(digest(*(repr(value) for value in group))[:16], 16) for group in set(groups)}
        return pa.array([keys[group] for group in groups], _KEY)

    def _ranks(self, table: pa.Table) -> pa.Array:
        return pa.array(hashes64(table["id"].to_pylist(), seed=self.seed), _RANK)
