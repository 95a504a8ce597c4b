"""`README.md`: the head that the Hub reads and the card that people read, both written from the build and the rows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import yaml

from aya import languages
from aya.card import cautions, columns, counted, head, left, table
from hub_release.configs import DEFAULT
from hub_release.draft import Draft
from hub_release.layout import HARMFUL
from hub_release.licences import hub_licence

_FEATURES = {"float": "float32", "double": "float64"}
SECTIONS = (
    "Load", "Languages", "Sources", "Licences", "Origin", "Lengths", "What left, and why", "Language identification",
    "Duplicates", "Contamination", "Annotators", "Columns", "Known limits", "Take a row out", "Cite",
)  # fmt: skip
"""What a complete card has."""


def card(draft: Draft, *, plots: Sequence[str]) -> str:
    """Return the card."""
    bodies = (
        _load(draft), _languages(draft), _sources(draft), _licences(draft), _origin(draft), _lengths(draft),
        _left(draft), _identified(draft), _duplicates(draft), _contamination(draft), _annotators(draft),
        columns(draft.schema), _limits(draft), _take_out(draft), _cite(draft),
    )  # fmt: skip
    sections = [f"## {title}\n\n{body}" for title, body in zip(SECTIONS, bodies, strict=True)]
    pictures = "".join(f"![{path.rpartition('/')[2].partition('.')[0]}]({path})\n" for path in plots)
    top = yaml.safe_dump(_head(draft), allow_unicode=True, sort_keys=False)
    return "\n".join([f"---\n{top}---\n", f"# {draft.title}\n", _opening(draft), pictures, *sections])


# -- the head ------------------------------------------------------------------------------------


def _head(draft: Draft) -> dict[str, Any]:
    features = [{"name": name, "dtype": _FEATURES.get(type_, type_)} for name, type_ in draft.schema.items()]
    return {
        **head(draft.title, (file.language for file in draft.files), draft.num_rows),
        "language_bcp47": sorted({_bcp47(file.language, file.script) for file in draft.files if _known(file.language)}),
        **hub_licence(draft.declared),
        "task_categories": ["text-generation"],
        "tags": ["instruction-tuning", "aya", *_origins(draft)],
        "version": draft.version,
        "configs": [config.head() for config in draft.configs],
        "dataset_info": [_info(features, config.name, config.files) for config in draft.configs],
    }


def _info(features: list[dict[str, str]], name: str, files: Sequence[Any]) -> dict[str, Any]:
    """Return what the head says of a configuration; YAML writes the columns once and points to them (`*id001`)."""
    splits: dict[str, list[int]] = {}
    for file in files:
        seen = splits.setdefault(file.split, [0, 0])
        seen[0], seen[1] = seen[0] + file.rows, seen[1] + file.bytes
    size = sum(file.bytes for file in files)
    return {
        "config_name": name,
        "features": features,
        "splits": [{"name": split, "num_bytes": of[1], "num_examples": of[0]} for split, of in sorted(splits.items())],
        "download_size": size,
        "dataset_size": size,
    }


def _known(code: str) -> bool:
    return code in languages.codes()


def _bcp47(code: str, script: str) -> str:
    facts = languages.get(code)
    return facts.bcp47 if facts.script == script else f"{facts.bcp47.partition('-')[0]}-{script}"


def _origins(draft: Draft) -> list[str]:
    return [f"origin:{name}" for name in sorted({file.origin for file in draft.files})]


# -- the sections ----------------------------------------------------------------------------------


def _opening(draft: Draft) -> str:
    facts, build = draft.request.facts, draft.build
    text = f"{facts.description}\n\n" if facts.description else ""
    text += (
        f"Version **v{draft.version}** ({draft.request.date}): **{draft.num_rows:,} rows** of prompt and"
        f" completion in {len(draft.places)} languages and scripts, from {len(draft.sources)} sources;"
        f" built as `{build['name']}`. Every number on this page is counted from the build.\n"
    )
    return text + cautions(build)


def _load(draft: Draft) -> str:
    place = max(draft.places, key=lambda name: draft.places[name].rows)
    repo, tag = draft.request.facts.repo or f"OWNER/{draft.collection}", f"v{draft.version}"
    return f"""```python
from datasets import load_dataset

one = load_dataset("{repo}", "{place}", split="train", revision="{tag}")  # one language, this version for ever
flow = load_dataset("{repo}", "{DEFAULT}", split="train", revision="{tag}", streaming=True)  # no download first
```

Configurations: `{DEFAULT}`, one for each language (`{place}`), source (`source_...`) and origin
(`origin_...`), all over the same files. Offline, `load_dataset` may answer with another version from its cache;
`aya release load {repo}@{tag}` never does.
"""


def _languages(draft: Draft) -> str:
    rows = []
    for place, measures in draft.places.items():
        code, _, script = place.partition("_")
        facts = languages.get(code) if _known(code) else None
        name, level = (facts.name, facts.resource or "") if facts else ("", "")
        rows.append((f"`{place}`", name, script, level, measures.rows, f"{measures.rows / draft.num_rows:.2%}"))
    return table(["configuration", "language", "script", "resource level", "rows", "share"], rows)


def _sources(draft: Draft) -> str:
    abouts = {about["name"]: about for about in draft.build["sources"]}
    rows = []
    for source, measures in draft.sources.items():
        about = abouts.get(source, {})
        named = f"[{source}]({about['url']})" if about.get("url") else source
        counts = measures.counts
        kinds = ", ".join(counts.get("origin", {})), ", ".join(name for name in counts.get("license", {}) if name)
        rows.append((named, *kinds, about.get("revision", ""), measures.rows))
    return table(["source", "origin", "licence", "revision", "rows"], rows) + "\nWhom to name: `ATTRIBUTION.md`.\n"


def _licences(draft: Draft) -> str:
    rows = counted(draft.total.counts.get("license", {}), "licence", draft.num_rows)
    return f"As a whole: **{draft.licence}**. By source: `LICENSES.md`; of each row: the column `license`.\n\n{rows}"


def _origin(draft: Draft) -> str:
    return "Who or what wrote a row, counted from the rows.\n\n" + counted(
        draft.total.counts.get("origin", {}), "origin", draft.num_rows
    )


def _lengths(draft: Draft) -> str:
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    rows = [
        (name, round(of.characters / draft.num_rows), *(of.quantile(share) for share in shares))
        for name, of in draft.total.lengths.items()
    ]
    return table(["characters", "mean", "5 %", "25 %", "median", "75 %", "95 %"], rows) + (
        "\nQuantiles are right within 9 %. By language: `meta/stats/`.\n"
    )


def _left(draft: Draft) -> str:
    rows = [(reason, num, share) for reason, num, share, _ in left(draft.build["stages"])]
    kept, dropped = draft.build["num_kept"], draft.build["num_dropped"]
    opening = f"Of {kept + dropped:,} candidates {dropped:,} left while the collection was built.\n\n"
    return opening + (table(["reason", "rows", "of its stage"], rows) if rows else "")


def _identified(draft: Draft) -> str:
    found = draft.total.languages_found
    if not found:
        return "No language identification ran.\n"
    rest = {name: num for name, num in found.items() if name not in ("same", "unsure")}
    rows = [("the declared language", found.get("same", 0)), ("too little to tell", found.get("unsure", 0))]
    rows.append(("another language", sum(rest.values())))
    most = ", ".join(f"{name} {num:,}" for name, num in sorted(rest.items(), key=lambda item: (-item[1], item[0]))[:8])
    text = table(["answer", "rows", "share"], [(what, num, f"{num / draft.num_rows:.1%}") for what, num in rows])
    return text + (
        f"\nNamed most as another: {most}. Relatives and short texts are taken for one another.\n" if most else ""
    )


def _duplicates(draft: Draft) -> str:
    ran = ran_stages(draft.build, "dedup.exact", "dedup.minhash")
    if not ran:
        return "No stage looked for duplicates.\n"
    rows = [(stage, num) for stage, num in ran.items()]
    return "Copies that left; of each group one row stayed.\n\n" + table(["stage", "rows that left"], rows)


def _contamination(draft: Draft) -> str:
    ran = ran_stages(draft.build, "dedup.contamination", "dedup.descendants", "dedup.number_match")
    if not ran:
        return "The rows were compared with no evaluation set.\n"
    sets = sorted({item["name"] for item in draft.build["evaluation_sets"]})
    text = f"Compared with: {', '.join(sets)}.\n\n" + table(["stage", "rows that left"], [*ran.items()])
    if not (noted := draft.total.contaminated):
        return f"{text}\nNo row that stays holds anything of an item.\n"
    opening = "Rows that stay and hold something of an item, less than the limit (column `contaminated_by`):"
    return f"{text}\n{opening}\n\n{counted(noted, 'evaluation set', draft.num_rows)}"


def ran_stages(build: Mapping[str, Any], *names: str) -> dict[str, int]:
    """Return how many rows left at these stages of a build, for those that ran."""
    return {
        stage["stage"]: sum(sum(groups.values()) for groups in stage["dropped"].values())
        for stage in build["stages"]
        if stage["stage"] in names
    }


def _annotators(draft: Draft) -> str:
    path = draft.request.demographics
    if path is None:
        return "Nothing is known here of the people behind the rows beyond their sources.\n"
    if path.suffix == ".parquet":
        rows = pl.read_parquet(path).rows(named=True)
    else:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        rows = loaded["groups"] if isinstance(loaded, dict) else loaded
    names = list(rows[0]) if rows else []
    text = "Groups of people as the campaign published them; small groups are joined so that nobody stands alone.\n\n"
    return text + table(names, [[row[name] if row[name] is not None else "" for name in names] for row in rows])


def _limits(draft: Draft) -> str:
    facts = draft.request.facts
    parts = [facts.limits] if facts.limits else []
    small = [place for place, measures in draft.places.items() if measures.rows < 100]
    if small:
        parts.append(f"Fewer than 100 rows: {', '.join(small)}.")
    if written := {name: num for name, num in draft.total.counts.get("origin", {}).items() if name != "human"}:
        share = sum(written.values()) / draft.num_rows
        parts.append(f"{share:.0%} of the rows were written by templates, translation or models, not by a person.")
    if any(file.path.startswith(f"{HARMFUL}/") for file in draft.files):
        parts.append("The configuration `harmful` holds texts that may hurt; no other configuration loads them.")
    parts += [f"The check `{name}` was waived: {why}" for name, why in sorted(facts.waive.items())]
    parts.append(
        "Languages, licences and origins are as the sources declare them, checked as described above, not proven."
    )
    return "".join(f"- {part}\n" for part in parts)


def _take_out(draft: Draft) -> str:
    where = draft.request.facts.contact or "the discussions of this repository"
    return (
        f"Ask at {where} with the `id`. The next version is without the row and all that was made from it;"
        f" `meta/removals.jsonl` has a salted hash of each id that was taken out ({len(draft.tombstones):,} so far).\n"
    )


def _cite(draft: Draft) -> str:
    return "See `CITATION.cff`, and `ATTRIBUTION.md` for the sources.\n"
