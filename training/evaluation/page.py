"""The report of a run as one page: figures by language and level, ways to fail, samples; no script runs in it."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader

from aya import languages
from aya.text import policy_hash

TABLES = (("", ("all", "resource", "language")), ("By class, family and script", ("class", "family", "script")))
LEVELS = ("high", "mid", "low")


def page(results: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    """Return the page of what `run.evaluate` and `failures.failures` found, the latter by task."""
    tongues = {tongue for task in results["tasks"].values() for tongue in task["measures"][task["measure"]]["language"]}
    style = _read("style.css") + _read("page.css")
    return (
        Environment(autoescape=True, keep_trailing_newline=True, loader=FunctionLoader(_read))
        .get_template("page.html")
        .render(
            title=results["model"],
            results=results,
            errors=errors,
            tables=TABLES,
            ordered=in_order,
            facts={tongue: languages.get(tongue.partition("_")[0]) for tongue in tongues},
            style=style,
            style_hash=policy_hash(style),
        )
    )


def in_order(groups: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return groups in their order: resource levels from high to low, all else by name."""
    return sorted(groups.items(), key=lambda pair: (LEVELS.index(pair[0]) if pair[0] in LEVELS else 3, pair[0]))


def _read(name: str) -> str:
    """Return a file of this page, or of those that pages on models share."""
    folders: Iterable[Any] = (files("training.evaluation"), files("training.judging").joinpath("page"))
    path = next(folder.joinpath(name) for folder in folders if folder.joinpath(name).is_file())
    return str(path.read_text(encoding="utf-8"))
