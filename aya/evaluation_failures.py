"""What tells a failed answer: the filters of training data, asked about answers of a model."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from aya.page import save
from aya.stage import load, names
from aya.table import publish

STAGES: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "empty": ("collection.echo", {}, "empty targets"),
    "echo": ("collection.echo", {"beginning": True}, "targets repeat inputs"),
    "wrong language": ("collection.language_id", {"field": "targets", "least_letters": 12}, ""),
    "repetition": ("collection.repetition", {"least_words": 12}, ""),
    "refusal": ("synthesis.refusal", {}, ""),
    "cut off": ("synthesis.truncation", {}, ""),
}
"""Ways to fail, each with a stage, its settings, and which of its reasons is meant; all if empty."""


def detectors() -> dict[str, Callable[[pa.Table], Sequence[str | None]]]:
    """Return a function for each way to fail, from records to what is wrong with each."""
    return {name: partial(_faults, *said) for name, said in STAGES.items()}


def report(out: Path, *, seed: int = 0) -> dict[str, Any]:
    """Write where a run failed to `out/errors.json`, and all that is known of it to `out/report.html`."""
    results = load("training.evaluation.run:collect")(out)
    known = detectors()
    errors = {
        name: load("training.evaluation.failures:failures")(
            load("training.evaluation.run:read_run")(out, name), known, seed=seed
        )
        for name in results["tasks"]
    }
    text = json.dumps({"model": results["model"], "tasks": errors}, ensure_ascii=False, indent=1)
    publish(out / "errors.json", lambda path: path.write_text(text + "\n", encoding="utf-8"))
    save(load("training.evaluation.page:page")(results, errors), out / "report.html")
    return errors


def _faults(stage: str, settings: Mapping[str, Any], reason: str, table: pa.Table) -> list[str | None]:
    judged = load(names("STAGES")[stage])(**settings)(table)
    said = (None if one is None else one.partition(": ")[2] for one in judged["drop"].to_pylist())
    return [one if one and (not reason or one == reason) else None for one in said]
