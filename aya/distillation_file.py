"""A distillation's recipe: YAML in, a checked plan out; all faults at once, each with its line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aya.errors import RecipeError
from aya.stage import load
from aya.yaml_files import faults, read_yaml

DISTILLATION = "training.safety.settings:Distillation"


def load_distillation(path: Path, *, data: Path | None = None) -> Any:
    """Return the plan of a recipe; its files are below the recipe's folder, or below `data`.

    Raises: RecipeError with every fault.
    """
    _, raw, lines = read_yaml(path, "recipe for distillation")
    roots = [path.parent.resolve(), *([data.resolve()] if data else [])]
    try:
        return checked(raw, roots)
    except ValidationError as error:
        told = faults(error, raw, load(DISTILLATION), kind="a recipe for distillation")
        raise RecipeError(
            f"{path}:{line}: {fault}" for line, fault in sorted({(lines[at], f) for at, f in told})
        ) from (error)


def checked(raw: Any, roots: Sequence[Path]) -> Any:
    """Return the plan that values say; its files are below one of the roots.

    Raises: ValidationError.
    """
    return load(DISTILLATION).model_validate(raw, context={"roots": roots})
