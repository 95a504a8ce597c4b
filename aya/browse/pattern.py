"""A searched text as a pattern that finds it whatever its case, accents and vowel points.

The texts stay as they are: what is optional stands in the pattern, so one pass over the rows is enough. Optional are
marks that readers leave out: accents (also tone marks), Arabic, Hebrew and Syriac vowel points, tatweel, joiners. The
vowel signs of Devanagari, Telugu, Thai and their like are letters and count.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

import regex

# The Unicode script of marks that several scripts share is Inherited: accents, and the Arabic vowel points.
_MARK = r"[[\p{Inherited}\p{Arabic}\p{Hebrew}\p{Syriac}]&&\p{M}]"
BETWEEN = rf"[{_MARK}\u0640\p{{Cf}}]*"
"""What may stand between two letters."""

_LEFT_OUT = regex.compile(rf"(?V1){BETWEEN}")
_SPACE = regex.compile(r"\p{White_Space}+")
_MOST = 3
"""Letters that one sign stands for, as `ffi`; what stands for more, as a whole phrase in Arabic, is itself."""


def loose(text: str) -> str:
    """Return a pattern for `text`, good for the regular expressions of polars and of `regex` (version 1).

    An empty pattern means that nothing is left of the text to look for.
    """
    words = ([one for letter in word if (one := plain(letter))] for word in _SPACE.split(text))
    return rf"(?:\p{{White_Space}}{BETWEEN})+".join("".join(_units(word)) for word in words if word)


def exact(text: str) -> str:
    """Return a pattern for `text` letter by letter."""
    return "".join(map(_code, text))


def is_left_out(letter: str) -> bool:
    """Return whether a letter is a mark that may be there or not."""
    return _LEFT_OUT.fullmatch(letter) is not None


def plain(letter: str) -> str:
    """Return a letter without case and marks: several where it is made of several, none where it is optional."""
    folded = unicodedata.normalize("NFKD", letter).casefold()
    apart = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", folded))
    whole = unicodedata.category(letter)[0] not in "LNM" or len(apart) > _MOST or _SPACE.search(apart)
    return _LEFT_OUT.sub("", letter) if whole else apart


def _units(word: list[str]) -> Iterator[str]:
    """Yield a pattern for each plain letter, and for neighbours that one sign may stand for (`f` and `i`) together."""
    start = 0
    while start < len(word):
        runs = (word[start : start + n] for n in range(_MOST, 1, -1))
        run = next((run for run in runs if max(map(len, run)) == 1 and _signs("".join(run))), word[start : start + 1])
        part = "".join(run)
        apart = BETWEEN.join(_group({letter, *_signs(letter)}) for letter in part)
        signs = _signs(part) if len(part) > 1 else ()
        yield (f"(?:{_group(signs)}|{apart})" if signs else apart) + BETWEEN
        start += len(run)


def _group(letters: Iterable[str]) -> str:
    return f"[{''.join(map(_code, sorted(letters)))}]"


def _signs(part: str) -> Iterable[str]:
    """Return the signs that stand for these letters, whatever their case and marks."""
    composed = unicodedata.normalize("NFC", part)
    return [*_alike().get(part, ()), *(composed if len(composed) == 1 and composed != part else "")]


def _code(letter: str) -> str:
    return rf"\U{ord(letter):08x}"


@cache
def _alike() -> dict[str, list[str]]:
    """Return letters, digits and marks by their plain form; without Han, Hangul and Tangut, which have no case."""
    found = defaultdict[str, list[str]](list)
    ranges = [(0, 0x3400), (0xA000, 0xAC00), (0xF900, 0x17000), (0x1B000, 0x20000), (0x2F800, 0x2FA20)]
    for code in (code for start, stop in ranges for code in range(start, stop)):
        letter = chr(code)
        if unicodedata.category(letter)[0] in "LNM" and (key := plain(letter)) and key != letter:
            found[key].append(letter)
    return dict(found)
