"""What each kind of work costs: CPU seconds and bytes by task, by row and by character."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from aya.errors import InputError
from aya.stage import Settings
from aya.table import publish


class Amount(NamedTuple):
    """What is worked on: tasks, rows, and the characters of their prompts and completions."""

    tasks: float
    rows: float
    characters: float

    def plus(self, other: "Amount") -> "Amount":
        """Return both together."""
        return Amount(self.tasks + other.tasks, self.rows + other.rows, self.characters + other.characters)


class Took(NamedTuple):
    """What an amount of work took: CPU seconds, and bytes that it wrote."""

    amount: Amount
    seconds: float
    written: float


class Rate(Settings):
    """What grows with tasks, rows and characters, each in the same unit a piece."""

    task: float = Field(default=0, ge=0)
    row: float = Field(default=0, ge=0)
    character: float = Field(default=0, ge=0)

    def of(self, amount: Amount) -> float:
        """Return what an amount comes to."""
        return self.task * amount.tasks + self.row * amount.rows + self.character * amount.characters

    def times(self, factor: float) -> "Rate":
        """Return the rate, higher by a factor."""
        return Rate(task=self.task * factor, row=self.row * factor, character=self.character * factor)


class Work(Settings):
    """One kind of work: a pass of a build, or a stage inside one."""

    seconds: Rate = Rate()
    """CPU seconds on this machine."""
    written: Rate = Rate()
    """Bytes on disk."""
    spread: float = Field(default=0, ge=0, description="(most - least) / median of the repetitions")
    kept: float = Field(default=1, ge=0, le=1, description="share of the rows that stay, where that was learned")


class Calibration(Settings):
    """What a machine takes for every kind of work of a build, by name."""

    machine: Mapping[str, str | int | float]
    sample: Mapping[str, str | int | float]
    disk: Mapping[str, float]
    """Megabytes a second: read, written, compressed, unpacked."""
    works: Mapping[str, Work]
    learned_from: str | None = None

    def cost(self, name: str) -> Work | None:
        """Return what is known of a kind of work; None if it was never measured."""
        return self.works.get(name)


def read_calibration(path: Path) -> Calibration:
    """Return the calibration in a file.

    Raises: InputError if it is none.
    """
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"no {path}; make it with: aya calibrate --out {path}") from error
    except (OSError, ValidationError) as error:
        raise InputError(f"{path}: not what `aya calibrate` writes: {str(error).splitlines()[0]}") from error


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as JSON."""
    text = json.dumps(calibration.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def fitted(measured: Sequence[tuple[Amount, float]]) -> Rate:
    """Return the rate that fits measurements best, none of its parts below 0.

    The part of a task is what the smallest amount came to, by task: it has next to no rows. What is left of the others
    is shared between rows and characters by least squares.
    """
    small, *large = sorted(measured, key=lambda item: item[0].characters)
    task = small[1] / max(1.0, small[0].tasks)
    amounts = np.array([[amount.rows, amount.characters] for amount, _ in large], float)
    values = np.array([max(0.0, value - task * amount.tasks) for amount, value in large])
    row, character = _least_squares(amounts, values)
    return Rate(task=task, row=row, character=character)


def _least_squares(amounts: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return two weights, neither below 0, that bring amounts nearest to values."""
    if not len(values):
        return 0.0, 0.0
    row, character = np.linalg.lstsq(amounts, values, rcond=None)[0]
    if row < 0:
        row, character = 0.0, float(values @ amounts[:, 1] / (amounts[:, 1] @ amounts[:, 1]))
    elif character < 0:
        row, character = float(values @ amounts[:, 0] / (amounts[:, 0] @ amounts[:, 0])), 0.0
    return max(0.0, float(row)), max(0.0, float(character))
