"""What a backend of language identification is: letters of texts in, likely languages out."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from aya import languages
from collection.prose import Prose

Guess = Sequence[tuple[str, float]]
"""Likely languages (ISO 639-3), likeliest first, with their probabilities; empty where there is no answer."""


class Identifier(Protocol):
    """Says in which languages texts may be."""

    def knows(self, language: str, group: str) -> bool:
        """Return whether it can be trusted to see a language (ISO 639-3) in a script (`collection.prose.GROUPS`)."""

    def __call__(self, prose: Prose) -> list[Guess]:
        """Return a guess for each text."""


@cache
def code_of(label: str) -> str | None:
    """Return the registry's code for a label of some detector; None for `un` and what the registry lacks."""
    found = languages.resolve(label) if label not in ("un", "xxx", "unknown") else None
    return found.language if found else None


def merged(pairs: Sequence[tuple[str | None, float]]) -> Guess:
    """Return labels that mean one language as one, likeliest first."""
    sums: dict[str, float] = {}
    for code, chance in pairs:
        if code and chance > 0:
            sums[code] = sums.get(code, 0.0) + chance
    rounded = [(code, round(chance, 4)) for code, chance in sums.items()]
    return sorted(rounded, key=lambda pair: (-pair[1], pair[0]))
