"""A task's file: YAML in, a checked task out; all faults at once, each with its line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from aya.errors import RecipeError
from aya.stage import load
from aya.yaml_files import read_model

TASK = "training.evaluation.task:Task"
READY = "training.evaluation.task:READY"


class Written(NamedTuple):
    """A task, and the folder that its paths are looked for in."""

    task: Any
    home: Path


def ready() -> list[str]:
    """Return the names of the tasks that come with aya, sorted."""
    return sorted(path.stem for path in load(READY).glob("*.yaml"))


def load_tasks(wanted: Iterable[str]) -> list[Written]:
    """Return tasks by the names of files, or of those that come with aya.

    Raises: RecipeError with every fault of every file.
    """
    found, wrong = [], list[str]()
    for name in wanted:
        try:
            found.append(_load(Path(name)))
        except RecipeError as error:
            wrong += error.faults
    if wrong:
        raise RecipeError(wrong)
    return found


def _load(path: Path) -> Written:
    names = ready()
    if str(path) in names and not path.exists():
        path = load(READY) / f"{path}.yaml"
    return Written(read_model(path, load(TASK), "task", known=names), path.parent)
