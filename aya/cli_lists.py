"""What there is to choose from: `aya stages`, `aya languages`, `aya schema`."""

import dataclasses
import inspect
import json
from typing import Annotated, Any

import pydantic_core
import typer
from pydantic.fields import FieldInfo
from rich.table import Table

from aya import languages
from aya.errors import UserError, unknown
from aya.recipe_schema import schema as recipe_schema
from aya.stage import load, names
from aya.terminal import AsJson, out, print_json, safe


def stages(
    name: Annotated[str | None, typer.Argument(help="one plug-in, with its settings")] = None,
    as_json: AsJson = False,
) -> None:
    """List the stages and sources, or one of them with its settings."""
    known = names("SOURCES") | names("STAGES")
    if name is not None and name not in known:
        raise UserError(unknown("stage or source", name, known))
    if as_json:
        print_json([_described(one, load(known[one])) for one in sorted(known) if name in (None, one)])
        return
    if name is None:
        for kind, table in (("sources", "SOURCES"), ("stages", "STAGES")):
            out.print(kind, style="bold")
            for plugin, target in sorted(names(table).items()):
                out.print(f"  {plugin:28} {(load(target).__doc__ or '').splitlines()[0]}", markup=False)
        return
    cls = load(known[name])
    out.print(f"{name}, version {cls.version}\n\n{inspect.getdoc(cls)}\n", markup=False)
    for field, info in cls.model_fields.items():
        default = "required" if info.is_required() else f"default {_plain(info)}"
        out.print(f"  {field} ({default}): {info.description or ''}", markup=False)


def _plain(info: FieldInfo) -> str:
    """Return a default as one would write it into a recipe."""
    value = info.get_default(call_default_factory=True, validated_data={})
    return json.dumps(pydantic_core.to_jsonable_python(value), ensure_ascii=False)


def _described(name: str, cls: Any) -> dict[str, Any]:
    """Return what a plug-in is, its settings as JSON Schema."""
    return {"name": name, "version": cls.version, "about": inspect.getdoc(cls), "settings": cls.model_json_schema()}


def list_languages(
    group: Annotated[str, typer.Argument(help="all, aya101, aya_low, aya_mid, aya_high, flores200, ...")] = "aya101",
    as_json: AsJson = False,
) -> None:
    """List languages with the code that records carry."""
    found = [languages.get(code) for code in languages.group(group)]
    if as_json:
        fields = dataclasses.fields(languages.Language)
        print_json([{field.name: getattr(item, field.name) for field in fields} for item in found])
        return
    shown = Table("code", "name", "own name", "script", "direction", "resource", box=None, header_style="bold")
    for item in found:
        shown.add_row(item.code, item.name, safe(item.endonym or ""), item.script, item.direction, item.resource or "")
    out.print(shown)


def schema() -> None:
    """Print the JSON Schema of recipes, for editors."""
    print_json(recipe_schema())
