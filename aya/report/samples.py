"""Rows to look at: some dropped ones of every reason, and the largest clusters of duplicates."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

import polars as pl

from aya.page import embedded
from aya.report.cells import NO_LANGUAGE, Axes
from aya.tasks.gather import FILE_ROWS
from aya.version import Version

PER_REASON = 20
"""Rows that a reason shows for all languages, and for one language where there is room."""

MOST = 2_000
"""Rows of all reasons and languages together."""

MOST_BYTES = 2_000_000
"""Of dropped rows in the page, which has a limit of 5 MB; clusters have a third of it besides."""

TEXT = 300
"""Characters of a text; the page says how many more there are."""

CLUSTERS, PER_LANGUAGE, MEMBERS = 20, 3, 2
"""Clusters of duplicates: of all, of each language besides, and copies shown of each."""

Row = dict[str, Any]


def dropped_samples(version: Version, axes: Axes, reasons: Sequence[str]) -> list[Row]:
    """Return dropped rows, the most telling first: 20 of each reason from as many languages as may be.

    After these, more of every reason in every language, in turns, until the page is full. Ids are
    hashes, so the lowest ids of a group are a fair sample of it.
    """
    chosen = _turns(_lowest(version, reasons))[:MOST]
    rows = _rows(version, [id_ for id_, _ in chosen], dropped=True)
    return fitting([_shown(rows[id_], axes) | {"reason": reasons.index(reason)} for id_, reason in chosen], MOST_BYTES)


def clusters(version: Version, axes: Axes, reasons: Sequence[str]) -> list[Row]:
    """Return the kept rows that most others are copies of, by the evidence `kept` of those, largest first."""
    groups = _largest(version, reasons)
    ids = {row["kept"] for row in groups} | {id_ for row in groups for id_ in row["members"]}
    rows = _rows(version, ids, dropped=None)
    found = [
        {
            "copies": row["copies"],
            "reason": reasons.index(row["drop"]),
            "language": axes.language(row["language"]),
            "kept": _shown(rows[row["kept"]], axes) if row["kept"] in rows else None,
            "members": [_shown(rows[id_], axes) for id_ in row["members"]],
        }
        for row in groups
    ]
    return fitting(found, MOST_BYTES // 3)


def fitting(rows: Sequence[Row], room: int) -> list[Row]:
    """Return the rows up to the first that does not fit into so many bytes of the page."""
    sizes = accumulate(len(embedded(row).encode()) for row in rows)
    return [row for row, size in zip(rows, sizes, strict=True) if size <= room]


def _lowest(version: Version, reasons: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Return the lowest ids by reason and language; a million ids are in memory at a time, and no text."""
    found = defaultdict[tuple[str, str], list[str]](list)
    language = pl.col("language").fill_null(NO_LANGUAGE)
    for files in _batches(version):
        rows = pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore")
        lowest = rows.group_by("drop", language).agg(pl.col("id").sort().head(PER_REASON))
        for drop, code, ids in lowest.collect().iter_rows():
            if drop in reasons:
                found[drop, code] += ids
    return {group: sorted(ids)[:PER_REASON] for group, ids in found.items()}


def _batches(version: Version) -> Iterator[list[Path]]:
    """Yield files of dropped rows, some together where they are small."""
    files = [file for file in version.manifest["files"] if file["path"].startswith("dropped/")]
    numbered = zip(accumulate(file["rows"] for file in files), files, strict=True)
    for _, batch in groupby(numbered, key=lambda item: item[0] // FILE_ROWS):
        yield [version.path / file["path"] for _, file in batch]


def _turns(groups: Mapping[tuple[str, str], Sequence[str]]) -> list[tuple[str, str]]:
    """Return (id, reason) in the order of worth: see `dropped_samples`."""
    by_reason = defaultdict[str, list[tuple[int, str]]](list)
    for (reason, _), ids in groups.items():
        by_reason[reason] += enumerate(ids)
    order = []
    for reason, ranked in by_reason.items():
        for place, (turn, id_) in enumerate(sorted(ranked)):
            order.append(((0, place) if place < PER_REASON else (1, turn), id_, reason))
    return [(id_, reason) for _, id_, reason in sorted(order)]


def _largest(version: Version, reasons: Sequence[str]) -> list[Row]:
    """Return the largest groups (id that stays, language, reason) of copies: of all, and of each language."""
    if not version.files(dropped=True):
        return []
    kept = pl.col("evidence").str.extract(r'"kept":"([0-9a-f]{32})"').alias("kept")
    rows = version.scan(dropped=True).filter(pl.col("evidence").is_not_null(), pl.col("drop").is_in(reasons))
    language = pl.col("language").fill_null(NO_LANGUAGE)
    groups = (
        rows.select("id", language, "drop", kept).drop_nulls("kept").group_by("kept", "language", "drop")
        .agg(pl.len().alias("copies"), pl.col("id").sort().head(MEMBERS).alias("members"))
        .sort("copies", "kept", "language", "drop", descending=[True, False, False, False])
    )  # fmt: skip
    ranked = groups.with_row_index("place").with_columns(
        pl.int_range(pl.len()).over("language").alias("place_in_language")
    )
    wanted = (pl.col("place") < CLUSTERS) | (pl.col("place_in_language") < PER_LANGUAGE)
    return list(ranked.filter(wanted).collect().iter_rows(named=True))


_TEXTS = ("inputs", "targets", "evidence")
_PLAIN = ("id", "language", "script", "source", "template_id")


def _rows(version: Version, ids: Collection[str], *, dropped: bool | None) -> dict[str, Row]:
    """Return rows by id, their texts cut."""
    if not ids:
        return {}
    texts = [pl.col(name).str.slice(0, TEXT) for name in _TEXTS]
    sizes = [pl.col(name).str.len_chars().alias(f"num_{name}") for name in _TEXTS]
    found = version.scan(dropped=dropped).filter(pl.col("id").is_in(sorted(ids))).select(*_PLAIN, *texts, *sizes)
    return {row["id"]: row for row in found.collect().iter_rows(named=True)}


def _shown(row: Row, axes: Axes) -> Row:
    """Return a row as the page takes it."""
    return {
        "id": row["id"],
        "language": axes.language(row["language"]),
        "source": axes.source(row["source"]),
        "script": row["script"],
        "template": row["template_id"],
        **{name: row[name] or "" for name in _TEXTS},
        **{f"num_{name}": row[f"num_{name}"] or 0 for name in _TEXTS},
    }
