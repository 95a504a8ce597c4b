"""The reference, written from the code: plug-ins with settings, verbs with options, recipe, record."""

import inspect
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, get_args

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aya.cli import app
from aya.recipe import COLUMNS, MIXTURE, RecipeFile, SourceFile
from aya.stage import load, names
from aya.table import SCHEMA
from docs.value_types import words

NOTE = "<!-- written from the code by docs/reference.py -->\n\n"


def pages() -> dict[str, str]:
    """Return the pages of the reference by name."""
    return {"stages.md": plug_ins(), "commands.md": verbs(), "recipe.md": recipe(), "record.md": record()}


def plug_ins() -> str:
    """Return the page of all sources and stages."""
    parts = [NOTE + "# Sources and stages\n\n`aya stages NAME` prints the same."]
    for title, table in (("Sources", "SOURCES"), ("Stages", "STAGES")):
        parts.append(f"## {title}")
        for name, target in sorted(names(table).items()):
            cls = load(target)
            parts += [f"### {name} {{ #{name} }}", _prose(cls), f"Version {cls.version}.", *_settings(cls)]
    return "\n\n".join(parts) + "\n"


def recipe() -> str:
    """Return the page of a recipe's own settings."""
    parts = [
        NOTE + "# The recipe\n\n`aya schema` prints the same as JSON Schema, for editors. See [recipes](../recipes.md)."
    ]
    titles = {"Top level": RecipeFile, "Every source": SourceFile, "Columns": load(COLUMNS), "Mixture": load(MIXTURE)}
    for title, cls in titles.items():
        parts += [f"## {title}", _prose(cls), *_settings(cls)]
    return "\n\n".join(parts) + "\n"


def record() -> str:
    """Return the page of the record's columns."""
    rows = ((f"`{field.name}`", str(field.type), "" if field.nullable else "never null") for field in SCHEMA)
    title = "# The record\n\nWhat columns mean: [architecture](../architecture.md#a-record); stages may add more."
    return NOTE + title + "\n\n" + _table(("column", "type", ""), rows) + "\n"


def verbs() -> str:
    """Return the page of all verbs with their options."""
    parts = [NOTE + "# Every command\n\n[Commands](../commands.md) explains the usual ones."]
    for name, command in commands():
        anchor = name.replace(" ", "-")
        example = (command.epilog or "").removeprefix("Example: ")
        rows = ((_words(option), _default(option), _help(option)) for option in command.params)
        parts += [f"## {name} {{ #{anchor} }}", inspect.cleandoc(command.help or ""), f"```sh\n{example}\n```"]
        parts.append(_table(("", "default", ""), rows) if command.params else "No options.")
    return "\n\n".join(parts) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every verb that help shows, those in groups too, as (`aya release push`, command)."""
    yield from _inside(typer.main.get_command(app), "aya")


def _inside(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    for verb, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _inside(command, f"{name} {verb}")
        elif not command.hidden:
            yield f"{name} {verb}", command


def _words(option: Any) -> str:
    flags = " ".join(f"`{flag}`" for flag in option.opts)
    return flags if option.param_type_name == "option" else f"`{option.metavar or option.name.upper()}`"


def _default(option: Any) -> str:
    if option.required:
        return "required"
    return "" if option.default in (None, False) or callable(option.default) else f"`{option.default}`"


def _help(option: Any) -> str:
    choices = getattr(getattr(option, "type", None), "choices", ())
    told = ", ".join(f"`{choice.value if isinstance(choice, Enum) else choice}`" for choice in choices)
    return f"{option.help or ''}{f' ({told})' if told else ''}"


def settings(cls: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every setting of a model, those of models inside it by `outer.inner`."""
    for name, field in cls.model_fields.items():
        yield before + name, field
        for inner in _models(field.annotation):
            yield from settings(inner, f"{before}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _settings(cls: type[BaseModel]) -> Iterator[str]:
    rows = [(f"`{name}`", words(field), _value(field), _meaning(field)) for name, field in settings(cls)]
    yield _table(("setting", "takes", "default", "meaning"), rows) if rows else "No settings."


def _meaning(field: FieldInfo) -> str:
    """Return what a setting is for; of one that is a model, what that says of itself."""
    kind = field.annotation
    own = _prose(kind).partition("\n\n")[0] if isinstance(kind, type) and issubclass(kind, BaseModel) else ""
    return field.description or own


def _value(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=False) if field.default_factory is None else ...
    if default is None or default is ...:
        return ""
    if isinstance(default, BaseModel):
        return "see below"
    return f"`{' '.join(str(list(default) if isinstance(default, tuple | frozenset) else default).split())}`"


def _prose(cls: type) -> str:
    return inspect.getdoc(cls) or ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *rows]
    lines.insert(1, ["---"] * len(lines[0]))  # type: ignore[arg-type]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
