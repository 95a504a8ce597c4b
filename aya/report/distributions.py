"""How long texts are and how stages scored them, as histograms by language, of kept rows and of dropped ones."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from aya.report.cells import Axes
from aya.table import SCHEMA
from aya.version import Version

BINS = 20
"""Bins of a score."""

LENGTHS = ("inputs", "targets")

Ranges = Mapping[str, tuple[float, float]]
Types = Mapping[str, pl.DataType]


def distributions(version: Version, axes: Axes) -> list[dict[str, Any]]:
    """Return a histogram for each text and for each number that stages wrote.

    Lengths are in characters, in bins that double: 0, 1, 2-3, 4-7, ...; a score has 20 bins of the
    same width, over 0 to 1 where it stays inside. One language is in memory at a time.
    """
    types = _types(version)
    ranges = _ranges(version.files(dropped=None), types)
    shown = [_length(name) for name in LENGTHS] + [_score(name, *range_) for name, range_ in ranges.items()]
    for language, code in enumerate(axes.languages):
        for of, dropped in (("kept", False), ("dropped", True)):
            files = version.files(languages=[code], dropped=dropped)
            for item, counts in zip(shown, _counts(files, types, ranges), strict=False):
                if counts:
                    item[of][language] = counts
    for item in shown[: len(LENGTHS)]:
        item["edges"] = item["edges"][: 2 + _last_bin(item)]
    return shown


def _length(name: str) -> dict[str, Any]:
    edges = [0, *(2**power for power in range(33))]
    return {"name": name, "unit": "characters", "edges": edges, "kept": {}, "dropped": {}}


def _score(name: str, low: float, high: float) -> dict[str, Any]:
    edges = [round(low + (high - low) * step / BINS, 6) for step in range(BINS + 1)]
    return {"name": name, "unit": "score", "edges": edges, "kept": {}, "dropped": {}}


def _types(version: Version) -> dict[str, pl.DataType]:
    """Return the columns of numbers that stages added to any file."""
    found: dict[str, pl.DataType] = {}
    for path in version.files(dropped=None):
        schema = pl.read_parquet_schema(path)
        found |= {name: type_ for name, type_ in schema.items() if type_.is_numeric() and name not in SCHEMA.names}
    return dict(sorted(found.items()))


def _scan(files: list[Path], types: Types) -> pl.LazyFrame:
    """Return texts and scores; a file that lacks a score has nulls for it."""
    schema = dict.fromkeys(LENGTHS, pl.String()) | dict(types)
    return pl.scan_parquet(files, schema=schema, missing_columns="insert", extra_columns="ignore")


def _ranges(files: list[Path], types: Types) -> dict[str, tuple[float, float]]:
    """Return the range of every score; 0 to 1 where it stays inside."""
    ranges = {}
    for name in types:
        column = pl.col(name).cast(pl.Float64)
        column = column.filter(column.is_finite())
        low, high = _scan(files, types).select(column.min().alias("low"), column.max().alias("high")).collect().row(0)
        if low is not None:
            ranges[name] = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high if high > low else low + 1)
    return ranges


def _counts(files: list[Path], types: Types, ranges: Ranges) -> Iterator[dict[int, int]]:
    """Yield rows by bin of every length and score."""
    if files:
        bins = [_doubling(name) for name in LENGTHS] + [_even(name, *range_) for name, range_ in ranges.items()]
        found = _scan(files, types).select(bins).collect()
        for column in found.get_columns():
            yield dict(column.drop_nulls().value_counts().sort(column.name).iter_rows())


def _doubling(name: str) -> pl.Expr:
    """Return the bin of a length: how many binary digits it has."""
    return (32 - pl.col(name).str.len_chars().cast(pl.UInt32).bitwise_leading_zeros()).cast(pl.Int64).alias(name)


def _even(name: str, low: float, high: float) -> pl.Expr:
    column = pl.col(name).cast(pl.Float64)
    place = ((column - low) / (high - low) * BINS).floor().clip(0, BINS - 1)
    return pl.when(column.is_finite()).then(place).cast(pl.Int64).alias(name)


def _last_bin(item: Mapping[str, Any]) -> int:
    return max((number for of in ("kept", "dropped") for counts in item[of].values() for number in counts), default=0)
