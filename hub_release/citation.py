"""Who made it: licences by source with counts, attribution, and how to cite."""

from collections.abc import Mapping
from typing import Any

import yaml

from aya.card import table
from hub_release.draft import Draft
from hub_release.licences import DUTIES, spdx


def licences_page(draft: Draft) -> str:
    """Return `LICENSES.md`: rows by source and licence, and what each licence asks for."""
    rows = [
        (source, spdx(name) or "not given", num)
        for source, measures in draft.sources.items()
        for name, num in sorted(measures.counts.get("license", {}).items())
    ]
    asked = {name: ", ".join(sorted(DUTIES[name])) or "nothing" for _, name, _ in rows if name in DUTIES}
    return (
        f"# Licences\n\nThe collection as a whole: **{draft.licence}**.\n"
        "The column `license` says the licence of each row.\n\n"
        + table(["source", "licence", "rows"], rows)
        + "\n## What they ask for\n\n"
        + table(["licence", "asks for"], sorted(asked.items()))
        + "\nThis is a summary for orientation, not legal advice; the text of each licence decides.\n"
    )


def attribution(draft: Draft) -> str:
    """Return `ATTRIBUTION.md`: for every source with rows whom to name, from where and which revision."""
    parts = ["# Attribution\n"]
    for about in _sources(draft):
        rows = draft.sources[about["name"]].rows
        lines = [f"- {about['citation']}", f"- revision: {about['revision']}", f"- licence: {about['license']}"]
        lines += [f"- from: {about['url']}"] if about.get("url") else []
        lines += [f"- changes: made into {rows:,} records of prompt and completion, filtered; see README.md"]
        parts.append(f"## {about['name']}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def citation(draft: Draft) -> str:
    """Return `CITATION.cff`, in version 1.2.0 of the format."""
    facts = draft.request.facts
    data: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this data set, please cite it, and the sources in ATTRIBUTION.md.",
        "type": "dataset",
        "title": draft.title,
        "version": draft.version,
        "date-released": draft.request.date,
        "authors": [_author(name) for name in facts.authors] or [{"name": f"The contributors of {draft.collection}"}],
    }
    if len(draft.declared.terms) == 1:
        data["license"] = draft.declared.terms[0]
    if facts.repo:
        data["repository"] = f"https://huggingface.co/datasets/{facts.repo}"
    data["references"] = [_reference(about) for about in _sources(draft)]
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def _sources(draft: Draft) -> list[Mapping[str, Any]]:
    return [about for about in draft.build["sources"] if about["name"] in draft.sources]


def _author(name: str) -> dict[str, str]:
    family, _, given = name.partition(",")
    return {"family-names": family.strip(), "given-names": given.strip()} if given else {"name": name.strip()}


def _reference(about: Mapping[str, Any]) -> dict[str, Any]:
    url = {"url": about["url"]} if about.get("url") else {}
    return {
        "type": "dataset", "title": about["name"], "authors": [{"name": about["citation"]}], **url,
        "notes": f"revision {about['revision']}; {about['license']}",
    }  # fmt: skip
