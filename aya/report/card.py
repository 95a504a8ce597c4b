"""The data card: what a version holds, where it comes from, what left and why; Markdown for people and the Hub."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from aya import languages
from aya.card import cautions, columns, head, left, table
from aya.recipe import Recipe
from aya.report.counts import by, by_locale
from aya.table import SCHEMA

_AMOUNTS = ("size", "quota", "natural", "asked")


def card(manifest: Mapping[str, Any], recipe: Recipe) -> str:
    """Return the card of a version as Markdown with the YAML head that the Hub reads."""
    stages = manifest["stages"]
    kept = stages[-1]["kept"]
    parts = [
        f"---\n{yaml.safe_dump(_head(manifest, recipe), allow_unicode=True, sort_keys=False)}---\n",
        f"# {recipe.release.title or recipe.name}\n",
        f"{recipe.release.description}\n" if recipe.release.description else "",
        _summary(manifest),
        "## Sources\n\n" + _sources(manifest, by("source", stages[0]["rows_in"]), by("source", kept)),
        "## Languages\n\n" + _languages(stages[0]["rows_in"], kept),
        "## Mixture\n\n" + _mixture(manifest["mixture"]) if manifest["mixture"] else "",
        "## What left, and why\n\n" + _reasons(stages),
        "Every row that left is in `dropped/` with its reason in `drop` and the evidence in `evidence`.\n",
        "## Columns\n\n" + columns({field.name: str(field.type) for field in SCHEMA}) + "\nScores of stages follow.\n",
    ]
    return "\n".join(part for part in parts if part)


def _head(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    codes = by("language", manifest["stages"][-1]["kept"])
    fields = head(recipe.release.title or recipe.name, codes, manifest["num_kept"])
    if recipe.release.license:
        fields["license"] = recipe.release.license.lower()
    fields["configs"] = [{"config_name": "default", "data_files": [{"split": "train", "path": "data/*/*.parquet"}]}]
    return fields


def _summary(manifest: Mapping[str, Any]) -> str:
    kept, dropped = manifest["num_kept"], manifest["num_dropped"]
    codes = by("language", manifest["stages"][-1]["kept"])
    return (
        f"Version `{manifest['name']}`: {kept:,} records in {len(codes)} languages,"
        f" kept of {kept + dropped:,} candidates.\n{cautions(manifest)}"
    )


def _sources(manifest: Mapping[str, Any], candidates: Mapping[str, int], kept: Mapping[str, int]) -> str:
    rows = [
        (
            f"[{about['name']}]({about['url']})" if about["url"] else about["name"],
            about["license"],
            about["revision"],
            about["origin"],
            candidates.get(about["name"], 0),
            kept.get(about["name"], 0),
        )
        for about in manifest["sources"]
    ]
    cited = "\n".join(f"- **{about['name']}**: {about['citation']}" for about in manifest["sources"])
    titles = ["source", "licence", "revision", "origin as declared", "candidates", "kept"]
    return table(titles, rows) + "\n" + cited + "\n"


def _languages(candidates: Mapping[str, int], kept: Mapping[str, int]) -> str:
    before, after = by_locale(candidates), by_locale(kept)
    rows = []
    for name in before:
        code = name.partition("_")[0]
        facts = languages.get(code) if code in languages.codes() else None
        resource = (facts.resource or "") if facts else ""
        rows.append((name, facts.name if facts else "", resource, before[name], after.get(name, 0)))
    return table(["language", "name", "resource", "candidates", "kept"], rows)


def _mixture(plan: Mapping[str, Any]) -> str:
    """Return what the mixture asks for and gives, by source; a natural share is that of the rows."""
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for group in plan["groups"]:
        by_source.setdefault(group["source"], []).append(group)
    rows = []
    for source, groups in sorted(by_source.items()):
        size, quota, natural, asked = (sum(group[name] for group in groups) for name in _AMOUNTS)
        shares = (natural, asked, quota / plan["total"])
        rows.append((source, size, quota, f"{quota / size:.2f}", *(f"{share:.1%}" for share in shares)))
    titles = ["source", "rows", "draws", "epochs", "natural share", "asked", "drawn"]
    return table(titles, rows) + "".join(f"\n{note}\n" for note in plan["notes"])


def _reasons(stages: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for reason, num, share, groups in left(stages):
        most = ", ".join(f"{code} {part:,}" for code, part in list(by("language", groups).items())[:5])
        rows.append((reason, num, share, most))
    return table(["reason", "rows", "of its stage", "most in"], rows) if rows else "Nothing left.\n"
