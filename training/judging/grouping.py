"""What is judged, by language and by how much there is of a language."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from aya import languages

T = TypeVar("T")

ALL = ""
"""Stands for all languages together in tables."""
CLEAN = "clean"
"""Stands for what is not contaminated."""
LEVELS = ("high", "mid", "low", "unknown")
"""How much data there is of a language, as the registry has it."""


def by_language(found: Iterable[T], language_of: Callable[[T], str]) -> dict[str, list[T]]:
    """Return what there is of all languages, then of each, sorted by code."""
    grouped: dict[str, list[T]] = {ALL: []}
    for one in found:
        grouped[ALL].append(one)
        grouped.setdefault(language_of(one), []).append(one)
    return dict(sorted(grouped.items()))


def by_level(found: Iterable[T], language_of: Callable[[T], str]) -> dict[str, list[T]]:
    """Return what there is of languages of each level, that with most data first."""
    grouped: dict[str, list[T]] = {}
    for one in found:
        grouped.setdefault(languages.get(language_of(one)).resource or "unknown", []).append(one)
    return {level: grouped[level] for level in LEVELS if level in grouped}


def clean(found: Sequence[T], contaminated: Callable[[T], bool]) -> dict[str, list[T]]:
    """Return what is not contaminated, under `CLEAN`; nothing where all is clean."""
    kept = [one for one in found if not contaminated(one)]
    return {CLEAN: kept} if len(kept) < len(found) else {}
