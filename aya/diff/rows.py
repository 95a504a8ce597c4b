"""Rows of two versions beside one another, by id: who stayed, who came, who left and why.

One language of one source is looked at at a time, a large one by ranges of ids; of every row its outcome and a hash of
each column are in memory, no text.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

from aya.browse.question import Columns
from aya.stage import Tell, silent
from aya.tasks.gather import place_of
from aya.version import Version

RANGE = 500_000
"""Rows of one version that are compared at a time, nearly."""

ABSENT, KEPT = "absent", "kept"
"""Outcomes beside the reasons."""

PER_GROUP, MOST, TEXT = 4, 600, 400
"""Samples of one change, outcome and language; of all; characters of a text."""

_NOT_COMPARED = frozenset({"id", "drop", "evidence", "language", "source"})
_SHOWN = ("id", "language", "script", "source", "template_id", "drop", "evidence")

Place = tuple[str, str]
Move = tuple[str, str, str, str]
"""Language, source, outcome before, outcome after."""


@dataclass
class Moves:
    """What became of the rows."""

    counts: Counter[Move] = field(default_factory=Counter)
    changed: Counter[Place] = field(default_factory=Counter)
    """Rows that both keep, with another text or another value in a column that both have."""
    columns: Counter[str] = field(default_factory=Counter)
    """Of these, by column."""
    ids: dict[tuple[str, str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    """The lowest ids by kind of change, outcome before, outcome after and language."""


def kind_of(before: str, after: str) -> str:
    """Return `stayed`, `gained`, `lost` or `elsewhere` (kept by neither, or dropped for another reason)."""
    if before == KEPT or after == KEPT:
        return "stayed" if before == after else "lost" if before == KEPT else "gained"
    return "elsewhere"


def moves(before: Version, after: Version, tell: Tell = silent) -> Moves:
    """Return what became of every row that one of the versions has."""
    found = Moves()
    types = [Columns.of(version).types for version in (before, after)]
    common = [name for name in types[0] if name in types[1] and name not in _NOT_COMPARED]
    places = list(_places(before, after))
    for done, (place, ranges) in enumerate(places, 1):
        for low, high in ranges:
            frames = [_outcomes(version, place, low, high, common) for version in (before, after)]
            _add(found, place, frames[0].join(frames[1], on="id", how="full", coalesce=True, suffix=":after"), common)
        tell("languages of sources compared", done, len(places))
    return found


def _places(before: Version, after: Version) -> Iterator[tuple[Place, Iterable[tuple[str, str]]]]:
    """Yield (language, source) with ranges of ids that hold about as many rows each."""
    sizes: dict[Place, Counter[str]] = defaultdict(Counter)
    for side, version in (("before", before), ("after", after)):
        for file in version.manifest["files"]:
            source, language = place_of(file["path"])
            sizes[language, source][side] += file["rows"]
    for place, rows in sorted(sizes.items()):
        num = -(-max(rows.values()) // RANGE)
        # Ids are hex, so "g" is above all of them.
        yield place, pairwise(["", *(f"{(one << 128) // num:032x}" for one in range(1, num)), "g"])


def _outcomes(version: Version, place: Place, low: str, high: str, columns: Iterable[str]) -> pl.DataFrame:
    """Return id, outcome and a hash of each column, of the rows of one range."""
    language, source = place
    files = version.files(languages=[language], sources=[source], dropped=None)
    names = dict.fromkeys(("id", "drop", *columns), pl.String())
    hashes = [pl.col(name).hash().alias(name) for name in columns]
    if not files:
        schema = {"id": pl.String, "outcome": pl.String} | dict.fromkeys(columns, pl.UInt64)
        return pl.DataFrame(schema=schema)
    types = Columns.of(version).types
    rows = pl.scan_parquet(
        files, schema={name: types.get(name, pl.String()) for name in names},
        missing_columns="insert", extra_columns="ignore",
    ).filter(pl.col("id") >= low, pl.col("id") < high)  # fmt: skip
    return rows.select("id", pl.col("drop").fill_null(KEPT).alias("outcome"), *hashes).collect()


def _add(found: Moves, place: Place, rows: pl.DataFrame, columns: list[str]) -> None:
    language, source = place
    rows = rows.with_columns(pl.col("outcome", "outcome:after").fill_null(ABSENT))
    both = (pl.col("outcome") == KEPT) & (pl.col("outcome:after") == KEPT)
    differs = [(both & pl.col(name).ne_missing(pl.col(f"{name}:after"))).alias(name) for name in columns]
    differing = rows.select(pl.any_horizontal(differs)).to_series() if differs else pl.Series([False] * len(rows))
    for before, after, num in rows.group_by("outcome", "outcome:after").len().iter_rows():
        found.counts[language, source, before, after] += num
    if num := int(differing.sum() or 0):
        found.changed[place] += num
        sums = rows.select(column.sum() for column in differs).row(0, named=True)
        found.columns.update({name: count for name, count in sums.items() if count})
    kinds = rows.select("id", "outcome", "outcome:after").with_columns(changed=differing)
    kinds = kinds.filter(pl.col("changed") | (pl.col("outcome") != pl.col("outcome:after")))
    lowest = kinds.group_by("outcome", "outcome:after").agg(pl.col("id").sort().head(PER_GROUP))
    for before, after, ids in lowest.iter_rows():
        kind = "changed" if before == after == KEPT else kind_of(before, after)
        group = found.ids[kind, before, after, language]
        found.ids[kind, before, after, language] = sorted([*group, *ids])[:PER_GROUP]


def samples(before: Version, after: Version, found: Moves) -> list[dict[str, Any]]:
    """Return rows of every change to look at, as both versions have them; from as many languages as may be."""
    groups = {key: ids for key, ids in found.ids.items() if key[0] != "elsewhere" or ABSENT not in key[1:3]}
    turns = [(turn, *key, id_) for key, ids in groups.items() for turn, id_ in enumerate(ids)]
    chosen = sorted(turns)[:MOST]
    ids = [one[-1] for one in chosen]
    texts = [_texts(version, ids) for version in (before, after)]
    return [
        {"kind": kind, "before": old, "after": new, "language": language, "id": id_,
         "rows": [of.get(id_) for of in texts]}
        for _, kind, old, new, language, id_ in chosen
    ]  # fmt: skip


def _texts(version: Version, ids: list[str]) -> Mapping[str, dict[str, Any]]:
    if not ids or not version.files(dropped=None):
        return {}
    cut = [pl.col(name).str.slice(0, TEXT) for name in ("inputs", "targets")]
    sizes = [pl.col(name).str.len_chars().alias(f"num_{name}") for name in ("inputs", "targets")]
    rows = version.scan(dropped=None).filter(pl.col("id").is_in(ids)).select(*_SHOWN, *cut, *sizes)
    return {row["id"]: row for row in rows.collect().iter_rows(named=True)}
