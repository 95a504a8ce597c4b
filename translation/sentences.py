"""Sentences of a text in any script, so that they can be put together again letter by letter.

Translation models drop sentences when they are given several at once, and batches of single sentences decode two to
three times as fast. sentencex (Wikimedia, some 300 languages) knows abbreviations; where it does not know a script's
own marks, a table does.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

import regex

from aya import languages
from aya.errors import needs

_CLOSING = r"[\"”’»›」』）)\]]*"
_NO_CLOSING = r"(?![\"”’»›」』）)\]])"


def _after(marks: str, *, space: str) -> regex.Pattern[str]:
    """Return a pattern for the place after one of the marks and what closes behind it, up to the next sentence."""
    return regex.compile(rf"(?<=[{marks}]{_CLOSING}){space}{_NO_CLOSING}(?![{marks}])")


_HAN = _after("。！？｡", space=r"\s*")
_MARKS: Mapping[str, regex.Pattern[str]] = MappingProxyType(
    {
        "Arab": _after(".۔؟!", space=r"\s+"),
        "Ethi": regex.compile(rf"(?<=(?:፡፡|[።፨፧!?]){_CLOSING})\s*{_NO_CLOSING}(?![፡።፨፧!?])"),
        "Hans": _HAN,
        "Hant": _HAN,
        "Jpan": _HAN,
        "Khmr": _after("។៕?!", space=r"\s*"),
        "Mymr": _after("။", space=r"\s*"),
        "Tibt": _after("།༎", space=r"\s+"),
    }
)
"""Where a sentence ends, by script, for the scripts in which sentencex finds fewer of NTREX-128's boundaries."""

_CLAUSE = regex.compile(r"(?<=[,;:،؛、，；፣፤၊၊\u0E46།])\s*|\s+")


def sentences(text: str, *, language: str, script: str, longest: int = 0) -> list[str]:
    """Return the sentences of a text with the white space behind them; joined they are the text.

    A sentence longer than `longest` letters (0: no limit) is cut after clause marks or at white space, since a script
    such as Thai has no mark for the end of a sentence; where there is neither, at `longest`.
    """
    pattern = _MARKS.get(script)
    found = _cut(text, pattern) if pattern else _sentencex(text, language)
    if not longest:
        return found
    return [piece for sentence in found for piece in _pieces(sentence, longest)]


def _sentencex(text: str, language: str) -> list[str]:
    with needs("translation"):
        import sentencex

    row = languages.get(language)
    found = list(sentencex.segment(row.bcp47, text))
    return found if "".join(found) == text else [text]


def _cut(text: str, pattern: regex.Pattern[str]) -> list[str]:
    ends = [match.end() for match in pattern.finditer(text)]
    bounds = [0, *(end for end in ends if 0 < end < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(bounds) if start < end]


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Yield parts of at most `longest` letters, each as long as its marks allow."""
    while len(text) > longest:
        ends = [match.end() for match in _CLAUSE.finditer(text, 0, longest) if 0 < match.end() <= longest]
        end = ends[-1] if ends else _whole_letter(text, longest)
        yield text[:end]
        text = text[end:]
    if text:
        yield text


def _whole_letter(text: str, end: int) -> int:
    """Return the last place at or before `end` that is not inside a letter (grapheme cluster)."""
    last = 0
    for match in regex.finditer(r"\X", text):
        if match.end() > end:
            break
        last = match.end()
    return last or end
