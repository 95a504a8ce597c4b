"""Translated rows for tests: lists of territories, in English and in eight languages, as CLDR names them."""

import random
from collections.abc import Sequence

import pyarrow as pa
from babel import Locale

from aya.table import put, records

LANGUAGES = {
    "amh": ("am", "Ethi"), "ara": ("ar", "Arab"), "hin": ("hi", "Deva"), "mya": ("my", "Mymr"), "tel": ("te", "Telu"),
    "tha": ("th", "Thai"), "yor": ("yo", "Latn"), "zho": ("zh", "Hans"),
}  # fmt: skip
"""Codes of the registry, with CLDR's code and the script."""


def lists(code: str, num: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Return lists of eight territories in English, each with its translation."""
    english, other = Locale("en").territories, Locale(LANGUAGES[code][0]).territories
    names = sorted(str(key) for key in english if len(str(key)) == 2 and key in other)
    chosen = random.Random(seed)
    rows = [chosen.sample(names, 8) for _ in range(num)]
    return [(", ".join(english[key] for key in row), ", ".join(other[key] for key in row)) for row in rows]


def table(pairs: Sequence[tuple[str | None, str]], code: str = "yor") -> pa.Table:
    """Return records of translated texts with their source texts; a source of None is a row that is no translation."""
    rows = [
        {"id": f"{code}{number:05}", "inputs": target, "targets": "", "language": code, "script": LANGUAGES[code][1]}
        for number, (_, target) in enumerate(pairs)
    ]
    made = put(records(rows), "source_inputs", [source for source, _ in pairs], pa.large_string())
    return put(made, "source_targets", [None if source is None else "" for source, _ in pairs], pa.large_string())
