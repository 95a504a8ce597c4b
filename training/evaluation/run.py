"""Evaluate a model on tasks in a folder of its own, which can be gone on with and be compared with others."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from aya.errors import InputError, UserError, unknown
from aya.stage import Tell, silent
from aya.table import canonical, publish, sweep
from aya.text import digest
from training.evaluation.answers import Answers, Asked, Own, ask, read_answers
from training.evaluation.figures import KINDS, Group, Sheet, figures, said
from training.evaluation.items import Item, Question, Row, items_of
from training.evaluation.leaks import Leaks
from training.evaluation.measures import measures_of, table
from training.evaluation.task import Task
from training.model import Model

RESULTS = "results.json"
ASKED_BY = ("end", "decoding", "longest")
"""What of a task changes its answers, beside its questions."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A task with its rows, and those of its shots."""

    task: Task
    rows: Iterable[Row]
    examples: Iterable[Row] = ()
    leaks: Leaks | None = None


class Done(NamedTuple):
    """A task of a run with its items and what the model said."""

    task: Task
    items: Sequence[Item]
    answers: Answers


def evaluate(
    model: Model | Asked,
    tasks: Iterable[Given],
    out: Path,
    *,
    name: str = "",
    limit: int | None = None,
    seed: int = 0,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Ask a model all questions of some tasks and return its figures, which `out/results.json` holds too.

    `limit` asks about so many items of each language. A killed run goes on where it stopped; what was asked before is
    not asked again, and more tasks may be asked later. `name` is how tables call the model.

    Raises: UserError if `out` holds a run of another model, or of the same task with other items, or if ids of leaked
        items are not those of the task.
    """
    sweep(out)
    asked = Own(model) if isinstance(model, Model) else model
    _note(out / "run.json", {"model": name or asked.name, "weights": asked.fingerprint, "seed": seed})
    for given in tasks:
        task = given.task
        items = items_of(task, given.rows, given.examples, limit=limit, seed=seed)
        if not items:
            raise InputError(f"{task.name}: no rows")
        if given.leaks is not None and limit is None:
            given.leaks.check(task.name, items)
        _keep(out, task, items)
        answers = ask(task, items, asked, out / "answers" / f"{task.name}.jsonl", tell=tell)
        found = results(Done(task, items, answers), seed=seed, leaks=given.leaks)
        _write(out / "tasks" / f"{task.name}.result.json", found)
    return collect(out)


def collect(out: Path) -> dict[str, Any]:
    """Return the figures of all tasks of a run, and write them to one file."""
    about = json.loads((out / "run.json").read_text(encoding="utf-8"))
    paths = sorted((out / "tasks").glob("*.result.json"))
    found = {path.name.removesuffix(".result.json"): json.loads(path.read_text(encoding="utf-8")) for path in paths}
    made = {**about, "tasks": found}
    _write(out / RESULTS, made)
    return made


def _note(path: Path, about: dict[str, Any]) -> None:
    if not path.exists():
        _write(path, about)
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    other = [name for name in ("weights", "seed") if before[name] != about[name]]
    if other:
        raise UserError(
            f"{path.parent} holds a run of {before['model']} with other {', '.join(other)}; give another --out"
        )


def _write(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _keep(out: Path, task: Task, items: Sequence[Item]) -> None:
    """Write the task and its items down, so that a run can be read without its data."""
    path = out / "items" / f"{task.name}.jsonl"
    lines = "".join(canonical(asdict(item)) + "\n" for item in items)
    if path.exists() and path.read_text(encoding="utf-8") != lines:
        raise UserError(f"{out} holds answers to other items of {task.name}; give another --out, or the same --limit")
    before = Task.model_validate_json((out / "tasks" / f"{task.name}.json").read_bytes()) if path.exists() else task
    if other := [name for name in ASKED_BY if getattr(before, name) != getattr(task, name)]:
        raise UserError(f"{out} holds answers to {task.name} with another {', '.join(other)}; give another --out")
    _write(out / "tasks" / f"{task.name}.json", task.model_dump(mode="json"))
    publish(path, lambda temporary: temporary.write_text(lines, encoding="utf-8"))


def task_names(out: Path) -> list[str]:
    """Return the tasks of a run."""
    return sorted(path.stem for path in (out / "items").glob("*.jsonl"))


def read_run(out: Path, name: str) -> Done:
    """Return a task of a run as it was asked.

    Raises: UserError if the run has no such task, or is not through with it.
    """
    path = out / "items" / f"{name}.jsonl"
    if not path.exists():
        raise UserError(f"{out}: {unknown('task', name, task_names(out))}")
    task = Task.model_validate_json((out / "tasks" / f"{name}.json").read_bytes())
    items = [_item(json.loads(line)) for line in path.read_text(encoding="utf-8").split("\n") if line]
    answers = read_answers(out / "answers" / f"{name}.jsonl")
    if any((item.key, question.prompt) not in answers for item in items for question in item.questions):
        raise UserError(f"{out}: {name} is not done; run `aya evaluate tasks` again")
    return Done(task, items, answers)


def _item(said: dict[str, Any]) -> Item:
    questions = tuple(Question(prompt, text, tuple(choices)) for prompt, text, choices in said["questions"])
    return Item(**{**said, "questions": questions, "references": tuple(said["references"])})


def sheets(done: Done) -> dict[str, Sheet]:
    """Return the numbers of a task by each of its measures."""
    return {
        measure.name: Sheet(measure=measure, items=done.items, numbers=table(measure, done.items, done.answers))
        for measure in measures_of(done.task)
    }


def results(done: Done, *, seed: int = 0, leaks: Leaks | None = None) -> dict[str, Any]:
    """Return the figures of a task by all its measures; without leaked items too, where leaks are known."""
    made: dict[str, Any] = {
        "kind": done.task.kind,
        "about": done.task.about,
        "measure": done.task.measured_by[0],
        "prompts": len(done.task.prompts),
        "shots": done.task.shots.num if done.task.shots else 0,
        "items": len(done.items),
        "languages": len({item.tongue for item in done.items}),
        "questions": digest(*(text for item in done.items for question in item.questions for text in _texts(question))),
        "measures": {},
    }
    if done.task.kind == "choice":
        made["chance"] = 100 * sum(1 / len(item.questions[0].choices) for item in done.items) / len(done.items)
    for name, sheet in sheets(done).items():
        told = told_of(sheet, seed)
        for title, leaked in {} if leaks is None else leaks.rules.items():
            made[f"leaked_{title}"] = sum(map(leaked, done.items))
            _without(told, sheet.without(leaked), f"without_{title}", seed)
        made["measures"][name] = {"signature": sheet.measure.signature, **told}
    return made


def _texts(question: Question) -> tuple[str, ...]:
    return question.prompt, question.text, *question.choices


def told_of(sheet: Sheet, seed: int) -> dict[str, dict[str, Any]]:
    """Return the figures of a sheet by kind and name of their groups."""
    told: dict[str, dict[str, Any]] = {
        kind: {} for kind in ("all", "resource", "class", "family", "script", "language")
    }
    assert set(KINDS) <= set(told)
    for group, drawn in figures(sheet, seed=seed).items():
        told[group.kind][group.name] = said(drawn)
    return told


def _without(told: dict[str, dict[str, Any]], clean: Sheet, title: str, seed: int) -> None:
    """Add the figure without leaked items to each figure; a group of which all leaked has none."""
    found = {} if not clean.items else figures(clean, seed=seed)
    for kind, groups in told.items():
        for name, figure in groups.items():
            drawn = found.get(Group(kind, name))
            figure[title] = said(drawn) if drawn else None
