"""What a setting takes, in words: from its JSON Schema, which is what a recipe is checked by."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

Schema = Mapping[str, Any]

NAMES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def words(field: FieldInfo) -> str:
    """Return type and bounds of a setting: `whole number, 1 or more`, `list of texts`, `a or b`."""
    marked: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    schema = TypeAdapter(marked).json_schema()
    return _words(schema, schema.get("$defs", {}))


def _words(schema: Schema, known: Schema) -> str:
    if "$ref" in schema:
        return _words(known[schema["$ref"].rpartition("/")[2]], known)
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    for way in ("anyOf", "oneOf", "allOf"):
        if way in schema:
            given = [one for one in schema[way] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(_words(one, known) for one in given))
    return ", ".join([_type(schema, known), *_bounds(schema)])


def _type(schema: Schema, known: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        inner = [_words(one, known) for one in schema.get("prefixItems", [schema.get("items", {})])]
        return f"list of {' and '.join(inner)}"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"mapping to {_words(values, known)}" if isinstance(values, dict) and values else "mapping"
    return NAMES.get(str(kind), "anything")


def _bounds(schema: Schema) -> Iterator[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        yield f"above {schema['exclusiveMinimum']:g}"
    if low is not None:
        yield f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
    elif high is not None:
        yield f"{high:g} or less"
    if "exclusiveMaximum" in schema:
        yield f"below {schema['exclusiveMaximum']:g}"
    if any(schema.get(name) for name in ("minItems", "minLength", "minProperties")):
        yield "not empty"
    if "maxLength" in schema:
        yield f"{schema['maxLength']} long at most"
    if "pattern" in schema:
        yield f"of the form `{schema['pattern']}`"
