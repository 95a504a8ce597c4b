"""The data card: what a version holds, where it comes from, what left and why; Markdown for people and the Hub."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from aya import languages
from aya.recipe import Recipe
from aya.report.counts import by, by_locale

_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)

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
        "## Columns\n\n" + _COLUMNS,
    ]
    return "\n".join(part for part in parts if part)


def _head(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    codes = sorted(by("language", manifest["stages"][-1]["kept"]))
    known = [languages.get(code) for code in codes if code in languages.codes()]
    head: dict[str, Any] = {"pretty_name": recipe.release.title or recipe.name}
    if recipe.release.license:
        head["license"] = recipe.release.license.lower()
    head["language"] = sorted({language.iso639_1 or language.code for language in known})
    head["multilinguality"] = ["multilingual" if len(known) > 1 else "monolingual"]
    head["size_categories"] = [_size(manifest["num_kept"])]
    head["configs"] = [{"config_name": "default", "data_files": [{"split": "train", "path": "data/*/*.parquet"}]}]
    return head


def _size(rows: int) -> str:
    names = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B"]
    return names[sum(rows >= bound for bound in _SIZES)]


def _summary(manifest: Mapping[str, Any]) -> str:
    kept, dropped = manifest["num_kept"], manifest["num_dropped"]
    codes = by("language", manifest["stages"][-1]["kept"])
    lines = [
        f"Version `{manifest['name']}`: {kept:,} records in {len(codes)} languages,"
        f" kept of {kept + dropped:,} candidates.\n"
    ]
    if manifest["sample"]:
        lines.append(f"**This is a sample**: about {manifest['sample']:,} items of each source were read, not all.\n")
    if not manifest["complete"]:
        lines.append(
            f"**This is not complete**: {len(manifest['quarantined'])} parts of the input could not be read.\n"
        )
    return "\n".join(lines)


def _sources(manifest: Mapping[str, Any], candidates: Mapping[str, int], kept: Mapping[str, int]) -> str:
    rows = [
        (
            f"[{about['name']}]({about['url']})" if about["url"] else about["name"],
            about["license"],
            about["revision"],
            about["origin"],
            f"{candidates.get(about['name'], 0):,}",
            f"{kept.get(about['name'], 0):,}",
        )
        for about in manifest["sources"]
    ]
    cited = "\n".join(f"- **{about['name']}**: {about['citation']}" for about in manifest["sources"])
    head = ["source", "licence", "revision", "origin as declared", "candidates", "kept"]
    return table(head, rows) + "\n" + cited + "\n"


def _languages(candidates: Mapping[str, int], kept: Mapping[str, int]) -> str:
    before, after = by_locale(candidates), by_locale(kept)
    rows = []
    for name in before:
        code = name.partition("_")[0]
        facts = languages.get(code) if code in languages.codes() else None
        resource = (facts.resource or "") if facts else ""
        rows.append((name, facts.name if facts else "", resource, f"{before[name]:,}", f"{after.get(name, 0):,}"))
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
        rows.append((source, f"{size:,}", f"{quota:,}", f"{quota / size:.2f}", *(f"{share:.1%}" for share in shares)))
    head = ["source", "rows", "draws", "epochs", "natural share", "asked", "drawn"]
    return table(head, rows) + "".join(f"\n{note}\n" for note in plan["notes"])


def _reasons(stages: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for stage in stages:
        num_in = sum(stage["rows_in"].values())
        for reason, groups in stage["dropped"].items():
            num = sum(groups.values())
            most = ", ".join(f"{code} {part:,}" for code, part in list(by("language", groups).items())[:5])
            rows.append((reason, f"{num:,}", f"{num / num_in:.2%}", most))
    return table(["reason", "rows", "of its stage", "most in"], rows) if rows else "Nothing left.\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |\n" for line in lines
    )


_COLUMNS = """`inputs` is the prompt and `targets` the completion; `language` is ISO 639-3, `script` ISO 15924.
`license` and `origin` are the row's own: a source may give several; the card of a release counts both.
`parent_id` names the row that this one was made from; `provenance` (JSON) says source, revision, part, row and
template. Scores of stages follow.
"""
