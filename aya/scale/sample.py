"""A small sample in twelve scripts, of messages that a package has: rows of any length, the same ones each time."""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aya import languages
from aya.stage import load, names

LOCALES = ("am", "ar", "el", "fr", "he", "hi", "ko", "my", "ru", "te", "th", "zh_Hans")
"""Ethiopic, Arabic, Greek, Latin, Hebrew, Devanagari, Hangul, Burmese, Cyrillic, Telugu, Thai and Han."""
UNSPACED = ("my", "th", "zh_Hans")


@cache
def messages() -> Mapping[str, Sequence[str]]:
    """Return messages of Django by locale."""
    source = load(names("SOURCES")["collection.gettext"])()
    parts = {part.name: part for part in source.parts()}
    return {
        locale: [text for table in source.read(parts[locale]) for text in table["translation"].to_pylist()]
        for locale in LOCALES
    }


def write_sample(path: Path, *, rows: int, characters: int, seed: int) -> int:
    """Write rows of prompts and completions of about so many characters in all; return how many they have."""
    draw, known, made = random.Random(seed), messages(), []
    for number in range(rows):
        locale = LOCALES[number % len(LOCALES)]
        found = languages.resolve(locale)
        assert found is not None, locale
        texts = [_text(draw, known[locale], characters // 2, "" if locale in UNSPACED else " ") for _ in range(2)]
        made.append({"inputs": texts[0], "targets": texts[1], "language": found.language})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(made), path, compression="zstd")
    return sum(len(row["inputs"]) + len(row["targets"]) for row in made)


def _text(draw: random.Random, texts: Sequence[str], length: int, joint: str) -> str:
    found = draw.choice(texts)
    while len(found) < length:
        found += joint + draw.choice(texts)
    return found[:length]
