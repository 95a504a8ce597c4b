"""Rows that a release no longer holds: which ids go, and the list of tombstones that says so without a text."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from aya.errors import UserError
from hub_release.release import REMOVALS, Release
from hub_release.shards import batches, frame

Kind = Literal["id", "annotator", "source", "matches"]


class Tombstone(BaseModel):
    """A row that was taken out; the id is hashed with the collection's name, so that lists can not be joined."""

    model_config = ConfigDict(frozen=True)

    hash: str
    version: str
    """The first release without the row."""
    reason: str


def hashed(collection: str, id_: str) -> str:
    """Return what stands on a tombstone for an id: whoever holds the row can find it, nobody else learns anything."""
    return hashlib.sha256(f"{collection}\0{id_}".encode()).hexdigest()


def read_tombstones(release: Release | None) -> list[Tombstone]:
    """Return the tombstones of a release."""
    path = None if release is None else release.path / REMOVALS
    if path is None or not path.is_file():
        return []
    return [Tombstone.model_validate(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def selected(release: Release, rules: Iterable[tuple[Kind, str]]) -> pl.DataFrame:
    """Return the rows (id, language, source, path) that rules ask for, and all that was made from them.

    `matches` is a regular expression on the prompt and the completion. Raises: UserError for one that is none, and
    for a rule that no row answers.
    """
    rules = list(rules)
    found: dict[str, tuple[str, str, str]] = {}
    hits = dict.fromkeys(rules, 0)
    for path, rows in _rows(release, ("id", "language", "source", "provenance", "inputs", "targets")):
        for rule in rules:
            asked = rows.filter(_asked(*rule))
            hits[rule] += len(asked)
            found |= _named(asked, path)
    for (kind, value), num in hits.items():
        if not num:
            raise UserError(f"no row of {release.version} has {kind} '{value}'")
    new = set(found)
    while new:  # as many readings of two columns as there are generations
        born: dict[str, tuple[str, str, str]] = {}
        for path, rows in _rows(release, ("id", "parent_id", "language", "source")):
            born |= _named(rows.filter(pl.col("parent_id").is_in(list(new))), path)
        new = born.keys() - found.keys()
        found |= born
    listed = [(id_, *where) for id_, where in sorted(found.items())]
    return pl.DataFrame(listed, schema=["id", "language", "source", "path"], orient="row")


def _rows(release: Release, columns: tuple[str, ...]) -> Iterable[tuple[str, pl.DataFrame]]:
    for file in release.files:
        for table in batches([release.path / file.path], columns):
            yield file.path, frame(table)


def _named(rows: pl.DataFrame, path: str) -> dict[str, tuple[str, str, str]]:
    return {
        id_: (language or "und", source, path)
        for id_, language, source in rows.select("id", "language", "source").rows()
    }


def _asked(kind: Kind, value: str) -> pl.Expr:
    if kind == "annotator":
        return pl.col("provenance").str.json_path_match("$.annotator") == value
    if kind == "matches":
        return pl.any_horizontal(pl.col(name).str.contains(value) for name in ("inputs", "targets"))
    return pl.col(kind) == value


def ids_file(ids: pl.DataFrame, path: Path) -> Path:
    """Write the ids of rows where `prepare_without` reads them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ids.select("id").write_parquet(path)
    return path
