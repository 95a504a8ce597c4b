"""What is in somebody's files: columns, which are prompt, completion and language, and which language it is."""

import glob
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from aya import languages
from aya.errors import UserError
from aya.stage import load, names

ENDINGS = {
    "collection.jsonl": (".jsonl", ".ndjson", ".json"),
    "collection.csv": (".csv", ".tsv", ".tab"),
    "collection.parquet": (".parquet",),
    "collection.arrow": (".arrow", ".feather"),
}
PACKED = (".gz", ".zst")

# Headers of published data sets; a header in another language is asked for.
USUAL = {
    "inputs": ("inputs", "input", "prompt", "question", "instruction", "query", "q"),
    "targets": ("targets", "target", "completion", "answer", "output", "response", "a"),
    "language": ("language", "lang", "language_code", "locale", "lang_code"),
    "dataset_name": ("dataset_name", "dataset", "source"),
}
SAMPLE = 200
"""Rows that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a source of files has."""

    use: str
    files: str
    columns: tuple[str, ...]
    guesses: dict[str, str]
    """Columns by what they seem to be."""
    rows: list[dict[str, Any]]


def look(files: str, *, folder: Path) -> Found:
    """Return what is in files (a path or pattern), named as a recipe in `folder` names them.

    Raises: UserError if they do not lie below `folder`, or have an ending that no source reads.
    """
    inside = Path(os.path.relpath(files, folder)).as_posix()
    if inside.startswith("../"):
        raise UserError(f"{files} does not lie below {folder.absolute()}; put the recipe above it, with --out")
    ending = files.lower()
    for packed in PACKED:
        ending = ending.removesuffix(packed)
    use = next((use for use, endings in ENDINGS.items() if ending.endswith(endings)), None)
    if use is None:
        known = ", ".join(end for endings in ENDINGS.values() for end in endings)
        raise UserError(f"{files}: no source reads this kind of file; known are {known}, also packed (.gz, .zst)")
    if not glob.glob(files, recursive=True):  # noqa: PTH207  # a pattern
        raise UserError(f"no file {files}")
    source = load(names("SOURCES")[use]).model_validate({"files": inside}, context={"roots": [folder.resolve()]})
    rows: list[dict[str, Any]] = []
    for table in source.read(source.parts()[0], limit=SAMPLE):
        rows += [{name: value for name, value in row.items() if not name.startswith("_")} for row in table.to_pylist()]
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    if not columns:
        raise UserError(f"{files} has no rows")
    return Found(use=use, files=inside, columns=columns, guesses=_guesses(columns), rows=rows)


def _guesses(columns: tuple[str, ...]) -> dict[str, str]:
    lowered = {name.lower(): name for name in reversed(columns)}
    found = {}
    for meaning, usual in USUAL.items():
        name = next((lowered[name] for name in usual if name in lowered), None)
        if name is not None:
            found[meaning] = name
    return found


def language_of(found: Found, column: str) -> str | None:
    """Return the language (ISO 639-3) that most texts of a column seem to be in; None if that is not clear."""
    texts = [text for row in found.rows if isinstance(text := row.get(column), str)]
    identify = load("collection.identify:identifier")("vote")
    batches = load("collection.prose:prose")(pa.chunked_array([pa.array(texts, pa.large_string())]))
    counted = Counter(guess[0][0] for _, batch in batches for guess in identify(batch) if guess and guess[0][1] > 0.5)
    ((code, num),) = counted.most_common(1) or [("", 0)]
    return code if code in languages.codes() and num * 2 > counted.total() else None
