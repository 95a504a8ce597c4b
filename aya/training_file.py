"""A training recipe's file: YAML in, a checked plan out; all faults at once, each with its line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aya.errors import RecipeError
from aya.recipe import MIXTURE
from aya.stage import load
from aya.yaml_files import faults, read_yaml
from aya.yaml_lines import Lines, Place

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
        _, raw, lines = read_yaml(path, "training recipe", known=presets)
    if data and isinstance(raw, dict):
        raw = {**raw, "data": list(data)}
    found: list[tuple[int, str]] = []
    made = _model(load(TRAINING), raw, (), lines, found)
    if isinstance(raw, dict) and isinstance(raw.get("mixture"), dict):
        _model(load(MIXTURE), raw["mixture"], ("mixture",), lines, found)
    if made is not None and not made.data:
        found.append((1, "nothing to train on: name versions in `data`, or with --data"))
    if found:
        raise RecipeError(f"{path}:{line}: {fault}" for line, fault in sorted(set(found)))
    return made


def _model(cls: Any, raw: Any, place: Place, lines: Lines, found: list[tuple[int, str]]) -> Any:
    """Return `cls` made of `raw`, or None with its faults noted."""
    try:
        return cls.model_validate(raw)
    except ValidationError as error:
        told = faults(error, raw, cls, kind="a training recipe", place=place)
        found += [(lines[where], fault) for where, fault in told]
        return None
