"""The documents of a release: all that is no row and is written from what is known of the rows."""

import json
from collections.abc import Mapping
from typing import Any

from aya.languages import VERSION
from hub_release.card import card
from hub_release.changelog import changelog
from hub_release.citation import attribution, citation, licences_page
from hub_release.croissant import croissant
from hub_release.draft import Draft
from hub_release.measures import Measures
from hub_release.plots import plots
from hub_release.release import BUILD, REMOVALS


def write_documents(draft: Draft) -> list[str]:
    """Write every document; return their paths."""
    pictures = plots(draft)
    texts = {
        "README.md": card(draft, plots=[*pictures]),
        "CHANGELOG.md": changelog(draft),
        "LICENSES.md": licences_page(draft),
        "ATTRIBUTION.md": attribution(draft),
        "CITATION.cff": citation(draft),
        "croissant.json": in_lines(croissant(draft)),
        BUILD: in_lines(draft.build),
        "meta/stats/languages.jsonl": "".join(f"{_line(_described(draft, place))}\n" for place in draft.places),
        "meta/stats/all.json": in_lines(_summary(draft)),
        REMOVALS: "".join(stone.line() for stone in draft.tombstones),
    }
    if draft.difference is not None:
        texts[f"meta/diff/v{draft.version}.json"] = in_lines(draft.difference.data())
    for path, text in texts.items():
        target = draft.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for path, picture in pictures.items():
        (draft.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (draft.folder / path).write_bytes(picture)
    return [*texts, *pictures]


def _described(draft: Draft, place: str) -> dict[str, Any]:
    rows = draft.places[place]
    sources = {file.source: 0 for file in draft.files if file.group.place == place}
    for file in draft.files:
        if file.group.place == place:
            sources[file.source] += file.rows
    return {"language": place, "languages_registry": VERSION, "sources": sources, **measured(rows)}


def _summary(draft: Draft) -> dict[str, Any]:
    return {
        "languages": {place: rows.rows for place, rows in draft.places.items()},
        "sources": {source: rows.rows for source, rows in draft.sources.items()},
        **measured(draft.total),
    }


def measured(rows: Measures) -> dict[str, Any]:
    """Return measures as the files in `meta/stats` have them."""
    lengths = {
        name: {
            "mean": round(of.characters / max(1, rows.rows), 1),
            **{f"p{round(100 * share)}": of.quantile(share) for share in (0.05, 0.25, 0.5, 0.75, 0.95)},
        }
        for name, of in rows.lengths.items()
    }
    return {
        "rows": rows.rows, "counts": rows.counts, "characters": lengths,
        "language_identification": rows.languages_found, "contaminated": rows.contaminated,
        "contact_data_masked": rows.contact_data,
    }  # fmt: skip


def in_lines(value: Mapping[str, Any]) -> str:
    """Return JSON with a line for each field and each item of a list: small, and a change shows as a line."""
    return "{\n" + ",\n".join(f"{_line(name)}: {_lines(part)}" for name, part in value.items()) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
