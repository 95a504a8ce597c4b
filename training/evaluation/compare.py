"""Runs side by side: figures of each, and the difference of each to the first, with its interval."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aya.errors import UserError
from training.evaluation.bootstrap import interval
from training.evaluation.figures import Drawn, Sheet, figures, said
from training.evaluation.run import Done, read_run, sheets, task_names


def compare(runs: Sequence[Path], *, measure: str | None = None, seed: int = 0) -> dict[str, Any]:
    """Return the figures of runs on the items that all of them were asked, task by task; the first is compared with.

    By the task's own measure, unless one is named. Items are drawn for all runs alike, so an interval of a difference
    is that of pairs.

    Raises: UserError if the runs have no task in common, or asked other questions by the same name.
    """
    if len(runs) < 2:
        raise UserError("name two runs or more")
    common = sorted(set.intersection(*(set(task_names(run)) for run in runs)))
    if not common:
        raise UserError(f"{' and '.join(map(str, runs))} have no task in common")
    names = [json.loads((run / "run.json").read_text(encoding="utf-8"))["model"] for run in runs]
    return {
        "models": _distinct(names, runs),
        "runs": list(map(str, runs)),
        "tasks": {name: _task([read_run(run, name) for run in runs], measure, seed) for name in common},
    }


def _distinct(names: Sequence[str], runs: Sequence[Path]) -> list[str]:
    return list(names) if len(set(names)) == len(names) else [str(run) for run in runs]


def _task(done: Sequence[Done], measure: str | None, seed: int) -> dict[str, Any]:
    asked = [{item.key: item for item in one.items} for one in done]
    both = set.intersection(*map(set, asked))
    if any(asked[0][key].questions != other[key].questions for other in asked[1:] for key in both):
        raise UserError(f"{done[0].task.name}: the runs were asked other questions; they can not be compared")
    by = measure if measure in done[0].task.measured_by else done[0].task.measured_by[0]
    drawn = [figures(_shared(sheets(one)[by], both), seed=seed) for one in done]
    groups: dict[str, dict[str, Any]] = {}
    for group in drawn[0]:
        groups.setdefault(group.kind, {})[group.name] = _beside([one[group] for one in drawn])
    return {"measure": by, "items": len(both), **groups}


def _shared(sheet: Sheet, keys: set[str]) -> Sheet:
    return sheet.without(lambda item: item.key not in keys)


def _beside(drawn: Sequence[Drawn]) -> dict[str, Any]:
    first = drawn[0]
    return {
        "figures": [said(one) for one in drawn],
        "differences": [_difference(first, one) for one in drawn[1:]],
    }


def _difference(first: Drawn, other: Drawn) -> dict[str, Any]:
    low, high = interval(np.asarray(other.draws - first.draws))
    return {"value": other.value - first.value, "low": low, "high": high, "sure": not low <= 0 <= high}
