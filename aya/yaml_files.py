"""Files of settings that people write: read, and held to a model; every fault in words, with its place."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from aya.errors import RecipeError, nearest, unknown
from aya.yaml_lines import Lines, Place, YamlError, parse

Made = TypeVar("Made", bound=BaseModel)


class Written(NamedTuple):
    """What a file says, as text and as values, and on which lines."""

    text: str
    values: Any
    lines: Lines


def read_yaml(path: Path, kind: str, *, known: Iterable[str] = ()) -> Written:
    """Return what a file says; `kind` is what it should be, `known` are names that need no file.

    Raises: RecipeError if it is not there, with the nearest name, or is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return Written(text, *parse(text))
    except FileNotFoundError as error:
        there = [*(item.name for item in path.parent.glob("*.yaml")), *known]
        raise RecipeError([f"no {kind} {path}{nearest(path.name, there)}"]) from error
    except YamlError as error:
        raise RecipeError([f"{path}:{error.line}: {error}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path}: can not be read: {error}"]) from error


def read_model(
    path: Path, model: type[Made], kind: str, *, known: Iterable[str] = (), context: Mapping[str, Any] | None = None
) -> Made:
    """Return the model that a file's values make; `kind` and `known` are as for `read_yaml`.

    Raises: RecipeError with every fault and its line.
    """
    _, raw, lines = read_yaml(path, kind, known=known)
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as error:
        found = {(lines[place], fault) for place, fault in faults(error, raw, model, kind=f"a {kind}")}
        raise RecipeError(f"{path}:{line}: {fault}" for line, fault in sorted(found)) from error


def faults(
    error: ValidationError, values: object, model: Any, *, kind: str, place: Place = ()
) -> Iterator[tuple[Place, str]]:
    """Yield the faults that pydantic found in `values`, which stand at `place`, without those that only follow."""
    found = [((*place, *_inside(item, values)), item) for item in error.errors()]
    places = {where for where, _ in found}
    for where, item in found:
        if not _followed(where, places):
            yield where, _say(where, item, model, kind)


def _inside(error: Mapping[str, Any], values: Any) -> Place:
    """Return where in the values a fault of pydantic is, whose own place also names the types that it tried."""
    found: list[Any] = []
    for part in error["loc"]:
        if (isinstance(values, Mapping) and part in values) or (
            isinstance(values, list) and part in range(len(values))
        ):
            found.append(part)
            values = values[part]
        elif error["type"] == "missing" and part == error["loc"][-1]:
            found.append(part)
    return tuple(found)


def _followed(place: Place, places: Collection[Place]) -> bool:
    """Return whether there is a fault deeper in the same setting, which this one only follows from."""
    return bool(place) and any(other != place and other[: len(place)] == place for other in places)


def _say(place: Place, error: Mapping[str, Any], model: Any, kind: str) -> str:
    """Return one fault of pydantic in our words."""
    name = ".".join(str(part) for part in place)
    if error["type"] == "extra_forbidden":
        return unknown("setting", str(error["loc"][-1]), _known(model, error["loc"]))
    if error["type"] == "missing":
        return f"setting '{name}' is missing"
    if error["type"] in ("model_type", "model_attributes_type"):
        return f"{name or kind} is a mapping"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _known(model: Any, place: Place) -> list[str]:
    """Return the settings that stand beside the one at a place."""
    for part in place[:-1]:
        field = model.model_fields.get(part)
        options = (field.annotation, *getattr(field.annotation, "__args__", ())) if field else ()
        model = next((option for option in options if hasattr(option, "model_fields")), model)
    return list(model.model_fields)
