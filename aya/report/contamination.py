"""How much of each evaluation set was found, from what `dedup.contamination` wrote on the rows."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl

from aya.report.cells import NO_LANGUAGE, Axes
from aya.version import Version

COLUMN = "contaminated_by"

_HITS = pl.List(pl.Struct({"set": pl.String, "item": pl.String}))


def contamination(version: Version, axes: Axes) -> list[dict[str, Any]] | None:
    """Return for every evaluation set its items found, and rows by language and source that hold any; None if unasked.

    `kept` rows hold too little to leave, or were to be flagged alone; `dropped` ones may have left for another reason.
    """
    asked = any(COLUMN in pl.read_parquet_schema(path) for path in version.files(dropped=None))
    if not asked:
        return None
    items = defaultdict[str, set[str]](set)
    cells = defaultdict[tuple[str, str], list[int]](list)
    for of, dropped in (("kept", False), ("dropped", True)):
        for title, language, source, rows, found in _counted(version.files(dropped=dropped)):
            items[title] |= set(found)
            cells[title, of] += [axes.language(language), axes.source(source), rows]
    return [
        {"set": title, "items": len(found), "kept": cells[title, "kept"], "dropped": cells[title, "dropped"]}
        for title, found in sorted(items.items())
    ]


def _counted(files: list[Path]) -> list[tuple[str, str, str, int, list[str]]]:
    """Return (set, language, source, rows, items) in order."""
    if not files:
        return []
    names = ("id", "language", "source", COLUMN)
    rows = pl.scan_parquet(
        files, schema=dict.fromkeys(names, pl.String()), missing_columns="insert", extra_columns="ignore"
    )
    hits = (
        rows.filter(pl.col(COLUMN).is_not_null())
        .with_columns(pl.col("language").fill_null(NO_LANGUAGE), pl.col(COLUMN).str.json_decode(_HITS))
        .explode(COLUMN)
        .unnest(COLUMN)
    )
    counted = hits.group_by("set", "language", "source").agg(pl.col("id").n_unique(), pl.col("item").unique().sort())
    return list(counted.sort("set", "language", "source").collect().iter_rows())
