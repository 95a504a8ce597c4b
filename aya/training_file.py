"""A training recipe's file: YAML in, a checked plan out; all faults at once, each with its line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aya.errors import RecipeError, nearest, unknown
from aya.recipe import MIXTURE
from aya.stage import load
from aya.yaml_lines import Lines, Place, YamlError, parse

TRAINING = "training.settings:Training"
PRESETS = "training.settings:PRESETS"


def load_training(path: Path, *, data: Sequence[str] = ()) -> Any:
    """Return the plan of a training recipe, or of a preset by its name; `data` goes before what it names itself.

    Raises: RecipeError with every fault.
    """
    presets = load(PRESETS)
    if str(path) in presets and not path.exists():
        raw: Any = {"name": str(path), "preset": str(path)}
        lines = Lines({})
    else:
        raw, lines = _parsed(path, presets)
    if data and isinstance(raw, dict):
        raw = {**raw, "data": list(data)}
    faults: list[tuple[int, str]] = []
    made = _model(load(TRAINING), raw, (), lines, faults)
    if isinstance(raw, dict) and isinstance(raw.get("mixture"), dict):
        _model(load(MIXTURE), raw["mixture"], ("mixture",), lines, faults)
    if made is not None and not made.data:
        faults.append((1, "nothing to train on: name versions in `data`, or with --data"))
    if faults:
        raise RecipeError(f"{path}:{line}: {fault}" for line, fault in sorted(set(faults)))
    return made


def _parsed(path: Path, presets: Mapping[str, Any]) -> tuple[Any, Lines]:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = [*(item.name for item in path.parent.glob("*.yaml")), *presets]
        raise RecipeError([f"no training recipe {path}{nearest(path.name, known)}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError([f"{path}: can not be read: {error}"]) from error
    except YamlError as error:
        raise RecipeError([f"{path}:{error.line}: {error}"]) from error


def _model(cls: Any, raw: Any, place: Place, lines: Lines, faults: list[tuple[int, str]]) -> Any:
    """Return `cls` made of `raw`, or None with its faults noted."""
    try:
        return cls.model_validate(raw)
    except ValidationError as error:
        for item in error.errors():
            where = _inside(raw, item["loc"])
            faults.append((lines[(*place, *where)], _say(item, (*place, *where), cls)))
        return None


def _inside(raw: Any, loc: Sequence[Any]) -> Place:
    """Return the part of pydantic's place that is in the file; it also names the types that it tried."""
    found: list[Any] = []
    for part in loc:
        if isinstance(raw, Mapping) and part in raw:
            found.append(part)
            raw = raw[part]
    return tuple(found)


def _say(error: Mapping[str, Any], place: Place, cls: Any) -> str:
    """Return one fault of pydantic in our words."""
    last = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return unknown("setting", last, _known(cls, error["loc"][:-1]))
    if error["type"] == "missing":
        return f"setting '{'.'.join(map(str, (*place, last)))}' is missing"
    name = ".".join(str(part) for part in place)
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _known(cls: Any, loc: Sequence[Any]) -> list[str]:
    """Return the settings that stand beside the one at a place."""
    for part in loc:
        field = cls.model_fields.get(part)
        options = (field.annotation, *getattr(field.annotation, "__args__", ())) if field else ()
        cls = next((option for option in options if hasattr(option, "model_fields")), cls)
    return list(cls.model_fields)
