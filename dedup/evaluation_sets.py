"""Evaluation sets: which files and columns they are, and their items as one table."""

import glob
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BeforeValidator, Field, field_validator, model_validator

from aya import languages
from aya.errors import InputError, unknown
from aya.stage import InputFiles, Match, Settings, matches
from dedup.hub_rows import hub_rows
from dedup.row_files import Row, rows

ITEMS = pa.schema(
    [
        pa.field("set", pa.string()),
        pa.field("item", pa.string()),
        pa.field("language", pa.string()),
        pa.field("field", pa.string()),
        pa.field("text", pa.large_string()),
    ]
)
"""One text of one item; `item` is the same in all translations, `language` ISO 639-3 where the code is known."""

ID_COLUMNS = ("id", "idx", "index_id", "qid", "item")
LANGUAGE_COLUMNS = ("language", "lang", "language_code")
_LOOK = 200  # rows that show which columns hold texts
_LEAST_TEXT = 16  # characters, the median of a column of texts


class EvaluationSet(Settings):
    """One evaluation set: all its files, of all languages, so that hits are joined by item.

    With a path alone, `fields` are the columns whose texts are long (median of 16 characters or more), the
    id is the column `id`, `idx`, `index_id`, `qid` or `item`, or else the number of the row in its file, and
    the language the column `language`, `lang` or `language_code`, where there is one.
    """

    files: InputFiles = Field(
        default=(), description="path or pattern of files, or a list: parquet, jsonl, csv, tsv, also packed"
    )
    repo: str | None = Field(default=None, description="instead of files: a data set on the Hub, as `owner/name`")
    revision: str | None = Field(default=None, description="its commit; `unpinned` in a recipe that is only planned")
    config: tuple[str, ...] = Field(default=(), description="its configurations, all of them in one set")
    split: str = Field(default="test", description="its split")
    name: str | None = Field(
        default=None, description="how reports call the set; the name of its first file if not said"
    )
    fields: tuple[str, ...] | None = Field(default=None, min_length=1, description="columns with texts of items")
    id: str | None = Field(default=None, description="column with the item's id, the same in all translations")
    language: str | None = Field(default=None, description="column with the item's language, any code")
    header: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="names of the columns of CSV or TSV files without a header row"
    )
    file_name: str | None = Field(
        default=None, description="regular expression on a file's path, with groups `language` and `split` as needed"
    )
    share: float | None = Field(default=None, gt=0, le=1, description="instead of the stage's `share`, for this set")
    length: int | None = Field(default=None, ge=1, description="instead of the stage's `length`, for this set")
    flag: bool = Field(default=False, description="never drop a row for this set, only report it")

    @field_validator("file_name")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            found = re.compile(pattern or "").groupindex
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        for name in found:
            if name not in ("language", "split"):
                raise ValueError(unknown("group", name, ("language", "split")))
        return pattern

    @model_validator(mode="after")
    def _either(self) -> "EvaluationSet":
        if bool(self.files) == bool(self.repo) or bool(self.repo) != bool(self.revision):
            raise ValueError("an evaluation set has either `files`, or `repo` and `revision`")
        return self

    @property
    def title(self) -> str:
        """Return how reports call the set."""
        return self.name or Path(self.repo or self.files[0]).name.partition(".")[0].replace("*", "") or "set"


def _sets(value: object) -> object:
    """Take a path, a mapping, or a list of these."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [{"files": str(item)} if isinstance(item, str | Path) else item for item in listed]


EvaluationSets = Annotated[tuple[EvaluationSet, ...], BeforeValidator(_sets), Field(min_length=1)]
"""One set or a list of sets, each a mapping or just a path."""


def read_items(sets: Iterable[EvaluationSet]) -> pa.Table:
    """Return the items of all sets, in the order of sets, files, rows and fields.

    Raises: InputError for a file that is not there, can not be read or lacks a column.
    """
    found = [dict(zip(ITEMS.names, row, strict=True)) for one in sets for row in _items(one)]
    return pa.Table.from_pylist(found, schema=ITEMS)


def _items(one: EvaluationSet) -> Iterator[tuple[str, str, str | None, str, str]]:
    for name in (one.config or (None,)) if one.repo else ():
        match = Match("", Path(*filter(None, (one.repo, name, one.split))))
        found = hub_rows(str(one.repo), name, revision=str(one.revision), split=one.split)
        yield from _items_of(one, match, found, alone=len(one.config) < 2)
    if one.files:
        yield from _items_of_files(one)


def _items_of_files(one: EvaluationSet) -> Iterator[tuple[str, str, str | None, str, str]]:
    patterns = (glob.escape(pattern) if Path(pattern).is_file() else pattern for pattern in one.files)
    found = [match for pattern in patterns for match in matches(pattern)]
    if not found:
        raise InputError(f"evaluation set '{one.title}': no file {', '.join(one.files)}")
    for match in found:
        yield from _items_of(one, match, rows(match.path, header=one.header), alone=len(found) == 1)


def _items_of(
    one: EvaluationSet, match: Match, source: Iterator[Row], *, alone: bool
) -> Iterator[tuple[str, str, str | None, str, str]]:
    first = list(islice(source, _LOOK))
    if not first:
        return
    fields = _columns(one.fields or _texts(first), first, match)
    by_id = _column(one.id, ID_COLUMNS, first, match)
    by_language = _column(one.language, LANGUAGE_COLUMNS, first, match)
    named = _from_name(one, match)
    # Rows of the same number are the same item only where the file's name says what differs.
    prefix = named.get("split") or ("" if by_id or alone or "language" in named else match.name)
    for number, row in enumerate(chain(first, source)):
        key = str(row.get(by_id) if by_id else number)
        language = _language(row.get(by_language) if by_language else named.get("language"))
        for name in fields:
            for text in _flat(row.get(name)):
                yield one.title, f"{prefix}:{key}" if prefix else key, language, name, text


def _texts(first: Sequence[Row]) -> tuple[str, ...]:
    """Return the columns of long texts."""
    names = dict.fromkeys(name for row in first for name in row)
    sizes = {name: [len(text) for row in first for text in _flat(row.get(name))] for name in names}
    return tuple(name for name, found in sizes.items() if found and statistics.median(found) >= _LEAST_TEXT)


def _columns(wanted: Sequence[str], first: Sequence[Row], match: Match) -> Sequence[str]:
    known = dict.fromkeys(name for row in first for name in row)
    for name in wanted:
        if name not in known:
            raise InputError(f"{match.path}: {unknown('column', name, known)}")
    if not wanted:
        raise InputError(f"{match.path}: no column holds texts; name them in `fields`")
    return wanted


def _column(wanted: str | None, usual: Sequence[str], first: Sequence[Row], match: Match) -> str | None:
    if wanted is not None:
        return _columns([wanted], first, match)[0]
    return next((name for name in usual if name in first[0]), None)


def _from_name(one: EvaluationSet, match: Match) -> dict[str, str]:
    if one.file_name is None:
        return {}
    found = re.search(one.file_name, match.path.as_posix())
    if found is None:
        raise InputError(f"{match.path}: its name does not fit `file_name`, {one.file_name}")
    return {name: value for name, value in found.groupdict().items() if value}


def _language(code: object) -> str | None:
    """Return ISO 639-3 where the registry knows the code, else the code as it is."""
    if not code:
        return None
    found = languages.resolve(str(code))
    return found.language if found else str(code)


def _flat(value: Any) -> Iterator[str]:
    """Yield the texts of a value: itself, or those of a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item)
