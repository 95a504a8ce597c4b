"""JSON Schema of a recipe, for editors: every plug-in with its own settings."""

from typing import Any

from aya.recipe import COLUMNS, MIXTURE, RecipeFile, SourceFile
from aya.stage import load, names


def schema() -> dict[str, Any]:
    """Return the JSON Schema of recipes, made from the models that check them."""
    top = RecipeFile.model_json_schema()
    shared = _properties(SourceFile) | {"columns": _inline(load(COLUMNS))}
    properties = top["properties"]
    properties["sources"]["items"] = {"oneOf": [_plugin(name, target, shared) for name, target in _all("SOURCES")]}
    properties["stages"]["items"] = {"oneOf": [_plugin(name, target, {}) for name, target in _all("STAGES")]}
    properties["mixture"] = _inline(load(MIXTURE))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "title": "aya recipe"}


def _all(table: str) -> list[tuple[str, str]]:
    return sorted(names(table).items())


def _plugin(name: str, target: str, shared: dict[str, Any]) -> dict[str, Any]:
    inline = _inline(load(target))
    inline["properties"] = shared | inline.get("properties", {}) | {"use": {"const": name}}
    inline["required"] = ["use", *inline.get("required", [])]
    return inline


def _inline(cls: Any) -> dict[str, Any]:
    """Return the schema of a model; its definitions stay inside it, so references are made relative to it."""
    made: dict[str, Any] = cls.model_json_schema(ref_template="{model}")
    definitions = made.pop("$defs", {})
    resolved = _resolve(made, definitions)
    assert isinstance(resolved, dict)
    return resolved


def _resolve(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            return _resolve(definitions[value["$ref"]], definitions)
        return {name: _resolve(item, definitions) for name, item in value.items()}
    return [_resolve(item, definitions) for item in value] if isinstance(value, list) else value


def _properties(cls: Any) -> dict[str, Any]:
    found: dict[str, Any] = _inline(cls)["properties"]
    return found
