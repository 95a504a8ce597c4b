"""The documents of a release: all that is no row and is written from what is known of the rows."""

import json
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
        "croissant.json": _json(croissant(draft)),
        BUILD: _json(draft.build),
        **{f"meta/stats/{place}.json": _json(_described(draft, place)) for place in draft.places},
        "meta/stats/all.json": _json(_summary(draft)),
        REMOVALS: "".join(stone.line() for stone in draft.tombstones),
    }
    if draft.difference is not None:
        texts[f"meta/diff/v{draft.version}.json"] = _json(draft.difference.data())
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


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
