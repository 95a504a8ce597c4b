"""A recipe: YAML in, checked models out; all faults at once, each with its line and the nearest good name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from pydantic import BaseModel, Field, ValidationError

from aya import languages
from aya.errors import RecipeError, UserError, unknown
from aya.size import Size
from aya.stage import About, AnyStage, Facts, Renderer, Settings, Source, load, names
from aya.table import SCHEMA
from aya.yaml_files import read_yaml
from aya.yaml_lines import Lines, Place

COLUMNS = "collection.columns:Columns"
TEMPLATES = "collection.templates:Templates"
MIXTURE = "collection.mixture:Mixture"

_NAME = r"^[a-z0-9][a-z0-9_.-]*$"


class Allow(Settings):
    """What would be an error otherwise."""

    dropped: float = Field(default=0.9, ge=0, le=1, description="share of the rows of a stage that it may drop")
    empty_languages: tuple[str, ...] | Literal["all"] = Field(
        default=(), description="languages (ISO 639-3) that a stage may leave without a row"
    )
    empty_sources: tuple[str, ...] = Field(default=(), description="sources that may give no record")


class Release(Facts):
    """How the outcome is called, and what is said of it."""

    version: str = Field(default="0.1.0", pattern=r"^\d+\.\d+\.\d+$", description="semantic version of the data")


class RecipeFile(Settings):
    """The top level of a recipe as it is written."""

    name: str = Field(pattern=_NAME, description="name of the collection; lower case, digits, - _ .")
    seed: int = Field(default=0, ge=0, description="of every random choice")
    languages: str | tuple[str, ...] | None = Field(
        default=None,
        description="a group (aya101, aya_low, ...) or ISO 639-3 codes that all sources are limited to",
    )
    sources: tuple[dict[str, Any], ...] = Field(min_length=1)
    stages: tuple[dict[str, Any], ...] = ()
    mixture: dict[str, Any] | None = None
    release: Release = Release()
    allow: Allow = Allow()


class SourceFile(Settings):
    """What every source of a recipe may say, beside the settings of its plug-in."""

    use: str
    name: str | None = Field(default=None, pattern=_NAME)
    license: str | None = Field(default=None, min_length=1, description="SPDX id where there is one")
    revision: str | None = Field(default=None, min_length=1, description="commit, tag or date of the data")
    citation: str | None = Field(default=None, min_length=1, description="whom to cite")
    url: str | None = None
    origin: Literal["human", "template", "translation", "synthetic"] = "human"
    task_type: str | None = None
    split: str = "train"
    language: str | None = Field(default=None, description="language of all items, where no column says it")
    columns: dict[str, Any] | None = None
    templates: str | tuple[str, ...] | dict[str, Any] | None = None
    size: Size | None = Field(default=None, description="how large it is said to be, for `aya plan --cluster`")


class MixtureSettings(Protocol):
    """What a recipe needs of `collection.mixture`."""

    def faults(self, sources: Iterable[str]) -> list[str]:
        """Return what does not fit the names of the sources."""

    def plan(self, sizes: Mapping[tuple[str, str, str], int]) -> BaseModel:
        """Return the plan for rows by (source, dataset, language)."""

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return the same settings but for a few."""


@dataclass(frozen=True, kw_only=True)
class SourceEntry:
    """A source of a recipe, ready to be planned."""

    about: About
    source: Source
    renderer: Renderer
    size: Size | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A checked recipe."""

    path: Path
    text: str
    name: str
    seed: int
    languages: tuple[str, ...] | None
    sources: tuple[SourceEntry, ...]
    stages: tuple[AnyStage, ...]
    mixture: MixtureSettings | None
    release: Release
    allow: Allow


def load_recipe(path: Path, *, data: Path | None = None, glance: bool = False) -> Recipe:
    """Read and check a recipe; paths in it are below its own folder or below `data`.

    With `glance` columns that the recipe names are looked for in the first rows of the files.
    Raises: RecipeError with every fault.
    """
    text, raw, lines = read_yaml(path, "recipe")
    roots = [root.resolve() for root in (path.parent, *([data] if data else []))]
    reader = _Reader(path=path, lines=lines, roots=roots, glance=glance)
    recipe = reader.recipe(raw, text)
    if recipe is None or reader.faults:
        raise RecipeError(f"{path}:{line}: {message}" for line, message in sorted(set(reader.faults)))
    return recipe


@dataclass
class _Reader:
    """Reads one recipe and keeps its faults as (line, message)."""

    path: Path
    lines: Lines
    roots: Sequence[Path]
    glance: bool = False
    faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, place: Place, message: str) -> None:
        self.faults.append((self.lines[place], message))

    def recipe(self, raw: object, text: str) -> Recipe | None:
        """Return the recipe; None, or any with `faults`, is not to be used."""
        if not isinstance(raw, dict):
            self.fault((), "a recipe is a mapping with name, sources and stages")
            return None
        top = self.model(RecipeFile, raw, ())
        seed = raw["seed"] if isinstance(raw.get("seed"), int) else 0
        wanted = self.languages(raw.get("languages"))
        entries = [
            self.source(item, ("sources", index), seed=seed, wanted=wanted)
            for index, item in enumerate(_mappings(raw.get("sources")))
        ]
        sources = tuple(entry for entry in entries if entry)
        self.unique(sources)
        kept = {name for entry in sources for name in getattr(entry.renderer, "keep", ())}
        stages = self.stages(raw.get("stages"), seed=seed, kept=kept if all(entries) else None)
        self.guarded(sources, stages)
        mixture = self.mixture(raw.get("mixture"), seed=seed, known=[entry.about.name for entry in sources])
        if top is None:
            return None
        return Recipe(
            path=self.path, text=text, name=top.name, seed=seed, languages=wanted, sources=sources,
            stages=stages, mixture=mixture, release=top.release, allow=top.allow,
        )  # fmt: skip

    def model(self, cls: type[Any], raw: Mapping[str, Any], place: Place) -> Any:
        """Return `cls` made of `raw`, or None with its faults noted."""
        try:
            return cls.model_validate(raw, context={"roots": self.roots})
        except ValidationError as error:
            for item in error.errors():
                self.fault((*place, *item["loc"]), _say(item, cls))
        except RecipeError as error:
            for fault in error.faults:
                self.fault(place, fault)
        except UserError as error:
            self.fault(place, str(error))
        return None

    def languages(self, raw: object) -> tuple[str, ...] | None:
        """Return the codes of a group or a list."""
        if raw is None:
            return None
        if isinstance(raw, str):
            try:
                return languages.group(raw)
            except UserError as error:
                self.fault(("languages",), str(error))
                return None
        found = []
        for index, code in enumerate(raw if isinstance(raw, list) else [raw]):
            resolved = languages.resolve(str(code))
            if resolved is None:
                self.fault(("languages", index), unknown("language", str(code), languages.codes()))
            else:
                found.append(resolved.language)
        return tuple(found)

    def source(
        self, raw: Mapping[str, Any], place: Place, *, seed: int, wanted: tuple[str, ...] | None
    ) -> SourceEntry | None:
        """Return a source with its facts and its renderer."""
        target = self.use(raw, place, "SOURCES", "source")
        common = self.model(SourceFile, {name: raw[name] for name in SourceFile.model_fields if name in raw}, place)
        if target is None or common is None:
            return None
        cls = load(target)
        common_names = SourceFile.model_fields.keys() - cls.model_fields.keys()
        own = {name: value for name, value in raw.items() if name not in common_names}
        self.unknown_names(own, cls, place, also=SourceFile)
        source = self.model(cls, _seeded(cls, {k: v for k, v in own.items() if k in cls.model_fields}, seed), place)
        about = self.about(common, source, place, wanted=wanted, seed=seed)
        says_it = source is None and hasattr(cls, "named")  # how records are made, if it had no fault
        renderer = None if says_it else self.renderer(common, source, place, seed=seed)
        if self.glance and source is not None and renderer is not None:
            self.columns(source, renderer, place)
        if source is None or about is None or renderer is None:
            return None
        return SourceEntry(about=about, source=source, renderer=renderer, size=common.size)

    def about(
        self, common: SourceFile, source: Any, place: Place, *, wanted: tuple[str, ...] | None, seed: int
    ) -> About | None:
        """Return the facts of a source: those of the recipe before those that the plug-in knows."""
        known: dict[str, str] = dict(source.facts()) if hasattr(source, "facts") else {}
        said = common.model_dump(exclude={"use", "columns", "templates", "size"}, exclude_none=True)
        facts = {"name": common.use.rpartition(".")[2], "languages": wanted, "seed": seed} | known | said
        missing = [name for name in ("license", "revision", "citation") if name not in facts]
        for name in missing:
            self.fault(place, f"source '{facts['name']}' does not say its {name}")
        if common.language is not None and languages.resolve(common.language) is None:
            self.fault((*place, "language"), unknown("language", common.language, languages.codes()))
        return None if missing else About.model_validate(facts)

    def renderer(self, common: SourceFile, source: Any, place: Place, *, seed: int) -> Any:
        """Return the column mapping or the templates of a source, or what it says itself."""
        if hasattr(source, "named"):
            return self.model(load(COLUMNS), source.named(), place)
        if (common.columns is None) == (common.templates is None):
            self.fault(place, "a source has either columns or templates")
            return None
        if common.columns is not None:
            return self.model(load(COLUMNS), common.columns, (*place, "columns"))
        said = common.templates
        settings = said if isinstance(said, dict) else {"paths": [said] if isinstance(said, str) else said}
        cls = load(TEMPLATES)
        return self.model(cls, _seeded(cls, settings, seed), (*place, "templates"))

    def columns(self, source: Any, renderer: Any, place: Place) -> None:
        """Note every column that the recipe names and the files do not have."""
        if not hasattr(source, "glance") or not hasattr(renderer, "wanted"):
            return
        missing: dict[tuple[str, str], str] = {}
        try:
            for part, known in source.glance():
                for setting, names in renderer.wanted().items():
                    for name in set(names).difference(known):
                        said = f"{part}: {unknown('column', name, known)}; columns are {', '.join(known)}"
                        missing.setdefault((setting, name), said)
        except UserError as error:
            self.fault(place, str(error))
        for (setting, _), said in missing.items():
            self.fault((*place, "columns", setting), said)

    def stages(self, raw: object, *, seed: int, kept: set[str] | None) -> tuple[AnyStage, ...]:
        """Return the stages; each may read only what is there by then, in the records of some source at least.

        What sources keep is not known (None) while one of them has a fault.
        """
        found: list[AnyStage] = []
        there = {*SCHEMA.names, *(kept or ())}
        for index, item in enumerate(_mappings(raw)):
            place: Place = ("stages", index)
            target = self.use(item, place, "STAGES", "stage")
            if target is None:
                continue
            cls = load(target)
            settings = {name: value for name, value in item.items() if name != "use"}
            self.unknown_names(settings, cls, place)
            known = {name: value for name, value in settings.items() if name in cls.model_fields}
            stage = self.model(cls, _seeded(cls, known, seed), place)
            for column in sorted(set(cls.reads) - there) if kept is not None else ():
                unwritten = "which no source keeps and no stage before it writes"
                self.fault(place, f"stage '{item['use']}' reads column '{column}', {unwritten}")
            there |= set(cls.writes)
            if stage is not None:
                found.append(stage)
        return tuple(found)

    def guarded(self, sources: Sequence[SourceEntry], stages: Sequence[AnyStage]) -> None:
        """Note sources whose rows count only after a stage that the recipe does not have."""
        there = {stage.name for stage in stages}
        for entry in sources:
            needed = getattr(entry.source, "needs_stage", None)
            if needed and needed not in there:
                why = f"its rows count only after the stage '{needed}'; or say why not: `unguarded: REASON`"
                self.fault(("sources",), f"source '{entry.about.name}': {why}")

    def mixture(self, raw: object, *, seed: int, known: list[str]) -> MixtureSettings | None:
        """Return the mixture; it may name sources of the recipe only."""
        if not isinstance(raw, dict):
            return None
        cls = load(MIXTURE)
        self.unknown_names(raw, cls, ("mixture",))
        settings = {name: value for name, value in raw.items() if name in cls.model_fields}
        made: MixtureSettings | None = self.model(cls, _seeded(cls, settings, seed), ("mixture",))
        for fault in made.faults(known) if made else ():
            self.fault(("mixture",), fault)
        return made

    def use(self, raw: Mapping[str, Any], place: Place, plugins: str, kind: str) -> str | None:
        """Return the target of the plug-in that `use` names."""
        name = raw.get("use")
        if not isinstance(name, str):
            self.fault(place, f"a {kind} names its plug-in: `use: folder.name`")
            return None
        known = names(plugins)
        if name not in known:
            self.fault((*place, "use"), unknown(kind, name, known))
        return known.get(name)

    def unknown_names(self, raw: Mapping[str, Any], cls: Any, place: Place, also: Any = None) -> None:
        """Note every setting that the plug-in does not have."""
        known = [*cls.model_fields, *(also.model_fields if also else ())]
        for name in raw:
            if name not in known:
                self.fault((*place, name), unknown("setting", str(name), known))

    def unique(self, sources: Sequence[SourceEntry]) -> None:
        """Note every name that two sources share: it would be in the ids of both."""
        seen: set[str] = set()
        for entry in sources:
            if entry.about.name in seen:
                self.fault(("sources",), f"two sources are called '{entry.about.name}'; give one a `name`")
            seen.add(entry.about.name)


def _mappings(raw: object) -> list[Mapping[str, Any]]:
    return [item if isinstance(item, dict) else {} for item in raw] if isinstance(raw, list) else []


def _seeded(cls: Any, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Give a plug-in that has a `seed` the seed of the recipe, unless it has one of its own."""
    return {"seed": seed} | settings if "seed" in cls.model_fields else settings


def _say(error: Mapping[str, Any], cls: Any) -> str:
    """Return one fault of pydantic in our words."""
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return unknown("setting", str(error["loc"][-1]), cls.model_fields)
    if error["type"] == "missing":
        return f"setting '{name}' is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    shown = (
        f", not {given!r}" if isinstance(given, str | int | float | bool) and "Value error" not in error["msg"] else ""
    )
    return f"{name}: {message}{shown}" if name else message
