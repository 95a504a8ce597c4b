"""What is judged, by language and by how much there is of a language."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from aya import languages

T = TypeVar("T")

ALL = ""
"""Stands for all languages together in tables."""
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
