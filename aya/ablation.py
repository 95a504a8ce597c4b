"""Which source earns its place: a model without each source, and with each published weighting, on the same budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aya.errors import UserError, unknown
from aya.evaluation_data import rows_of
from aya.evaluation_file import Written
from aya.stage import Tell, load, silent
from aya.table import canonical, publish
from aya.training_data import mixture_of, open_rows
from aya.training_run import run

ALL = "all"
"""The run that all others are compared with: every source, by the recipe's own weights."""

PRESETS = "collection.mixture:PRESETS"


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """What is asked: a training recipe, the tasks, and which runs there are beside the first."""

    plan: Any
    home: Path
    tasks: Sequence[Written]
    data: Path | None = None
    without: Sequence[str] = ()
    """Sources (or pools) that are left out, one at a time; all if none are named."""
    weightings: bool = True
    limit: int | None = None


def variants(asked: Ablation, releases: Path) -> dict[str, dict[str, Any]]:
    """Return the mixture of each run by its name: all, without each source, and the published ones that fit.

    The weights that stay keep their proportions, and every run has the same number of steps.

    Raises: UserError if a source that is to be left out is not there, or there is only one.
    """
    said = dict(asked.plan.mixture or {})
    rows = [open_rows(name, home=asked.home, releases=releases) for name in asked.plan.data]
    amounts = mixture_of(rows, asked.plan.mixture, seed=asked.plan.seed, columns=()).plan.amounts("pool")
    weights = {name: float(amount.quota) for name, amount in amounts.items() if amount.quota}
    if len(weights) < 2:
        raise UserError(f"nothing to leave out: all is of {', '.join(weights)}")
    if wrong := [name for name in asked.without if name not in weights]:
        raise UserError(unknown("source", wrong[0], weights))
    own = {name: value for name, value in said.items() if name not in ("preset", "weights")}
    found = {ALL: {**own, "weights": weights}}
    for name in asked.without or weights:
        found[f"without {name}"] = {**own, "weights": {**weights, name: 0.0}}
    published = load(PRESETS) if asked.weightings else {}
    return found | {name: {**own, "preset": name} for name, known in published.items() if set(weights) <= set(known)}


def ablate(asked: Ablation, out: Path, *, tell: Tell = silent) -> dict[str, Any]:
    """Train and evaluate all runs below `out`, and return them side by side; what is done is not done again."""
    mixtures = variants(asked, out / "runs" / "releases")
    for number, (name, mixture) in enumerate(mixtures.items()):
        tell("runs", number, len(mixtures))
        _train(asked, name, mixture, out / "runs", tell)
        _evaluate(asked, name, out, tell)
    tell("runs", len(mixtures), len(mixtures))
    runs = [out / "evaluation" / folder_of(name) for name in mixtures]
    beside = load("training.evaluation.compare:compare")(runs, seed=asked.plan.seed)
    found = {**beside, "mixtures": mixtures, "worth": worth(beside)}
    publish(out / "ablation.json", lambda path: path.write_text(canonical(found) + "\n", encoding="utf-8"))
    return found


def folder_of(name: str) -> str:
    """Return the folder of a run."""
    return name.replace(" ", "_").replace("/", "_")


def _train(asked: Ablation, name: str, mixture: Mapping[str, Any], runs: Path, tell: Tell) -> None:
    folder = runs / folder_of(name)
    plan = asked.plan.model_copy(update={"mixture": dict(mixture), **_tokens(asked, name, runs)})

    def told(line: dict[str, Any]) -> None:
        tell(f"train, {name}", line["step"], plan.steps)

    with load("training.parallel:joined")(world=1) as processes:
        run(plan, asked.home, folder, processes, tell=told)


def _tokens(asked: Ablation, name: str, runs: Path) -> dict[str, Any]:
    """Let all runs have the vocabulary of the first: else their figures would differ by more than the mixture."""
    model = asked.plan.model
    if name == ALL or isinstance(model, str) or model.vocabulary is None:
        return {}
    return {"model": model.model_copy(update={"vocabulary": None, "tokens": str(runs / ALL / "tokens")})}


def _evaluate(asked: Ablation, name: str, out: Path, tell: Tell) -> None:
    model = load("training.model:load_model")(str(out / "runs" / folder_of(name) / "model"))
    given = load("training.evaluation.run:Given")
    tasks = []
    for task, home in asked.tasks:
        roots = [*([asked.data] if asked.data else []), Path(), home]
        examples = rows_of(task.shots.rows, roots) if task.shots else ()
        tasks.append(given(task=task, rows=rows_of(task.rows, roots), examples=examples))
    load("training.evaluation.run:evaluate")(
        model,
        tasks,
        out / "evaluation" / folder_of(name),
        name=name,
        limit=asked.limit,
        seed=asked.plan.seed,
        tell=lambda what, done, of: tell(f"{what}, {name}", done, of),
    )


def worth(beside: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return for each task and source what is lost without it: over all languages, and in each.

    `earns` are the languages that surely lose without it, `costs` those that surely gain.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for task, told in beside["tasks"].items():
        for place, name in enumerate(beside["models"][1:]):
            if name.startswith("without "):
                lost = {code: _turned(row["differences"][place]) for code, row in told["language"].items()}
                found.setdefault(task, {})[name.removeprefix("without ")] = {
                    "all": _turned(told["all"]["all"]["differences"][place]),
                    "languages": lost,
                    "earns": [code for code, one in lost.items() if one["sure"] and one["value"] > 0],
                    "costs": [code for code, one in lost.items() if one["sure"] and one["value"] < 0],
                }
    return found


def _turned(gained: Mapping[str, Any]) -> dict[str, Any]:
    """Return a loss for a gain."""
    return {"value": -gained["value"], "low": -gained["high"], "high": -gained["low"], "sure": gained["sure"]}
