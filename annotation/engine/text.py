"""Fold texts so that a search finds them in any script, and read the query language of the search box."""

import re
import unicodedata
from typing import NamedTuple

# Latin, Greek and Cyrillic accents; Hebrew points; Arabic harakat, hamza above and below, tatweel; joiners and marks of
# direction. Vowel signs of Indic, Thai, Khmer, Burmese, Ethiopic are letters and stay.
_FOLDED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00]"
)
_TOKEN = re.compile(r'([+-]?)"([^"]*)"?|(\|)|([+-]?)([^\s|"]+)')
_FUZZY = re.compile(r"(?<=.)(\*|~\d*)$")


class Atom(NamedTuple):
    """A folded text that must occur, or must not."""

    text: str
    negated: bool = False


def fold(text: str) -> str:
    """Return the text without case, compatibility forms, accents and harakat, with single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _FOLDED.sub("", unicodedata.normalize("NFD", plain))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", plain)).strip()


def parse(query: str) -> list[list[Atom]]:
    """Return the alternatives of a query, each a list of what must hold together.

    `a b` wants both, `a | b` one of them, `-a` none, `"a b"` the phrase; `a*` and `a~1` ask for `a`, since every search
    is for a part of a text. Parentheses are left out.
    """
    alternatives: list[list[Atom]] = [[]]
    for match in _TOKEN.finditer(query):
        sign, phrase, either, sign_of_word, word = match.groups()
        if either:
            alternatives.append([])
            continue
        text = fold(phrase if phrase is not None else _FUZZY.sub("", word.strip("()")))
        if text:
            alternatives[-1].append(Atom(text, negated="-" in (sign, sign_of_word)))
    return [atoms for atoms in alternatives if atoms]
