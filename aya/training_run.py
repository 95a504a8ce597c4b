"""A training run from its recipe to the folder with the trained model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aya.stage import load
from aya.training_data import Rows, batches, mixture_of, open_rows

Tell = Callable[[dict[str, Any]], None]
"""Hears the numbers of each step."""


def run(
    plan: Any,
    home: Path,
    folder: Path,
    processes: Any,
    *,
    introduce: Callable[[Any, Any], None] = lambda draws, model: None,
    tell: Tell = lambda line: None,
) -> dict[str, Any] | None:
    """Train as a plan says and write the model with its card; only the first of several processes has a report.

    `home` is the recipe's folder, for versions beside it. `introduce` hears the draws and the model before the first
    step.
    """
    load("transformers.utils.logging:disable_progress_bar")()
    rows = [open_rows(name, home=home, releases=folder.parent / "releases") for name in plan.data]
    columns = load("training.stream:COLUMNS")
    draws = mixture_of(rows, plan.mixture, seed=plan.seed, columns=columns, unpacked=folder.parent / "rows")
    versions = [f"{one.name} ({one.manifest[:12]})" for one in rows]
    model = load("training.run:begin")(plan, draws, folder, data=versions, processes=processes)
    introduce(draws, model)
    held = load("training.run:held_rows")(plan, model, batches(rows, columns))
    last = load("training.loop:train")(plan, model, draws, folder, held=held, processes=processes, tell=tell)
    if not processes.first:
        return None
    made = model if processes.world == 1 else load("training.run:finished")(plan, folder)
    load("training.export:export")(made, folder / "model", plan, _facts(rows, draws, versions), last)
    return {**last, "out": str(folder), "versions": versions}


def _facts(rows: list[Rows], draws: Any, versions: list[str]) -> Any:
    licenses = {source: license_ for some in rows for source, license_ in some.licenses.items()}
    sources = [
        {"name": name, "license": licenses.get(name, "unknown"), "rows": amount.size, "draws": amount.quota}
        for name, amount in draws.plan.amounts("source").items()
    ]
    languages = {code: amount.quota for code, amount in draws.plan.amounts("language").items() if amount.quota}
    made = {"versions": versions, "sources": sources, "languages": languages, "notes": draws.plan.notes}
    return load("training.export:DataFacts").model_validate(made)
