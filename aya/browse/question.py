"""What a page of rows is asked for: the query part of its address, checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qs

import polars as pl
from pydantic import Field, ValidationError

from aya.browse.pattern import exact, loose
from aya.errors import UserError, unknown
from aya.stage import Settings
from aya.table import SCHEMA
from aya.version import Version

LENGTHS = ("inputs", "targets")
"""Sorting by one of these is by its number of characters."""


class Asked(Settings):
    """Which rows, in which order, which page of them."""

    rows: Literal["kept", "dropped", "all"] = "kept"
    language: tuple[str, ...] = Field(default=(), description="as `yor_Latn`, or `yor` for all scripts")
    source: tuple[str, ...] = ()
    reason: tuple[str, ...] = Field(default=(), description="as in `drop`; means dropped rows")
    text: str = Field(default="", max_length=1_000)
    match: Literal["loose", "exact", "pattern"] = "loose"
    field: Literal["either", "inputs", "targets"] = "either"
    score: str = Field(default="", description="column of numbers that `least` and `most` are about")
    least: float | None = None
    most: float | None = None
    sort: str = Field(default="", description="`id`, `inputs` or `targets` (by length), a score; else as stored")
    order: Literal["up", "down"] = "up"
    page: int = Field(default=1, ge=1, le=100_000_000)
    size: int = Field(default=25, ge=1, le=100)

    @cached_property
    def pattern(self) -> str:
        """Return what a text must match; empty if any will do."""
        if self.match == "pattern":
            return self.text
        return loose(self.text) if self.match == "loose" else exact(self.text)

    @property
    def dropped(self) -> bool | None:
        """Return which rows `Version.files` is to give."""
        return True if self.reason else {"kept": False, "dropped": True, "all": None}[self.rows]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the texts that are searched."""
        return LENGTHS if self.field == "either" else (self.field,)

    def condition(self) -> pl.Expr | None:
        """Return what a row must be; None if files alone decide."""
        wanted = []
        if self.reason:
            wanted.append(pl.col("drop").is_in(list(self.reason)))
        if self.score and self.least is not None:
            wanted.append(pl.col(self.score) >= self.least)
        if self.score and self.most is not None:
            wanted.append(pl.col(self.score) <= self.most)
        if self.pattern:
            wanted.append(pl.any_horizontal(pl.col(name).str.contains(self.pattern) for name in self.fields))
        return pl.all_horizontal(wanted) if wanted else None


@dataclass(frozen=True)
class Columns:
    """The columns of a version, and which of them are numbers that stages wrote."""

    types: dict[str, pl.DataType]

    @classmethod
    def of(cls, version: Version) -> "Columns":
        """Return those of the largest file of kept rows and of dropped ones: all stages left their columns there."""
        found: dict[str, pl.DataType] = dict.fromkeys(SCHEMA.names, pl.String())
        for top in ("data/", "dropped/"):
            files = [file for file in version.manifest["files"] if file["path"].startswith(top)]
            if files:
                largest = max(files, key=lambda file: (file["rows"], file["path"]))
                found = dict(pl.read_parquet_schema(version.path / largest["path"])) | found
        added = {name: type_ for name, type_ in sorted(found.items()) if name not in SCHEMA.names}
        return cls({name: found[name] for name in SCHEMA.names} | added)

    @property
    def scores(self) -> list[str]:
        """Return the names of the numbers."""
        return [name for name, type_ in self.types.items() if type_.is_numeric()]


def asked(address: str, version: Version, columns: Columns | None = None) -> Asked:
    """Return what the query part of an address asks for.

    Raises: UserError that names the fault and the nearest good name.
    """
    given: dict[str, Any] = {}
    for name, values in parse_qs(address, keep_blank_values=False).items():
        if name not in Asked.model_fields:
            raise UserError(unknown("filter", name, Asked.model_fields))
        given[name] = values if name in ("language", "source", "reason") else values[-1]
    try:
        found = Asked.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{first['loc'][0]}: {first['msg']}") from error
    _check_names(found, version, (columns or Columns.of(version)).scores)
    try:
        pl.Series(["a"]).str.contains(found.pattern)
    except pl.exceptions.ComputeError as error:
        raise UserError(f"this is no pattern: {str(error).splitlines()[-1]}") from error
    return found


def _check_names(found: Asked, version: Version, scores: Iterable[str]) -> None:
    known = list(scores)
    if found.score and found.score not in known:
        raise UserError(unknown("score", found.score, known))
    if found.sort not in ("", "id", *LENGTHS, *known):
        raise UserError(unknown("order", found.sort, ["id", *LENGTHS, *known]))
    places = {file["path"].split("/")[1] for file in version.manifest["files"]}
    for code in found.language:
        if code not in places | {place.partition("_")[0] for place in places}:
            raise UserError(unknown("language", code, places))
