"""Text functions that two folders need: normalise, count, segment, n-grams, scripts, hashing.

Nothing here knows a language or splits on white space alone: letters are grapheme clusters,
scripts are those of Unicode, and scripts written without spaces are cut into graphemes.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import regex
import xxhash

UNSEGMENTED = frozenset(
    {"Hani", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Tale", "Talu", "Lana"}
)
"""ISO 15924 codes of scripts that do not put white space between words."""

# fmt: off
SCRIPTS = (
    "Latn", "Cyrl", "Grek", "Arab", "Hebr", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda",
    "Mlym", "Sinh", "Thai", "Laoo", "Tibt", "Mymr", "Khmr", "Geor", "Armn", "Ethi", "Hani", "Hira", "Kana",
    "Hang", "Bopo", "Mong", "Thaa", "Tfng", "Nkoo", "Olck", "Cher", "Cans", "Syrc", "Mtei", "Tale", "Talu",
    "Lana", "Java", "Bali", "Sund", "Vaii", "Adlm", "Lisu", "Copt", "Goth", "Yiii", "Cham", "Bugi", "Limb",
    "Lepc", "Saur", "Rjng", "Samr", "Mand", "Cakm", "Dsrt", "Hmnp", "Osge", "Rohg", "Shaw", "Tavt",
)
# fmt: on
"""ISO 15924 codes of the scripts that `script_of` tells apart."""

SCRIPT_MEMBERS = {
    "Hans": frozenset({"Hani"}),
    "Hant": frozenset({"Hani", "Bopo"}),
    "Jpan": frozenset({"Hani", "Hira", "Kana"}),
    "Kore": frozenset({"Hang", "Hani"}),
    "Hang": frozenset({"Hang", "Hani"}),
}
"""Scripts of Unicode that a code of several scripts stands for; any other code stands for itself."""

_GRAPHEME = regex.compile(r"\X")
# Letters that can join a neighbour into one grapheme cluster; a text without any counts its code points.
_CLUSTERING = regex.compile(
    r"[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}\p{GCB=Prepend}\p{GCB=L}\p{GCB=V}\p{GCB=T}\p{GCB=RI}\r]"
)
_SCRIPT = regex.compile("|".join(rf"(?P<{code}>\p{{Script={code}}})" for code in SCRIPTS))
# Letters of unsegmented scripts, also those of two scripts (`ー`, `々`); their digits do form words.
_ALONE = "".join(rf"\p{{scx={code}}}" for code in sorted(UNSEGMENTED))
_ALONE = rf"[[{_ALONE}]&&\p{{L}}]"
_IN_WORD = rf"[[\p{{L}}\p{{N}}\p{{M}}_\u00ad\u200c\u200d]--{_ALONE}]"
# A word: a letter or digit and all that joins it, also across one inner apostrophe, middle dot or
# gershayim; or one grapheme cluster that starts with a letter of an unsegmented script. UAX 29 breaks
# before some vowel signs (Burmese `ာ`), hence the marks after it.
_WORD = regex.compile(
    rf"(?V1)[[\p{{L}}\p{{N}}]--{_ALONE}]{_IN_WORD}*+(?:['’·׳״]{_IN_WORD}++)*+|(?={_ALONE})\X\p{{M}}*+"
)

Item = TypeVar("Item")


def normalise(text: str) -> str:
    """Return the text in the form in which two copies are equal: NFKC, casefold, single spaces.

    NFKC is applied once more after folding the case, since folding can undo it (`ﬃ`, `ŉ`).
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def graphemes(text: str) -> list[str]:
    """Return what a reader sees as letters: extended grapheme clusters (UAX 29)."""
    return [*text] if _CLUSTERING.search(text) is None else _GRAPHEME.findall(text)


def num_graphemes(text: str) -> int:
    """Return the number of grapheme clusters; a Telugu syllable or a family emoji counts one."""
    return len(text) if _CLUSTERING.search(text) is None else len(_GRAPHEME.findall(text))


def words(text: str) -> list[str]:
    """Return the words of a text; in unsegmented scripts every grapheme of a letter is one.

    Punctuation, symbols and emoji are no words. Marks, joiners and inner apostrophes stay in their
    word; every word has a letter or a digit.
    """
    return _WORD.findall(text)


def ngrams(items: Sequence[Item], n: int) -> list[tuple[Item, ...]]:
    """Return the runs of `n` neighbours, in order; none when there are fewer than `n` items."""
    return list(zip(*(items[i:] for i in range(n)), strict=False))


@lru_cache(maxsize=65_536)
def script_of(letter: str) -> str:
    """Return the ISO 15924 code of a letter's script; empty for digits, signs and letters of no one script."""
    found = _SCRIPT.match(letter) if unicodedata.category(letter)[0] == "L" else None
    return str(found.lastgroup) if found else ""


def script_shares(text: str) -> dict[str, float]:
    """Return the share of each script (ISO 15924) among the letters, largest first.

    Letters common to several scripts (`ー`, combining marks) are not counted; a text without letters
    gives an empty mapping.
    """
    counts: Counter[str] = Counter()
    for letter, count in Counter(text).items():
        if script := script_of(letter):
            counts[script] += count
    total = counts.total()
    return {script: count / total for script, count in counts.most_common()}


def digest(*parts: str) -> str:
    """Return 128 bits as 32 hex digits; the parts are kept apart, so ("ab", "c") differs from ("a", "bc")."""
    return xxhash.xxh3_128_hexdigest(b"".join(map(_framed, parts)))


def digests(fixed: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return `digest(*fixed, *row)` of each row, hashing the fixed parts once."""
    start = xxhash.xxh3_128(b"".join(map(_framed, fixed)))
    found = []
    for row in rows:
        hasher = start.copy()
        hasher.update(b"".join(map(_framed, row)))
        found.append(hasher.hexdigest())
    return found


def _framed(part: str) -> bytes:
    data = part.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(8, "little") + data


def hash64(text: str, *, seed: int = 0) -> int:
    """Return 64 bits of a text as an unsigned integer, the same on every machine and run."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"), seed & (2**64 - 1))


def hashes64(texts: Iterable[str], *, seed: int = 0) -> list[int]:
    """Return `hash64` of each text."""
    return [hash64(text, seed=seed) for text in texts]
