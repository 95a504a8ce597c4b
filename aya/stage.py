"""What a plug-in is: a source makes items, a renderer makes records of them, a stage judges records.

A plug-in is a frozen pydantic model: its fields are its settings (default, unit and bounds in one
place), it pickles, compares and prints. A folder names its plug-ins in its `__init__.py`, as
`STAGES = {"exact": "dedup.exact:Exact"}` and `SOURCES = {"cldr": "collection.cldr:Cldr"}`, and
imports nothing there.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, runtime_checkable

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

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
    for root in roots:
        candidate = (root / path).resolve()
        if not candidate.is_relative_to(root.resolve()):
            raise ValueError(f"path '{path}' leaves the folder '{root}'")
        if candidate.exists():
            return candidate
    near = nearest(path.name, (item.name for root in roots for item in _siblings(root / path)))
    raise ValueError(f"no file or folder '{path}' in {' or '.join(str(root) for root in roots)}{near}")


def _siblings(path: Path) -> Iterator[Path]:
    return path.parent.iterdir() if path.parent.is_dir() else iter(())


InputPath = Annotated[Path, Inside(), AfterValidator(_resolve)]
"""A file or folder that a recipe names: must exist and lie below the recipe's or the data folder."""


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
    """Columns that must be there."""
    writes: ClassVar[Mapping[str, pa.DataType]]
    """Columns set or added, with their types; `drop` and `evidence` may always be set."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the same rows in the same order, judged."""


@runtime_checkable
class GlobalStage(Protocol):
    """Global: the answer for a record depends on other records.

    Four steps, each of which works on any cut of its rows: `summarise` every shard, `settle` the
    summary rows of one key range at a time, `conclude` from all decisions, `apply` to every shard.
    Summaries hold hashes, not texts; a verdict says who goes, not who stays.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    reads: ClassVar[tuple[str, ...]]
    writes: ClassVar[Mapping[str, pa.DataType]]
    keys: ClassVar[tuple[str, ...]]
    """Columns (uint64) of a summary; `settle` sees all rows whose value in that column is the same."""

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return small rows with the columns `keys`, one for each record that takes part."""

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return decisions for the summary rows of one range of the column `key`."""

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the verdict from the decisions of all ranges; row order must not matter."""

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the same rows in the same order, judged by the verdict."""


AnyStage = Stage | GlobalStage


def run_global(stage: GlobalStage, table: pa.Table) -> pa.Table:
    """Run the four steps of a global stage in a row, on one table."""
    summary = stage.summarise(table)
    decisions = pa.concat_tables([stage.settle(summary, key=key) for key in stage.keys])
    return stage.apply(table, stage.conclude(decisions))


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


class Part(Settings):
    """One piece of a source that one task reads.

    `name` is stable (it enters the ids of its records), `digest` changes when the content does.
    """

    name: str
    digest: str
    path: str | None = None
    start: int = Field(default=0, ge=0, description="first row")
    stop: int | None = Field(default=None, description="row after the last; all when left out")


class Source(Protocol):
    """Makes items: tables with any columns of its own, and these two.

    `_key` (string): the item's name inside its part, unique there and the same on every run.
    `_fault` (string): null, or why this item can not be used (`invalid UTF-8`, `not an object`);
    its other columns may then be null. A fault of the whole part raises `InputError`.
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


class Renderer(Protocol):
    """Makes records of items: by column names (`collection.columns`) or by templates."""

    version: ClassVar[int]

    def __call__(self, items: pa.Table, *, about: About, part: str) -> pa.Table:
        """Return records; an item or template that fails is a record with a reason in `drop`."""


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
