"""The report of a loop as one HTML page that asks no other computer for anything."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from aya import languages
from aya.page import filled, save
from aya.table import publish
from aya.text import hash64

SAMPLES = 4
"""Answers of each language and kind that are shown, drawn by their key."""


def write(outcome: Mapping[str, Any], folder: Path) -> None:
    """Write `loop.html`, and the same as `loop.json`."""
    text = json.dumps(outcome, ensure_ascii=False, indent=1) + "\n"
    publish(folder / "loop.json", lambda temporary: temporary.write_text(text, encoding="utf-8"))
    write_page(outcome, folder / "loop.html")


def write_page(outcome: Mapping[str, Any], path: Path) -> None:
    """Write the page; the same outcome gives the same page."""
    page = filled(
        "index.html",
        files("aya.loop").joinpath("page"),
        styles=["loop.css"],
        title=outcome["name"],
        kind="before and after",
        outcome=outcome,
        tasks=_tasks(outcome),
        rates=_rates(outcome),
        samples=_samples(outcome),
        language=_language,
        bcp47=_bcp47,
    )
    save(page, path)


def _language(code: str) -> str:
    if code == "all":
        return "all languages"
    language, _, script = code.partition("_")
    return f"{languages.get(language).name}{script and f' ({script})'}"


def _bcp47(code: str) -> str:
    return languages.get(code).bcp47


def _tasks(outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each task with its figures of both versions, all languages first."""
    found = []
    for name, task in outcome["after"]["tasks"].items():
        measure = task["measure"]
        sides = [outcome[side]["tasks"][name]["measures"][measure] for side in ("before", "after")]
        rows = [("all", *(next(iter(side["all"].values())) for side in sides))]
        rows += [(code, *(side["language"][code] for side in sides)) for code in sides[1]["language"]]
        found.append(
            {"name": name, "about": task["about"], "measure": measure, "chance": task.get("chance"), "rows": rows}
        )
    return found


def _rates(outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the refusals of both versions by kind, all languages first."""
    found = []
    for kind in ("unsafe", "safe"):
        sides = [outcome[side]["safety"]["rates"][kind] for side in ("before", "after")]
        codes = ["all", *(code for code in sides[1] if code != "all")]
        found.append({"kind": kind, "rows": [(code, *(side[code] for side in sides)) for code in codes]})
    return found


def _samples(outcome: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return requests with both answers, by language."""
    before = {one["id"]: one for one in outcome["before"]["safety"]["answers"]}
    both = [one | {"before": before[one["id"]]} for one in outcome["after"]["safety"]["answers"]]
    both.sort(key=lambda one: hash64(one["id"]))
    return [
        (code, [one for kind in ("unsafe", "safe") for one in _of(both, code, kind)[:SAMPLES]])
        for code in sorted({one["language"] for one in both})
    ]


def _of(answers: list[dict[str, Any]], language: str, kind: str) -> list[dict[str, Any]]:
    return [one for one in answers if (one["language"], one["kind"]) == (language, kind)]
