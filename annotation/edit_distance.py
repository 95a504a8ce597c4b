"""How far an edit went: Levenshtein distance on what a reader sees as letters."""

import unicodedata
from typing import Literal

from aya.errors import needs
from aya.text import graphemes

with needs("annotation"):
    from rapidfuzz.distance import Levenshtein

Unit = Literal["grapheme", "character"]
"""What counts one: a grapheme cluster (UAX 29) of the composed text, or a code point of the text as it is."""


def distance(before: str, after: str, *, unit: Unit = "grapheme") -> int:
    """Return the least number of insertions, deletions and substitutions that turn one text into the other.

    Texts of any length; a Telugu syllable or a family emoji counts one, and `é` is the same letter composed or not.
    References: Levenshtein 1966; computed bit-parallel as Myers 1999 and Hyyrö 2003.
    """
    if unit == "character":
        return Levenshtein.distance(before, after)
    return Levenshtein.distance(_letters(before), _letters(after))


def relative_distance(before: str, after: str, *, unit: Unit = "grapheme") -> float:
    """Return the distance as a share of the longer text, 0 (the same) to 1; two empty texts are the same."""
    longer = max(_length(before, unit), _length(after, unit))
    return distance(before, after, unit=unit) / longer if longer else 0.0


def _letters(text: str) -> list[str]:
    return graphemes(unicodedata.normalize("NFC", text))


def _length(text: str, unit: Unit) -> int:
    return len(_letters(text)) if unit == "grapheme" else len(text)
