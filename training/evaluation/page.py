"""The report of a run as one page: figures by language and level, ways to fail, samples; no script runs in it."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from aya import languages
from aya.page import filled

TABLES = (("", ("all", "resource", "language")), ("By class, family and script", ("class", "family", "script")))
LEVELS = ("high", "mid", "low")


def page(results: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    """Return the page of what `run.evaluate` and `failures.failures` found, the latter by task."""
    tongues = {tongue for task in results["tasks"].values() for tongue in task["measures"][task["measure"]]["language"]}
    return filled(
        "page.html",
        files("training.evaluation"),
        files("training.judging").joinpath("page"),
        styles=["style.css", "page.css"],
        title=results["model"],
        results=results,
        errors=errors,
        tables=TABLES,
        ordered=in_order,
        facts={tongue: languages.get(tongue.partition("_")[0]) for tongue in tongues},
    )


def in_order(groups: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return groups in their order: resource levels from high to low, all else by name."""
    return sorted(groups.items(), key=lambda pair: (LEVELS.index(pair[0]) if pair[0] in LEVELS else 3, pair[0]))
