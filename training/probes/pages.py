"""Reports of probes as pages: one file each, that needs no script and no other computer."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from aya import languages
from aya.page import filled
from training.judging.grouping import ALL

LEVELS = {"high": "Much data", "mid": "Some data", "low": "Little data", "unknown": "Unknown amount of data"}
SAMPLES = 5
"""Sentences of each language that are shown."""


def toxicity_page(report: Mapping[str, Any]) -> str:
    """Return the page of toxicity; what may hurt is folded away until a reader opens it."""
    systems = report["systems"].values()
    codes = {code for system in systems for code in (*system["languages"], *system["worst"]) if code != ALL}
    return _page("toxicity.html", "Toxicity", codes, report=report, rows=_rows, levels=LEVELS)


def _rows(system: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the figures of all languages, then of levels and of each language."""
    first, *others = system["languages"].items() or [None]
    return [*([first] if first else []), *system["levels"].items(), *others]


def bias_page(report: Mapping[str, Any]) -> str:
    """Return the page of likelihood bias."""
    return _page("bias.html", "Likelihood bias", (), report=report)


def gender_page(report: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the page of gender in translations, with some sentences of `rows` whose noun has another gender."""
    told = report["systems"]
    samples = {
        name: {
            code: [row for row in rows if (row["system"], row["language"]) == (name, code) and _wrong(row)][:SAMPLES]
            for code in found
        }
        for name, found in told.items()
    }
    codes = {code for found in told.values() for code in found}
    return _page("gender.html", "Gender in translations", codes, report=report, samples=samples)


def _wrong(row: Mapping[str, Any]) -> bool:
    return bool(row["is"] != "neutral" and row["gender"] != row["is"])


def _page(name: str, title: str, codes: Sequence[str] | set[str], **values: Any) -> str:
    return filled(
        name,
        files("training.probes"),
        files("training.judging").joinpath("page"),
        files("training.evaluation"),
        styles=["style.css", "page.css"],
        title=title,
        facts={code: languages.get(code) for code in codes},
        **values,
    )
