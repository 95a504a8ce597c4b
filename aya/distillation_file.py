"""A distillation's recipe: YAML in, a checked plan out; all faults at once, each with its line."""

from pathlib import Path
from typing import Any

from aya.stage import load
from aya.yaml_files import read_model

DISTILLATION = "training.safety.settings:Distillation"


def load_distillation(path: Path, *, data: Path | None = None) -> Any:
    """Return the plan of a recipe; its files are below the recipe's folder, or below `data`.

    Raises: RecipeError with every fault.
    """
    roots = [path.parent.resolve(), *([data.resolve()] if data else [])]
    return read_model(path, load(DISTILLATION), "recipe for distillation", context={"roots": roots})
