"""PromptSource's template files, read as they are.

References: Bach et al. 2022, PromptSource. Its `!Template` objects are read as plain mappings: nothing of
a file is run but its Jinja, and that in our sandbox.
"""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aya import languages
from aya.errors import RecipeError, unknown
from collection.rendering import SEPARATOR
from collection.template_files import Document, Prompt, Task, Template, compiled, compose, story


class Metadata(BaseModel):
    """What a file says about a template; other keys are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    original_task: bool | None = None
    """Whether it asks for the task that the data set was made for."""
    languages: tuple[str, ...] | None = None
    """ISO 639-1 codes of the prompt's languages, not of the data's."""


class Entry(BaseModel):
    """One template of a file; other keys are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
    name: str = ""
    jinja: str
    answer_choices: str | None = None
    metadata: Metadata = Metadata()


class File(BaseModel):
    """A whole file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dataset: str = Field(min_length=1)
    subset: str | None = None
    templates: dict[str, Entry]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # with libyaml ten times as fast
    """Safe YAML, with PromptSource's two tags as mappings."""


def _mapping(loader: Any, node: yaml.MappingNode) -> Any:
    return loader.construct_mapping(node, deep=True)


Loader.add_constructor("!Template", _mapping)
Loader.add_constructor("!TemplateMetadata", _mapping)


def read(path: Path, *, original_task: bool = False) -> tuple[Task, ...]:
    """Return the one task of a PromptSource file.

    `original_task`: only templates for the task that the data set was made for.
    Raises: RecipeError with every fault, each with file and line.
    """
    document = compose(path, Loader)
    file = _file(document)
    name = "/".join(["promptsource", file.dataset, *([file.subset] if file.subset else [])])
    found: dict[Prompt, tuple[Template, ...]] = {}
    for key, entry in file.templates.items():
        if original_task and not entry.metadata.original_task:
            continue
        prompt = _prompt(document, key, entry)
        template = _template(document, file, key, prompt=prompt, name=name)
        if template is not None:
            found[prompt] = (*found.get(prompt, ()), template)
    document.check()
    return (Task(id=name, condition=None, language=None, per_item=1, templates=found),)


def _file(document: Document) -> File:
    if document.root is None:
        raise RecipeError([f"{document.path}: the file is empty"])
    _note_lines(document, document.root)
    try:
        return File.model_validate(_construct(document.root))
    except ValidationError as error:
        for item in error.errors():
            document.fault(tuple(item["loc"]), f"'{item['loc'][-1] if item['loc'] else 'file'}': {item['msg']}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        document.faults.append((mark.line + 1 if mark else 1, str(error.problem)))
    document.check()
    raise AssertionError("a fault was noted")


def _construct(root: yaml.Node) -> Any:
    loader = Loader("")
    try:
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _note_lines(document: Document, root: yaml.Node) -> None:
    """Note where each template and each of its parts stands."""
    document.nodes[()] = root
    for key, value in _pairs(root):
        document.nodes[(key,)] = value
        for name, template in _pairs(value):
            document.nodes[key, name] = template
            document.nodes |= {(key, name, part): node for part, node in _pairs(template)}


def _pairs(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    return [(str(key.value), value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []


def _prompt(document: Document, key: str, entry: Entry) -> Prompt:
    """Return the language of a prompt; many files say none, and most of those are English."""
    code = (entry.metadata.languages or ("en",))[0]
    found = languages.resolve(code)
    if found is None:
        document.fault(("templates", key, "metadata"), unknown("language", code, languages.codes()))
        return code, None
    return found.language, None


def _template(document: Document, file: File, key: str, *, prompt: Prompt, name: str) -> Template | None:
    entry = file.templates[key]
    text = entry.jinja.replace("|||", SEPARATOR)
    choices = None if entry.answer_choices is None else entry.answer_choices.replace("|||", SEPARATOR)
    program = compiled(document, ("templates", key, "jinja"), text, choices)
    if program is None:
        return None
    said = {"prompt_language": prompt[0]} if entry.metadata.languages else {}
    facts = {"dataset_name": file.dataset, "sub_dataset_name": file.subset}
    return Template(
        id=f"{name}/{entry.id}",
        program=program,
        prompt=prompt,
        facts={column: value for column, value in facts.items() if value},
        story={**story(text, choices), "template_name": entry.name} | said,
    )
