"""The report of a campaign as a page."""

from collections.abc import Mapping
from typing import Any, Final

from annotation.pages import page

_ABOUT: Final = {
    "agreement": "Krippendorff's alpha with its interval: 1 is full agreement, 0 what chance gives.",
    "reliability": "How often each person says what all hold together, of items with several judges (Dawid and Skene).",
    "gold": "Right answers to items whose answer is known, with their 95 % interval.",
    "effort": "What post-editing changed: HTER as a share of the corrected text, chrF from 0 to 100 (no edit).",
    "signs": "Work to look at again. A sign proves nothing, and nothing was removed for it.",
}


def render(title: str, made: Mapping[str, Any], *, policy: str, as_of: str) -> str:
    """Return the page of what `report` returned."""
    tables = [{"id": name, "title": name.capitalize(), "about": _ABOUT[name], "rows": made[name]} for name in _ABOUT]
    codes = {row["language"] for name in _ABOUT for row in made[name] if row.get("language")}
    values = {name: made[name] for name in ("answers", "people", "release")}
    return page(
        "report.html", codes=codes, title=title, kind="report", as_of=as_of, policy=policy, tables=tables, **values
    )
