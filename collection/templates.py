"""Templates: items into records by Jinja, in the item's own language where somebody wrote it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, NamedTuple, Self

import pyarrow as pa
from pydantic import BeforeValidator, Field, model_validator

from aya import languages
from aya.errors import RecipeError
from aya.stage import About, InputPath, Settings
from aya.text import hash64
from collection import promptsource, template_files
from collection.items import EVIDENCE, FAULT, KEY
from collection.records import Draft, assemble
from collection.rendering import Failure
from collection.template_files import Task, Template, is_promptsource, missing
from collection.template_limits import Meter
from collection.time_limit import OutOfTime, limited

SLICE = 256  # items that share one timer
SHOWN = 200  # characters of a column in the evidence
ENGLISH = ("eng", None)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str | Path) else value


class Templates(Settings):
    """Make records of items: every item meets some templates of every task that it fits.

    Prompts are in the language (and script) of the item where the task has templates for it, else in
    English. What fails is a record with a reason: `docs/templates.md` lists the reasons.
    """

    version: ClassVar[int] = 1

    paths: Annotated[tuple[InputPath, ...], BeforeValidator(_listed)] = Field(
        min_length=1, description="template files, ours or PromptSource's, or folders of them"
    )
    seed: int = Field(default=0, description="of the choice of templates, and of random draws in them")
    language: str = Field(default="language", description="column with an item's language, where the task names none")
    per_item: int | None = Field(
        default=None, ge=1, description="templates of a task that an item gets; as the files say when left out"
    )
    original_task: bool = Field(
        default=False, description="of PromptSource, only templates for the task its data set was made for"
    )
    seconds: float = Field(default=2.0, gt=0, description="processor time of one rendering at most")

    @model_validator(mode="after")
    def _compile(self) -> Self:
        """Find the faults of the files while the recipe is checked; RecipeError lists all of them."""
        self.tasks()
        return self

    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks of all files, compiled once per process.

        Raises: RecipeError with every fault, each with file and line.
        """
        return _tasks(_files(self.paths), self.original_task)

    def __call__(self, items: pa.Table, *, about: About, part: str) -> pa.Table:
        """Return the records of the items, in their order."""
        batch = _Batch(settings=self, about=about, part=part, columns=items.column_names)
        return assemble(batch.drafts(rows(items, batch.reads)), about=about, part=part)


# -- files -----------------------------------------------------------------------------------------


class _File(NamedTuple):
    """A file as it is now: when it changes, it is compiled again."""

    path: Path
    changed: int
    size: int


def _files(paths: Sequence[Path]) -> tuple[_File, ...]:
    absent = [missing(path) for path in paths if not path.exists()]
    if absent:
        raise RecipeError(absent)
    found = [file for path in paths for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]
    if not found:
        raise RecipeError(f"no template file (*.yaml) in '{path}'" for path in paths)
    return tuple(_File(file, file.stat().st_mtime_ns, file.stat().st_size) for file in dict.fromkeys(found))


@lru_cache(maxsize=16)
def _tasks(files: tuple[_File, ...], original_task: bool) -> tuple[Task, ...]:
    faults: list[str] = []
    found: dict[str, tuple[Path, Task]] = {}
    for file in files:
        try:
            for task in _read(file.path, original_task):
                other = found.setdefault(task.id, (file.path, task))
                if other[1] is not task:
                    faults.append(f"{file.path}:1: templates '{task.id}' are in {other[0]} already; rename the file")
        except RecipeError as error:
            faults.extend(error.faults)
    if faults:
        raise RecipeError(faults)
    return tuple(task for _, task in found.values())


def _read(path: Path, original_task: bool) -> tuple[Task, ...]:
    if is_promptsource(path):
        return promptsource.read(path, original_task=original_task)
    return template_files.read(path)


# -- items -----------------------------------------------------------------------------------------


def rows(items: pa.Table, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the items as mappings of those of the named columns that there are."""
    there = [name for name in items.column_names if name in set(names)]
    columns = [items[name].to_pylist() for name in there]
    return (dict(zip(there, values, strict=True)) for values in zip(*columns, strict=True))


class _Job(NamedTuple):
    """One template for one item; without a template, a draft that is ready or failed before."""

    draft: dict[str, Any]
    variables: Mapping[str, Any] = MappingProxyType({})
    template: Template | None = None


class _Batch:
    """The templates at work on the items of one table."""

    def __init__(self, *, settings: Templates, about: About, part: str, columns: Iterable[str]) -> None:
        self.settings, self.about, self.part = settings, about, part
        self.tasks, self.columns = settings.tasks(), frozenset(columns)
        self.reads = _reads(self.tasks) | {KEY, FAULT, EVIDENCE, settings.language}
        self._column = next((task.language for task in self.tasks if task.language), settings.language)
        self._pool = cache(_pool)
        self._names = cache(_names)
        self._origin = "template" if about.origin == "human" else about.origin

    def drafts(self, items: Iterable[dict[str, Any]]) -> Iterator[Draft]:
        """Yield the drafts of the items; a few hundred items at a time share one timer."""
        waiting = iter(items)
        while few := list(islice(waiting, SLICE)):
            yield from self._rendered(few)

    def _rendered(self, items: Sequence[dict[str, Any]]) -> list[Draft]:
        jobs = (job for item in items for job in self._jobs(item))
        try:
            return limited(lambda: [self._draft(job) for job in jobs], seconds=self.settings.seconds)
        except OutOfTime:  # which one was it?
            return [self._alone(job) for item in items for job in self._jobs(item)]

    def _alone(self, job: _Job) -> Draft:
        try:
            return limited(lambda: self._draft(job), seconds=self.settings.seconds)
        except OutOfTime:
            late = Failure("too slow", f"more than {self.settings.seconds} seconds")
            return job.draft | _failed(late, job.variables, template=job.draft["template_id"])

    def _draft(self, job: _Job) -> Draft:
        if job.template is None:
            return job.draft
        name = f"{self.part}\0{job.draft['key']}\0{job.template.id}"
        try:
            rendered = job.template.program.render(job.variables, meter=Meter(seed=self.settings.seed, name=name))
        except Failure as failure:
            return job.draft | _failed(failure, job.variables, template=job.template.id)
        return job.draft | {"inputs": rendered.inputs, "targets": rendered.targets}

    def _jobs(self, item: dict[str, Any]) -> Iterator[_Job]:
        """Yield what is to be rendered for an item, or the reason why nothing is."""
        key, code = item[KEY], self._code(self._column, item)
        if item.get(FAULT) is not None:
            yield _Job(_faulty(item, code))
            return
        if not self._wanted(code):  # `assemble` says so, once, before templates into other languages are at work
            yield _Job({"key": key, "language": code})
            return
        none = True
        for task in self.tasks:
            try:
                if task.condition is not None and not task.condition(item):
                    continue
                yield from self._jobs_of(task, item)
            except Failure as failure:
                code = self._code(task.language or self.settings.language, item)
                reason = _failed(failure, item, template=task.id)
                yield _Job({"key": key, "language": code, "template_id": task.id, **reason})
            none = False
        if none:
            unfit = Failure("no template for this item", "it fits no task")
            yield _Job({"key": key, "language": code, **_failed(unfit, item, template=None)})

    def _wanted(self, code: str | None) -> bool:
        """Tell whether the source is to have items of a language; of an unknown one the tasks say more."""
        found = languages.resolve(code) if code else None
        return found is None or self.about.languages is None or found.language in self.about.languages

    def _jobs_of(self, task: Task, item: dict[str, Any]) -> Iterator[_Job]:
        code = self._code(task.language or self.settings.language, item)
        found = languages.resolve(code) if code else None
        if found is None:  # `assemble` says so
            yield _Job({"key": item[KEY], "language": code, "template_id": task.id})
            return
        pool = self._pool(task, found)
        if not pool:
            raise Failure("no template in this language", f"none in {found.language}, none in English")
        variables = item | self._names(found.language)
        for template in self._chosen(task, pool, item[KEY]):
            yield _Job(self._start(template, item, code), variables, template)

    def _chosen(self, task: Task, pool: tuple[Template, ...], key: str) -> Sequence[Template]:
        """Return as many of the templates as an item gets, by the seed and the item's key."""
        num = self.settings.per_item or task.per_item
        if num >= len(pool):
            return pool
        left = list(range(len(pool)))
        draws = (hash64(f"{self.part}\0{key}\0{task.id}\0{index}", seed=self.settings.seed) for index in range(num))
        return [pool[index] for index in sorted(left.pop(draw % len(left)) for draw in draws)]

    def _start(self, template: Template, item: Mapping[str, Any], code: str | None) -> dict[str, Any]:
        target = template.target_language
        if target is not None:
            code = self._code(target, item) if target in self.columns else target
        return {
            "origin": self._origin,
            **template.facts,
            "key": item[KEY],
            "language": template.language or code if target is None else code,
            "template_id": template.id,
            "item": template.story,
        }

    def _code(self, column: str, item: Mapping[str, Any]) -> str | None:
        """Return the language of an item as its source writes it."""
        code = item.get(column)
        return self.about.language if code is None or code == "" else str(code)


def _reads(tasks: Sequence[Task]) -> set[str]:
    """Return the columns that the templates can ask for."""
    names: set[str | None] = set()
    for task in tasks:
        names |= {task.language, *(task.condition.reads if task.condition else ())}
        for template in chain.from_iterable(task.templates.values()):
            names |= {template.target_language, *template.program.reads}
    return {name for name in names if name}


def _pool(task: Task, found: languages.Found) -> tuple[Template, ...]:
    """Return the templates for a language: in its script, else in it, else in English."""
    for prompt in ((found.language, found.script), (found.language, None), ENGLISH):
        if prompt in task.templates:
            return task.templates[prompt]
    return ()


def _names(code: str) -> dict[str, str | None]:
    """Return what a template sees beside the columns of the item."""
    language = languages.get(code)
    return {"language_name": language.name, "language_endonym": language.endonym}


def _faulty(item: Mapping[str, Any], code: str | None) -> dict[str, Any]:
    """Return the draft of an item that its source could not read."""
    evidence = item.get(EVIDENCE)
    return {
        "key": item[KEY],
        "language": code,
        "drop": f"collection.source: {item[FAULT]}",
        "evidence": json.loads(evidence) if evidence else None,
    }


def _failed(failure: Failure, item: Mapping[str, Any], *, template: str | None) -> dict[str, Any]:
    """Return the reason of a failed draft; the evidence shows the item, as far as the templates read it."""
    shown = {name: str(item[name])[:SHOWN] for name in sorted(item) if name[0] != "_" and item[name] is not None}
    evidence = {"message": str(failure), "item": shown} | ({"template_id": template} if template else {})
    return {"drop": f"collection.templates: {failure.reason}", "evidence": evidence}
