"""Template files: our own YAML, read with every fault by file and line.

`docs/templates.md` describes the format; `collection.promptsource` reads the other one. Both give tasks,
and a task is templates by language, of which every item gets a few.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from aya import languages
from aya.errors import RecipeError, nearest, unknown
from aya.stage import Settings
from aya.text import digest
from collection.rendering import SEPARATOR, Condition, Program
from collection.template_syntax import TemplateFault, parse

MOST_VALUES = 200_000  # values of one file, counted along every alias
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"

Place = tuple[str | int, ...]
Prompt = tuple[str, str | None]
"""Language (ISO 639-3) of a prompt, and its script (ISO 15924) if the file says one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Template:
    """A template, compiled, and what it says of its records."""

    id: str
    """The `template_id` of a record."""
    program: Program
    prompt: Prompt
    language: str | None = None
    """A fixed code for the record, before that of the item."""
    target_language: str | None = None
    """A column or a code: the language of the targets where it is not that of the item."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Columns of the record: `task_type`, `origin`, `dataset_name`, `sub_dataset_name`."""
    story: Mapping[str, str] = field(default_factory=dict)
    """What provenance says of the template."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """Templates for one kind of item, by the language and script of their prompts."""

    id: str
    condition: Condition | None
    language: str | None
    """The item's column with its language."""
    per_item: int
    templates: Mapping[Prompt, tuple[Template, ...]]


# -- the shape of a file -------------------------------------------------------------------------


def _null(text: object) -> object:
    return None if text in ("", "~", "null") else text


Text = Annotated[str | None, BeforeValidator(_null)]


class TemplateEntry(Settings):
    """One template as it is written."""

    id: str = Field(pattern=NAME, description="part of `template_id`; never use it for another text")
    inputs: str = Field(min_length=1, description="Jinja of the prompt")
    targets: str = Field(min_length=1, description="Jinja of the completion")
    answer_choices: Text = Field(default=None, description="Jinja of the answers, `|||` between them")
    task_type: Text = None
    origin: Literal["human", "template", "translation", "synthetic"] | None = None
    dataset_name: Text = None
    sub_dataset_name: Text = None
    language: Text = Field(default=None, description="fixed language of the record")
    target_language: Text = Field(default=None, description="column or code: language of the targets")


class TaskEntry(Settings):
    """One task as it is written."""

    task: str = Field(pattern=NAME, description="name, unique in the file")
    task_type: Text = None
    when: Text = Field(default=None, description="Jinja expression over the columns of an item")
    language: Text = Field(default=None, description="column with the language of the item")
    per_item: int = Field(default=1, ge=1, description="templates that each item gets")
    templates: dict[str, tuple[TemplateEntry, ...]] = Field(min_length=1)


class FileEntry(Settings):
    """A whole file as it is written."""

    tasks: tuple[TaskEntry, ...] = Field(min_length=1)


# -- YAML with lines -----------------------------------------------------------------------------


@dataclass(kw_only=True)
class Document:
    """A YAML file, composed, whose faults are kept."""

    path: Path
    root: yaml.Node | None = None
    faults: list[tuple[int, str]] = field(default_factory=list)
    nodes: dict[Place, yaml.Node] = field(default_factory=dict)

    def fault(self, place: Place, message: str, *, line: int | None = None) -> None:
        """Keep a fault of the value at a place; `line` counts inside the value's text."""
        while place and place not in self.nodes:
            place = place[:-1]
        node = self.nodes.get(place, self.root)
        start = 1 if node is None else node.start_mark.line + 1
        if line is not None and isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            start += line if node.style == "|" else 1
        elif line is not None and line > 1:
            message += f" (line {line} of the text)"
        self.faults.append((start, message))

    def check(self) -> None:
        """Raise the faults, if there are any.

        Raises: RecipeError.
        """
        if self.faults:
            raise RecipeError(f"{self.path}:{line}: {message}" for line, message in sorted(set(self.faults)))


def compose(path: Path, loader: Any = None) -> Document:
    """Read a YAML file without making anything of it.

    Raises: RecipeError.
    """
    document = Document(path=path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        document.root = yaml.compose(text, Loader=loader or getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path}: can not be read: {error}"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RecipeError([f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context}"]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise RecipeError([f"{path}: not YAML: {str(error).splitlines()[0]}"]) from error
    return document


def _texts(document: Document, node: yaml.Node, place: Place) -> Any:
    """Return the data of a node, all scalars as the texts they are (`no` stays `no`)."""
    document.nodes[place] = node
    if len(document.nodes) > MOST_VALUES:
        raise RecipeError([f"{document.path}: more than {MOST_VALUES} values (do aliases repeat themselves?)"])
    if isinstance(node, yaml.SequenceNode):
        return [_texts(document, item, (*place, index)) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            document.faults.append((key.start_mark.line + 1, f"key '{name}' stands here a second time"))
        found[name] = _texts(document, value, (*place, name))
    return found


# -- reading -------------------------------------------------------------------------------------

_MODELS: Mapping[int, type[Settings]] = {1: FileEntry, 3: TaskEntry, 6: TemplateEntry}


def read(path: Path) -> tuple[Task, ...]:
    """Return the tasks of a file of our own format.

    Raises: RecipeError with every fault, each with file and line.
    """
    document = compose(path)
    raw = {} if document.root is None else _texts(document, document.root, ())
    try:
        entry = FileEntry.model_validate(raw)
    except ValidationError as error:
        for item in error.errors():
            document.fault(tuple(item["loc"]), _say(item))
        document.check()
        raise
    _unique(document, ("tasks",), (task.task for task in entry.tasks))
    tasks = [_task(document, task, ("tasks", index)) for index, task in enumerate(entry.tasks)]
    document.check()
    return tuple(task for task in tasks if task is not None)


def _say(item: Any) -> str:
    """Return one fault of pydantic in our words."""
    name = str(item["loc"][-1]) if item["loc"] else "file"
    if item["type"] == "extra_forbidden":
        return unknown("setting", name, _MODELS.get(len(item["loc"]), TaskEntry).model_fields)
    if item["type"] == "missing":
        return f"'{name}' is missing"
    return f"'{name}': {item['msg']}"


def _task(document: Document, entry: TaskEntry, place: Place) -> Task | None:
    name = f"{document.path.stem}/{entry.task}"
    found: dict[Prompt, tuple[Template, ...]] = {}
    for key, listed in entry.templates.items():
        below = (*place, "templates", key)
        prompt = prompt_language(document, below, key)
        if not listed:
            document.fault(below, f"no template for '{key}'")
        _unique(document, below, (item.id for item in listed))
        made = [
            _template(document, item, (*below, index), name=f"{name}/{key}/{item.id}", prompt=prompt, task=entry)
            for index, item in enumerate(listed)
        ]
        found[prompt] = tuple(item for item in made if item is not None)
    return Task(
        id=name,
        condition=_condition(document, (*place, "when"), entry.when),
        language=entry.language,
        per_item=entry.per_item,
        templates=found,
    )


def prompt_language(document: Document, place: Place, key: str) -> Prompt:
    """Return the language and script that a key such as `yor` or `srp_Latn` says."""
    code, _, script = key.partition("_")
    found = languages.resolve(key)
    if found is None:
        document.fault(place, unknown("language", key, languages.codes()))
    elif found.language != code or (script and found.script != script):
        right = f"{found.language}_{found.script}" if script else found.language
        document.fault(place, f"'{key}' is written '{right}' here")
    return code, script or None


def _condition(document: Document, place: Place, text: str | None) -> Condition | None:
    try:
        return None if text is None else Condition(text)
    except TemplateFault as fault:
        document.fault(place, f"'when': {fault}", line=fault.line)
        return None


def _template(
    document: Document, entry: TemplateEntry, place: Place, *, name: str, prompt: Prompt, task: TaskEntry
) -> Template | None:
    texts = {"inputs": entry.inputs, "targets": entry.targets}
    if entry.answer_choices is not None:
        texts["answer_choices"] = entry.answer_choices.replace("|||", SEPARATOR)
    if entry.language is not None and languages.resolve(entry.language) is None:
        document.fault((*place, "language"), unknown("language", entry.language, languages.codes()))
    whole = [_parses(document, (*place, part), text) for part, text in texts.items()]
    if not all(whole):
        return None
    text = f"{entry.inputs}{SEPARATOR}{entry.targets}"
    program = compiled(document, (*place, "inputs"), text, texts.get("answer_choices"))
    if program is None:
        return None
    facts = {
        "task_type": entry.task_type or task.task_type,
        "origin": entry.origin,
        "dataset_name": entry.dataset_name,
        "sub_dataset_name": entry.sub_dataset_name,
    }
    return Template(
        id=name,
        program=program,
        prompt=prompt,
        language=entry.language,
        target_language=entry.target_language,
        facts={column: value for column, value in facts.items() if value},
        story={**story(text, texts.get("answer_choices")), "prompt_language": "_".join(filter(None, prompt))},
    )


def _parses(document: Document, place: Place, text: str) -> bool:
    """Tell whether a part is whole by itself, so that a fault is found on its own line."""
    try:
        parse(text)
    except TemplateFault as fault:
        document.fault(place, f"'{place[-1]}': {fault}", line=fault.line)
        return False
    return True


def compiled(document: Document, place: Place, text: str, answer_choices: str | None) -> Program | None:
    """Return a template, compiled; None if that is a fault."""
    try:
        return Program(text, answer_choices=answer_choices)
    except TemplateFault as fault:
        document.fault(place, str(fault), line=fault.line)
        return None


def story(*texts: str | None) -> dict[str, str]:
    """Return what provenance says of a template: a hash of its text."""
    return {"template_hash": digest(*(text or "" for text in texts))}


def _unique(document: Document, place: Place, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            document.fault((*place, index), f"'{name}' stands here a second time")
        seen.add(name)


def missing(path: Path) -> str:
    """Return one line saying that there is no such file, with the nearest good name."""
    siblings = path.parent.iterdir() if path.parent.is_dir() else ()
    return f"no file or folder '{path}'{nearest(path.name, (item.name for item in siblings))}"


_PROMPTSOURCE = re.compile(r"^dataset\s*:", re.MULTILINE)


def is_promptsource(path: Path) -> bool:
    """Tell whether a file is one of PromptSource: it names its data set at the top level."""
    return bool(_PROMPTSOURCE.search(path.read_text(encoding="utf-8-sig", errors="replace")))
