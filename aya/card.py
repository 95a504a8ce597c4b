"""Pieces of data cards: that of a version and that of a release say the same things in the same words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aya import languages

_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B")

MEANINGS = {
    "id": "the same in every version", "inputs": "the prompt", "targets": "the completion", "language": "ISO 639-3",
    "script": "ISO 15924", "source": "the source's name", "dataset_name": "data set within the source",
    "sub_dataset_name": "its part", "task_type": "what is asked", "template_id": "the template that wrote it",
    "split": "train, validation or test", "origin": "human, template, translation or synthetic: the row's own",
    "license": "SPDX, of the row: a source may give several", "parent_id": "the row that it was made from",
    "provenance": "JSON: source, revision, part, key, template, model, annotator's pseudonym",
    "drop": "why the row left", "evidence": "JSON: what for",
    "lid_language": "language that identification found", "lid_score": "how sure it was",
    "contaminated_by": "JSON: what of evaluation items it holds",
}  # fmt: skip
"""What is in a column, by its name."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; a number is written with commas."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def counted(counts: Mapping[str, int], name: str, of: int) -> str:
    """Return a table of rows by value, most first, with shares."""
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return table([name, "rows", "share"], [(name or "not given", num, f"{num / max(1, of):.1%}") for name, num in rows])


def known(codes: Iterable[str]) -> list[languages.Language]:
    """Return the facts of the languages among some codes that the registry has."""
    return [languages.get(code) for code in sorted(set(codes)) if code in languages.codes()]


def head(title: str, codes: Iterable[str], rows: int) -> dict[str, Any]:
    """Return the fields of a head that the Hub reads: title, languages as it spells them, and size."""
    found = known(codes)
    return {
        "pretty_name": title,
        "language": sorted({language.iso639_1 or language.code for language in found}),
        "multilinguality": ["multilingual" if len(found) > 1 else "monolingual"],
        "size_categories": [_SIZES[min(max(len(str(rows)) - 3, 0), len(_SIZES) - 1)]],
    }


def cautions(build: Mapping[str, Any]) -> str:
    """Return what a reader has to know before all else: that this is a sample, or that parts are missing."""
    text = ""
    if build["sample"]:
        text += f"\n**This is a sample**: about {build['sample']:,} items of each source were read, not all.\n"
    if not build["complete"]:
        text += "\n**This is not complete**: parts of the input could not be read.\n"
    return text


def left(stages: Iterable[Mapping[str, Any]]) -> list[tuple[str, int, str, Mapping[str, int]]]:
    """Return why rows left: the reason, how many, their share of what the stage saw, and their groups."""
    found = []
    for stage in stages:
        num_in = sum(stage["rows_in"].values())
        for reason, groups in stage["dropped"].items():
            num = sum(groups.values())
            found.append((reason, num, f"{num / max(1, num_in):.2%}", groups))
    return found


def columns(types: Mapping[str, str]) -> str:
    """Return the columns with their types and what is in them."""
    rows = [(f"`{name}`", type_, MEANINGS.get(name, "written by a stage")) for name, type_ in types.items()]
    return table(["column", "type", "meaning"], rows)
