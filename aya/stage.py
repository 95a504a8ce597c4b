"""What a plug-in is: a source makes items, a renderer makes records of them, a stage judges records.

A plug-in is a frozen pydantic model: its fields are its settings (default, unit and bounds in one
place), it pickles, compares and prints. A folder names its plug-ins in its `__init__.py`, as
`STAGES = {"exact": "dedup.exact:Exact"}` and `SOURCES = {"cldr": "collection.cldr:Cldr"}`, and
imports nothing there.
"""

import glob
import importlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, Protocol, runtime_checkable

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from aya.errors import nearest


class Settings(BaseModel):
    """A frozen pydantic model that refuses unknown names: the form of every plug-in."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# -- paths in settings ---------------------------------------------------------------------------


class Inside:
    """Marks a setting as a path (or pattern) of an input; its content enters the content key."""


def _resolve(path: Path, info: ValidationInfo) -> Path:
    """Find `path` below one of the roots in the validation context; without a context keep it."""
    roots: Sequence[Path] = (info.context or {}).get("roots", ())
    if not roots:
        return path
    inside = [item for root in roots if (item := (root / path).resolve()).is_relative_to(root.resolve())]
    if not inside:
        raise ValueError(f"path '{path}' leaves the folder {' or '.join(str(root) for root in roots)}")
    for candidate in inside:
        if candidate.exists():
            return candidate
    near = nearest(path.name, (item.name for root in roots for item in _siblings(root / path)))
    raise ValueError(f"no file or folder '{path}' in {' or '.join(str(root) for root in roots)}{near}")


def _siblings(path: Path) -> Iterator[Path]:
    return path.parent.iterdir() if path.parent.is_dir() else iter(())


InputPath = Annotated[Path, Inside(), AfterValidator(_resolve)]
"""A file or folder that a recipe names: must exist and lie below the recipe's or the data folder."""


class Aside:
    """Marks a setting that does not change the outcome (a device, a cache): no part of the content key."""


class Match(NamedTuple):
    """A file that a pattern stands for; `name` is its path below the pattern's last folder without a wildcard."""

    name: str
    path: Path


_ESCAPED = re.compile(r"\[([*?[])\]")  # as glob.escape writes them


def matches(pattern: str) -> list[Match]:
    """Return the files that an absolute pattern (`*`, `?`, `[ab]`, `**`) stands for, sorted by name."""
    parts = Path(pattern).parts
    wild = [any(sign in _ESCAPED.sub("", part) for sign in "*?[") for part in parts]
    fixed = wild.index(True) if True in wild else len(parts) - 1
    folder = Path(*(_ESCAPED.sub(r"\1", part) for part in parts[:fixed]))
    paths = (Path(path) for path in glob.glob(pattern, recursive=True))  # noqa: PTH207  # not the hidden files
    return sorted(Match(path.relative_to(folder).as_posix(), path) for path in paths if path.is_file())


def _resolve_patterns(patterns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Make patterns absolute, each below the first root where it finds files; without a context keep them."""
    roots: Sequence[Path] = [root.resolve() for root in (info.context or {}).get("roots", ())]
    if not roots:
        return patterns
    found = tuple(_resolve_pattern(pattern, roots) for pattern in patterns)
    paths: dict[str, Path] = {}
    for match in (match for pattern in found for match in matches(pattern)):
        if paths.setdefault(match.name, match.path) != match.path:
            raise ValueError(f"two files are called '{match.name}'; name them by a pattern, as '*/{match.name}'")
    return found


def _resolve_pattern(pattern: str, roots: Sequence[Path]) -> str:
    places = " or ".join(str(root) for root in roots)
    inside = [root for root in roots if Path(os.path.normpath(root / pattern)).is_relative_to(root)]
    for root in inside:
        literal = root / pattern
        whole = glob.escape(str(literal)) if literal.is_file() else os.path.join(glob.escape(str(root)), pattern)  # noqa: PTH118
        paths = [match.path for match in matches(whole)]
        if not all(any(path.resolve().is_relative_to(other) for other in roots) for path in paths):
            inside = []
        elif paths:
            return whole
        elif literal.is_dir():
            raise ValueError(f"'{pattern}' is a folder; name its files by a pattern, as '{pattern}/*'")
    if not inside:
        raise ValueError(f"path '{pattern}' leaves the folder {places}")
    near = [hint for root in roots if (hint := _nearest_path(root, pattern))]
    raise ValueError(f"no file '{pattern}' in {places}{near[0] if near else ''}")


def _nearest_path(root: Path, pattern: str) -> str:
    """Return a hint on the first name in the pattern that is not there."""
    path = root
    for part in Path(pattern).parts:
        if not (path / part).exists():
            return nearest(part, (item.name for item in _siblings(path / part)))
        path /= part
    return ""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


InputFiles = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    Inside(),
    BeforeValidator(_listed),
    AfterValidator(_resolve_patterns),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Files that a recipe names by path or pattern, one or a list; once checked, absolute patterns for `matches`."""


# -- stages ----------------------------------------------------------------------------------------


@runtime_checkable
class Stage(Protocol):
    """Local: the answer for a record depends on that record and the settings alone.

    A stage never removes a row: it writes the reason into `drop` (see `aya.table.mark`). It may be
    called with any cut of the records, also with none. A model stage has `setup()` besides, called
    once per worker before the first table.
    """

    name: ClassVar[str]
    """`folder.stage`, as recipes call it."""
    version: ClassVar[int]
    """Part of the content key: raise it when the same settings give another outcome."""
    reads: ClassVar[tuple[str, ...]]
    """Columns that must be there; long ones (`aya.overlay.LONG`) that it does not name may be left out."""
    writes: ClassVar[Mapping[str, pa.DataType]]
    """Columns set or added, with their types; `drop` and `evidence` may always be set."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the same rows in the same order, judged."""


@runtime_checkable
class Exchange(Protocol):
    """Brings the rows together that the verdict on one of them depends on.

    Three steps, each of which works on any cut of its rows: `summarise` every shard, `settle` the
    summary rows of one key range at a time, `conclude` from all decisions. Summaries hold hashes, or
    texts where these are smaller; a verdict says who goes, not who stays. One that has `reads` is given
    no other long columns.
    """

    version: ClassVar[int]

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns (uint64, uint32) of a summary; `settle` sees all rows whose value in that column is the same.

        It does not see the columns of the other keys. A row without a value takes no part in that key.
        A class variable will do.
        """

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return small rows with the columns `keys`, one for each record that takes part."""

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return decisions for the summary rows of one range of the column `key`."""

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the verdict from the decisions of all ranges; row order must not matter."""


@runtime_checkable
class GlobalStage(Exchange, Protocol):
    """Global: the answer for a record depends on other records, which an exchange brings together."""

    name: ClassVar[str]
    reads: ClassVar[tuple[str, ...]]
    """Columns that `summarise` and `apply` read; where `apply` alone reads fewer, these stand in `applies_to`."""
    writes: ClassVar[Mapping[str, pa.DataType]]

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the same rows in the same order, judged by the verdict."""


@runtime_checkable
class After(Protocol):
    """What an exchange (or global stage) has besides when it needs the verdict of another exchange first."""

    @property
    def first(self) -> Exchange:
        """Return that exchange, a plug-in with settings and a version of its own; it may be `After` a third."""

    def summarise(self, table: pa.Table, *verdicts: pa.Table) -> pa.Table:
        """Return small rows as `Exchange.summarise` does, given the verdicts of the rounds before, in order."""


AnyStage = Stage | GlobalStage


def rounds(stage: Exchange) -> list[Exchange]:
    """Return the exchanges of a global stage in order; the last is the stage itself."""
    return [*rounds(stage.first), stage] if isinstance(stage, After) else [stage]


def summarise(of: Exchange, table: pa.Table, verdicts: Sequence[pa.Table]) -> pa.Table:
    """Return the summary of a table, given the verdicts of the rounds before."""
    return of.summarise(table, *verdicts) if isinstance(of, After) else of.summarise(table)


def run_global(stage: GlobalStage, table: pa.Table) -> pa.Table:
    """Run all rounds of a global stage in a row, on one table."""
    verdicts: list[pa.Table] = []
    for of in rounds(stage):
        summary = summarise(of, table, verdicts)
        decisions = pa.concat_tables([of.settle(summary, key=key) for key in of.keys])
        verdicts.append(of.conclude(decisions))
    return stage.apply(table, verdicts[-1])


# -- sources ---------------------------------------------------------------------------------------


class About(Settings):
    """What a recipe says of one source as a whole; it goes on every record.

    `languages` limits the source: an item of another language is dropped with a reason.
    """

    name: str
    license: str
    revision: str
    citation: str
    url: str | None = None
    origin: str = "human"
    task_type: str | None = None
    split: str | None = "train"
    language: str | None = None
    languages: tuple[str, ...] | None = None
    seed: int = 0


class Facts(Settings):
    """What a recipe says of the whole collection, beside what is counted; a release is made with it."""

    title: str = Field(default="", description="title of the card")
    description: str = Field(default="", description="first paragraph of the card")
    license: str = Field(
        default="", description="licence of the collection as a whole, SPDX; each row under its own if empty"
    )
    repo: str = Field(default="", description="repository on the Hugging Face Hub")
    authors: tuple[str, ...] = Field(default=(), description="who is to be cited, as `Family, Given`")
    contact: str = Field(default="", description="where to ask for a row to be taken out, a URL")
    limits: str = Field(default="", description="known limits, a paragraph of the card")
    harmful: tuple[str, ...] = Field(
        default=(), description="sources and data sets kept out of every default configuration"
    )
    waive: Mapping[str, str] = Field(default={}, description="checks that need not pass, each with the reason why")


class Part(Settings):
    """One piece of a source that one task reads.

    `name` is stable (it enters the ids of its records), `digest` changes when the content does.
    """

    name: str
    digest: str
    path: str | None = None
    start: int = Field(default=0, ge=0, description="first row")
    stop: int | None = Field(default=None, description="row after the last; all when left out")


NOT_TAKEN = b"aya.not_taken"


class Source(Protocol):
    """Makes items: tables with any columns of its own, and these two.

    `_key` (string): the item's name inside its part, unique there and the same on every run.
    `_fault` (string): null, or why this item can not be used (`invalid UTF-8`, `not an object`);
    its other columns may then be null. A fault of the whole part raises `InputError`.
    `_evidence` (string, may be missing): JSON on the fault: the line, the message of the parser.
    A table may say in its metadata (`NOT_TAKEN`) how many rows nobody asked for were passed over.
    """

    name: ClassVar[str]
    version: ClassVar[int]

    def parts(self) -> list[Part]:
        """Return the parts in a stable order; cheap, runs while planning."""

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a part, in order, at most `limit` rows in all."""


class SourceWithFacts(Source, Protocol):
    """A source that knows its own licence, revision and citation (data inside packages)."""

    def facts(self) -> Mapping[str, str]:
        """Return `license`, `revision`, `citation` and `url`."""


class SourceOfFiles(Source, Protocol):
    """A source that can say quickly which columns its items have."""

    def glance(self) -> Iterable[tuple[str, Sequence[str]]]:
        """Yield the name of a part and the columns of its first items, of some parts."""


class SourceOfRecords(Source, Protocol):
    """A source whose items are named as records are; a recipe's `columns`, if any, are a setting of its own."""

    writes: ClassVar[Mapping[str, pa.DataType]]
    """Columns of its items that stay beside those of a record."""

    def named(self) -> Mapping[str, Any]:
        """Return the settings of `collection.columns` that make records of its items."""


class Renderer(Protocol):
    """Makes records of items: by column names (`collection.columns`) or by templates."""

    version: ClassVar[int]

    def __call__(self, items: pa.Table, *, about: About, part: str) -> pa.Table:
        """Return records; an item or template that fails is a record with a reason in `drop`.

        A template that fails on every item fails the build, unless its reason is `: does not apply`.
        """


# -- saying how far work is -------------------------------------------------------------------------

Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much, nearly; 0 where nobody knows."""


def silent(what: str, done: int, of: int) -> None:
    """Tell nobody."""


# -- finding plug-ins by name ----------------------------------------------------------------------

FOLDERS = ("collection", "annotation", "translation", "synthesis", "dedup", "training", "hub_release")


def names(table: str) -> dict[str, str]:
    """Return `folder.name -> module:Class` for every plug-in that the folders list under `table`."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        listed: dict[str, str] = getattr(importlib.import_module(folder), table, {})
        found |= {f"{folder}.{name}": target for name, target in listed.items()}
    return found


def load(target: str) -> Any:
    """Import the class that `module:Class` names."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)
