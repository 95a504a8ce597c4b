"""Translations that are too short or too long for their source, by what is usual in their pair of languages."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import kept
from translation.robust import Groups, Usual, groups, usual
from translation.sides import READS, Values, judged, pair_keys, sides

ALL = 255
"""Stands for sources of any length."""


class LengthRatio(Settings):
    """Drop translations whose length is unusual for their pair of languages and the length of their source.

    The logarithm of the ratio of lengths (characters) is compared with the median of the run, in units of its
    spread (the median distance from the median, as a standard deviation): for sources of about the same length, as
    short texts vary more, and for all lengths where there are few. A pair with fewer than `least_rows` is not judged.

    Reads both texts and their sources. Writes `length_z`: how many spreads a translation is too long, or, below 0, too
    short; null where that can not be said.

    A summary row is (pair, length of the source in powers of two, logarithm of the ratio); a verdict row is (pair,
    length, median, spread).
    """

    name: ClassVar[str] = "translation.length_ratio"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"length_z": pa.float32()}
    keys: ClassVar[tuple[str, ...]] = ("pair",)

    most: float = Field(default=6, gt=0, description="spreads from the median, either way")
    least_rows: int = Field(default=30, ge=5, description="rows to learn from, of a pair or of a pair and length")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return pair, size and ratio of every row that has both texts."""
        table = kept(table)
        pairs, sizes, ratios = pair_keys(table), *_ratios(table)
        there = np.isfinite(ratios)
        return pa.table({"pair": pairs[there], "size": sizes[there], "ratio": ratios[there]})

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return what is usual for each pair, and for each size of its sources."""
        assert key == "pair"
        pairs, sizes, ratios = (rows[name].to_numpy() for name in ("pair", "size", "ratio"))
        found = []
        for group in (groups(pairs, sizes), groups(pairs, np.full(len(pairs), ALL, np.uint8))):
            found.append(_usual(group, ratios, self.least_rows))
        return pa.concat_tables(found)

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return what is usual everywhere, sorted."""
        return decisions.sort_by([("pair", "ascending"), ("size", "ascending")])

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with `length_z` set, and a reason where it is too far from 0."""
        known = {(row["pair"], row["size"]): Usual(row["median"], row["spread"]) for row in verdict.to_pylist()}
        sizes, ratios = _ratios(table)
        scores = [
            _distance(known.get((pair, size)) or known.get((pair, ALL)), ratio)
            for pair, size, ratio in zip(pair_keys(table).tolist(), sizes.tolist(), ratios.tolist(), strict=True)
        ]
        found = pa.array(scores, pa.float32(), from_pandas=True)
        return judged(table, "length_z", found, pc.greater(pc.abs(found), self.most), f"{self.name}: unusual length")


def _distance(of: Usual | None, ratio: float) -> float | None:
    return None if of is None or not np.isfinite(ratio) else (ratio - of.median) / of.spread


def _usual(of: Groups, ratios: Values, least: int) -> pa.Table:
    found = [(*keys, *usual(ratios[rows], least_spread=0.05)) for keys, rows in of if len(rows) >= least]
    columns = list(zip(*found, strict=True)) or [()] * 4
    types = {"pair": pa.uint64(), "size": pa.uint8(), "median": pa.float64(), "spread": pa.float64()}
    return pa.table(
        {name: pa.array(column, type_) for (name, type_), column in zip(types.items(), columns, strict=True)}
    )


def _ratios(table: pa.Table) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint8]], Values]:
    """Return the length of every source in powers of two, and the logarithm of the ratio; nan without a text."""
    pairs = sides(table)
    before = np.array([len(pair.source.strip()) if pair else 0 for pair in pairs], np.float64)
    after = np.array([len(pair.target.strip()) if pair else 0 for pair in pairs], np.float64)
    there = (before > 0) & (after > 0)
    ratios = np.log(after, where=there, out=np.full(len(pairs), np.nan)) - np.log(np.maximum(before, 1))
    return np.log2(np.maximum(before, 1)).astype(np.uint8), ratios
