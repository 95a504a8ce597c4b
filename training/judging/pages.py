"""Reports of judging as pages: one file each, with bars by language, that needs no script and no other computer."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from aya import languages
from aya.page import filled
from training.judging.grouping import CLEAN

_GROUPS = {
    "high": "Much data", "mid": "Some data", "low": "Little data", "unknown": "Unknown amount of data",
    CLEAN: "Without contaminated",
}  # fmt: skip
"""What the rows of groups are called."""


def win_page(report: Mapping[str, Any], agreement: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the page of win rates, by a judge or by people."""
    strengths = report["strengths"][""]["systems"]
    return _page(
        "win.html",
        title="Win rates",
        codes=[*report["strengths"], *(row["language"] for row in agreement)],
        report=report,
        by=_by(report),
        strongest=sorted(strengths.items(), key=lambda item: -item[1]["value"]),
        agreement=agreement,
    )


def harm_page(report: Mapping[str, Any]) -> str:
    """Return the page of rates of harm."""
    codes = [code for system in report["systems"].values() for code in system["languages"]]
    return _page("harm.html", title="Harm", codes=codes, report=report, by=_by(report))


def _by(report: Mapping[str, Any]) -> str:
    if "judge" not in report:
        return f"By {report['raters']} people, who did not know which answer was whose."
    missing = "; ".join(f"{num} {why}" for why, num in report["missing"].items())
    told = f" Without a verdict, and not counted: {missing}." if missing else ""
    return f"By {report['judge']} {report['revision']}, asked by the prompt {report['prompt']}.{told}".replace(
        " ,", ","
    )


def _rows(about: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the figures of all languages together, of each level, of each language: the highest win rate first."""
    each = {code: found for code, found in about["languages"].items() if code}
    ordered = sorted(each.items(), key=lambda item: -(item[1].get("rate", {}).get("value") or 0))
    return [("", about["languages"][""]), *about["clean"].items(), *about["levels"].items(), *ordered]


def _page(name: str, *, codes: Iterable[str], **values: Any) -> str:
    return filled(
        name,
        files("training.judging").joinpath("page"),
        styles=["style.css"],
        **values,
        rows=_rows,
        levels=_GROUPS,
        facts={code: languages.get(code) for code in codes if code},
    )
