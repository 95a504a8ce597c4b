"""Translations beside their source texts: how far out each language's are, and the worst of them."""

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from aya.report.cells import Axes
from aya.report.samples import MOST_BYTES, TEXT, fitting
from aya.table import SCHEMA
from aya.version import Version

COLUMN = "translation_fault"
"""The score that `translation.outliers` makes of all others: spreads worse than usual in the language."""

EDGES = (0, 1, 2, 4, 8, 16)
"""Where bins of the score begin; the last has no end."""

PER_LANGUAGE = 20

_PLAIN = ("id", "language", "script", "source", "drop")
_TEXTS = ("source_inputs", "source_targets", "inputs", "targets")


def translations(version: Version, axes: Axes) -> dict[str, Any] | None:
    """Return rows by bin of the score for every language, and the worst rows, kept and dropped; None without scores.

    Of every language the worst one comes first, then the second of each, until there is no more room.
    """
    types = _types(version)
    if COLUMN not in types:
        return None
    bins: dict[int, list[int]] = {}
    rows: list[tuple[int, float, dict[str, Any]]] = []
    for language, code in enumerate(axes.languages):
        found = _scan(version.files(languages=[code], dropped=None), types).filter(pl.col(COLUMN).is_not_null())
        counted = _counts(found)
        if any(counted):
            bins[language] = counted
            worst = enumerate(_worst(found, types))
            rows += [(place, -row[COLUMN], _shown(row, axes, language, types)) for place, row in worst]
    rows.sort(key=lambda item: (item[0], item[1], item[2]["id"]))
    worst_first = fitting([row for _, _, row in rows], MOST_BYTES // 3)
    return {"edges": EDGES, "bins": bins, "rows": worst_first} if bins else None


def _types(version: Version) -> Mapping[str, pl.DataType]:
    """Return the columns of texts and scores that any file has."""
    found: dict[str, pl.DataType] = {}
    for path in version.files(dropped=None):
        schema = pl.read_parquet_schema(path)
        found |= {name: type_ for name, type_ in schema.items() if type_.is_numeric() and name not in SCHEMA.names}
    return dict.fromkeys((*_PLAIN, *_TEXTS), pl.String()) | dict(sorted(found.items()))


def _scan(files: list[Path], types: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    if not files:
        return pl.LazyFrame(schema=dict(types))
    return pl.scan_parquet(files, schema=dict(types), missing_columns="insert", extra_columns="ignore")


def _counts(rows: pl.LazyFrame) -> list[int]:
    ends = [*EDGES[1:], float("inf")]
    column = pl.col(COLUMN)
    sums = [
        ((column >= start) & (column < end)).sum().alias(str(start)) for start, end in zip(EDGES, ends, strict=True)
    ]
    return list(rows.select(sums).collect().row(0))


def _worst(rows: pl.LazyFrame, types: Mapping[str, pl.DataType]) -> Iterator[dict[str, Any]]:
    sizes = [pl.col(name).str.len_chars().alias(f"num_{name}") for name in _TEXTS]
    scores = [name for name in types if name not in (*_PLAIN, *_TEXTS)]
    chosen = rows.sort(COLUMN, "id", descending=[True, False]).head(PER_LANGUAGE)
    texts = [pl.col(name).str.slice(0, TEXT) for name in _TEXTS]
    return chosen.select(*_PLAIN, *scores, *texts, *sizes).collect().iter_rows(named=True)


def _shown(row: Mapping[str, Any], axes: Axes, language: int, types: Mapping[str, pl.DataType]) -> dict[str, Any]:
    """Return a row as the page takes it."""
    scores = [name for name in types if name not in (*_PLAIN, *_TEXTS)]
    found = {name: row[name] for name in scores if row[name] is not None and isfinite(row[name])}
    return {
        "id": row["id"],
        "language": language,
        "script": row["script"],
        "source": axes.source(row["source"]),
        "drop": row["drop"],
        "scores": {name: round(value, 3) for name, value in found.items()},
        **{name: row[name] or "" for name in _TEXTS},
        **{f"num_{name}": row[f"num_{name}"] or 0 for name in _TEXTS},
    }
