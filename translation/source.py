"""Translations as a source of a collection: files or a version, in every language that is wanted."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

import pyarrow as pa
from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from aya.errors import InputError, UserError
from aya.stage import Aside, InputFiles, InputPath, Part, Settings, matches
from aya.table import sha256
from aya.text import digest
from translation.checkpoint import DEFAULT_MODEL, Decoding, cache_folder, identity
from translation.engine import Engine
from translation.engines import Name, engine
from translation.locales import locale, locales
from translation.memory import TranslationMemory
from translation.segments import Locale
from translation.suitability import KINDS, Facts, Kind, reasons
from translation.tables import check_kinds, column, pairs, tables
from translation.translate import Pair, translate_pairs
from translation.translated import WRITES, columns

RECORD = ("dataset_name", "sub_dataset_name", "task_type", "template_id", "split", "license", "origin")
"""Columns of a record that a translation takes over from its parent."""
MADE_BY = ("annotator", "authors", "decoding", "model", "model_revision")
"""What goes into provenance: who may withdraw the parent, and how the translation was made."""

Origin = Literal["human", "template", "translation", "synthetic"]


def _resolve_model(model: str, info: ValidationInfo) -> str:
    """Find a folder of that name below one of the roots in the validation context."""
    roots = (info.context or {}).get("roots", ())
    folders = (path for root in roots if (path := (root / model).resolve()).is_dir() and path.is_relative_to(root))
    return str(next(folders, model))


class Rows(NamedTuple):
    """Some rows to be translated."""

    keys: list[str]
    parents: list[str]
    texts: list[Pair]
    record: Mapping[str, list[str | None]]


class Nllb(Settings):
    """Makes one item of each row in each language of `to`.

    A part is a file in a language, so tasks spread over workers and machines. Reads `files` (Parquet, JSON Lines) with
    texts in the columns that `columns` names, or the kept rows of `version_of` in one language. A row that can not be
    translated is an item with a fault, in every language: rows bound to their language (`skipped: verse`), those
    that `leave` names, and those of which nothing useful came out.

    `parent_id` is the id of the row in the version; of a file, the column that `columns` names, else file and row.
    Licence and facts of the row are its parent's. Its origin is `translation`, but `synthetic` stays synthetic.
    Segments that are done are in a memory in the user's cache: a killed build goes on behind the last batch.
    """

    name: ClassVar[str] = "translation.nllb"
    version: ClassVar[int] = 1
    writes: ClassVar[Mapping[str, pa.DataType]] = WRITES

    files: InputFiles | None = Field(default=None, description="path or pattern of files, or a list of them")
    version_of: InputPath | None = Field(default=None, description="a version, or a store: its newest one")
    columns: Mapping[str, str] = Field(
        default_factory=dict, description="columns of the files: inputs, targets, parent_id and facts of a record"
    )
    language: str = Field(default="eng", description="language of the texts; rows of a version in others are not read")
    to: tuple[str, ...] = Field(min_length=1, description="languages, by any code, or groups such as aya101")
    model: Annotated[str, Aside(), AfterValidator(_resolve_model)] = Field(
        default=DEFAULT_MODEL, description="NLLB or M2M100 checkpoint: a folder, or its name on the Hub"
    )
    model_revision: str | None = Field(default=None, description="commit of a checkpoint on the Hub")
    engine: Name = Field(default="transformers", description="what runs the model")
    decoding: Decoding = Field(default=Decoding(), description="beams and limits of length")
    vocabulary: InputFiles | None = Field(
        default=None, description="text files of the languages: their tokens alone are said"
    )
    skip: tuple[Kind, ...] = Field(default=KINDS, description="kinds of rows bound to their language, left out")
    leave: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="rows left out by policy: a column (task_type, dataset_name, parent_id) and its values",
    )
    origin: Origin = Field(default="human", description="origin of the texts, where no column says it")
    device: Annotated[str | None, Aside()] = Field(
        default=None, description="cpu, cuda, cuda:1; left out, a GPU that no other worker has, else the processor"
    )
    budget: Annotated[int | None, Aside()] = Field(default=None, ge=1, description="tokens of a batch")
    threads: Annotated[int | None, Aside()] = Field(
        default=None, ge=1, description="processor threads of a worker; 1 if left out"
    )
    memory: Annotated[Path | None, Aside()] = Field(default=None, description="file of finished segments")

    @field_validator("leave")
    @classmethod
    def _leave_by_facts(cls, leave: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        known = (*RECORD, "parent_id")
        if strange := sorted(leave.keys() - {*known}):
            raise ValueError(f"no column '{strange[0]}' to leave rows out by; there are {', '.join(known)}")
        return leave

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse what could not be built, before anything is."""
        if (self.files is None) == (self.version_of is None):
            raise ValueError("say either `files` or `version_of`")
        try:
            check_kinds([match.path for pattern in self.files or () for match in matches(pattern)])
            locales(self.to, source=self._source)
        except UserError as error:
            raise ValueError(str(error)) from error
        if strange := sorted(self.columns.keys() - {"inputs", "targets", "parent_id", *RECORD}):
            raise ValueError(f"columns: '{strange[0]}' is not taken over from files")
        if self.engine != "apertium" and not Path(self.model).is_dir() and len(self.model_revision or "") != 40:
            raise ValueError(f"model '{self.model}' is no folder; of the Hub, say its commit in `model_revision`")
        return self

    @property
    def _source(self) -> Locale:
        return locale(self.language)

    def named(self) -> Mapping[str, Any]:
        """Return how records are made of the items."""
        same = ("inputs", "targets", "language", "parent_id", *RECORD)
        keep = {name: str(type_) for name, type_ in WRITES.items()}
        return {name: name for name in same} | {"provenance": MADE_BY, "keep": keep}

    def facts(self) -> Mapping[str, str]:
        """Return what a version says of itself; licences are those of its rows."""
        return {"revision": _newest(self.version_of).name} if self.version_of else {}

    def parts(self) -> list[Part]:
        """Return one part for each file and language."""
        model = "" if self.engine == "apertium" else identity(self.model, self.model_revision)
        found = []
        for name, path in self._paths():
            content = sha256(path)
            for target in locales(self.to, source=self._source):
                found.append(Part(name=f"{name}/{target.code}", digest=digest(content, model), path=str(path)))
        return found

    def _paths(self) -> Iterator[tuple[str, Path]]:
        if self.version_of is None:
            yield from ((match.name, match.path) for pattern in self.files or () for match in matches(pattern))
            return
        folder = _newest(self.version_of)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for file in manifest["files"]:
            if file["path"].startswith(f"data/{self._source.language}_{self._source.script}/"):
                yield file["path"].removeprefix("data/").removesuffix(".parquet"), folder / file["path"]

    def setup(self) -> None:
        """Load the model."""
        self._engine()

    def _engine(self) -> Engine:
        made = engine(
            self.engine,
            self.model,
            revision=self.model_revision,
            decoding=self.decoding,
            device=self.device,
            budget=self.budget,
            threads=self.threads,
            vocabulary=tuple(match.path for pattern in self.vocabulary or () for match in matches(pattern)),
        )
        made.check(self._source.code)
        return made

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a file in a language."""
        target = locale(part.name.rpartition("/")[2])
        runs = self._engine()
        runs.check(target.code)
        path = self.memory or cache_folder() / "translations.sqlite"
        memory = TranslationMemory(path, engine=runs.key, source=self._source.code, target=target.code)
        try:
            for rows in self._rows(part, limit):
                made = translate_pairs(
                    rows.texts, runs, source=self._source, target=target, memory=memory, reasons=self._reasons(rows)
                )
                own = columns(rows.texts, made, source=self._source)
                facts = {**rows.record, **self._facts(rows, target, runs)}
                yield pa.table(
                    {
                        "_key": pa.array(rows.keys, pa.string()),
                        "_fault": own["fault"],
                        "inputs": pa.array([one.inputs for one in made], pa.large_string()),
                        "targets": pa.array([one.targets for one in made], pa.large_string()),
                        **{name: pa.array(values, pa.string()) for name, values in facts.items()},
                        **own,
                    }
                )
        finally:
            memory.close()

    def _facts(self, rows: Rows, target: Locale, runs: Engine) -> dict[str, list[str | None]]:
        """Return what records say of the translations, beside what they take over."""
        num = len(rows.keys)
        origins = rows.record["origin"]
        library, weights, numbers = runs.key.split(" ")[:3]
        model = Path(self.model).name if Path(self.model).is_dir() else self.model
        revision = self.model_revision or weights
        if self.engine == "apertium":
            model, revision = self.engine, weights
        return {
            "language": [target.code] * num,
            "parent_id": [*rows.parents],
            "origin": ["synthetic" if (one or self.origin) == "synthetic" else "translation" for one in origins],
            "model": [model] * num,
            "model_revision": [revision] * num,
            "decoding": [f"{library} {numbers} {self.decoding.model_dump_json()}"] * num,
        }

    def _reasons(self, rows: Rows) -> list[str | None]:
        facts: Facts = {**rows.record, "parent_id": rows.parents}
        return reasons(rows.texts, facts, leave=self.leave, language=self._source.language, kinds=self.skip)

    def _rows(self, part: Part, limit: int | None) -> Iterator[Rows]:
        if part.path is None:
            raise InputError(f"{part.name}: the part has no path")
        path = Path(part.path)
        if self.version_of is not None:
            yield from _of_version(path, limit)
            return
        names = {"inputs": "inputs", "targets": "targets", **self.columns}
        for first, table in tables(path, rows=limit):
            numbers = [str(number) for number in range(first, first + len(table))]
            parent = names.get("parent_id")
            parents = (
                [f"{path.name}:{int(number) + 1}" for number in numbers]
                if parent is None
                else [str(value) for value in column(table, parent, path=path).to_pylist()]
            )
            record: dict[str, list[str | None]] = {name: [None] * len(table) for name in (*RECORD, *MADE_BY)}
            for name in names.keys() & {*RECORD}:
                values = column(table, names[name], path=path).to_pylist()
                record[name] = [None if value is None else str(value) for value in values]
            texts = pairs(table, inputs=names["inputs"], targets=names["targets"], path=path)
            yield Rows(numbers, parents, texts, record)


def _newest(folder: Path) -> Path:
    """Return the folder of a version: itself, or the newest of a store."""
    if (folder / "manifest.json").is_file():
        return folder
    latest = folder / "latest"
    if not latest.is_file():
        raise InputError(f"{folder}: neither a version nor a store with one")
    return folder / "versions" / latest.read_text(encoding="utf-8").strip()


def _of_version(path: Path, limit: int | None) -> Iterator[Rows]:
    """Yield the rows of a file of a version, by their ids."""
    for _, table in tables(path, rows=limit):
        ids = table["id"].to_pylist()
        record: dict[str, list[str | None]] = {name: table[name].to_pylist() for name in RECORD}
        said = [json.loads(text or "{}") for text in table["provenance"].to_pylist()]
        record |= {name: [one.get(name) for one in said] for name in ("annotator", "authors")}
        yield Rows(ids, ids, pairs(table, inputs="inputs", targets="targets", path=path), record)
