"""Find UTF-8 that was read as a one-byte encoding: `Ã©` for `é`, `â€™` for `’`, `РїСЂРё` for `при`.

The bytes are taken back: what Windows-1252, Latin-1 or Windows-1251 would have written for the text is
read as UTF-8. In true text a letter above ASCII hardly ever begins a valid UTF-8 sequence, but it can:
`MENÜ”` and `Він` hold one. So one sequence is enough only where nobody writes its characters side by
side; otherwise there must be several, and they must cover nearly all characters above ASCII.

References: the idea of reading bytes back is that of ftfy (Speer 2019); the rules here are other and
fewer, and were set on clean sentences of 128 languages (`docs/filters.md`).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import regex

SHARE = 0.8
"""Characters above ASCII that must be in sequences where no single one is sure."""

LEAST = 3
"""Sequences there must be then."""


def _bytes_of(encoding: str) -> Mapping[str, int]:
    """Return the byte from 128 on that each character had; bytes without one are the C1 controls."""
    table = {chr(byte): byte for byte in range(128, 160)}
    for byte in range(128, 256):
        table[bytes([byte]).decode(encoding, "ignore") or chr(byte)] = byte
    return MappingProxyType(table)


ENCODINGS = {name: _bytes_of(name) for name in ("cp1252", "cp1251")}


def _class(name: str, first: int, last: int) -> str:
    """Return a character class of what the bytes from `first` to `last` look like (RE2 and Python)."""
    letters = sorted({letter for letter, byte in ENCODINGS[name].items() if first <= byte <= last})
    return "[" + "".join(letters) + "]"


def _sequence(name: str) -> str:
    """Return a pattern of one UTF-8 sequence of two to four bytes, read in the encoding `name`."""
    more = _class(name, 0x80, 0xBF)
    two, three, four = _class(name, 0xC2, 0xDF), _class(name, 0xE0, 0xEF), _class(name, 0xF0, 0xF4)
    return f"(?:{two}{more}|{three}{more}{more}|{four}{more}{more}{more})"


# A sure sequence: what â€™ “ ” … –, a symbol, an emoji, or a letter of Latin-1 or Latin Extended-A look
# like in Windows-1252, with a sign in second place that never follows a letter.
_SIGN = "[\u0080-\u009f¡¢£¤¥¦§¨©¬®¯°±´µ¶·¸¹²³¼½¾¿€ƒ†‡ˆ‰˜™]"
_HIGH = r"[^\x00-\x7f]"
_SURE = regex.compile(f"[ÂÃÄÅ]{_SIGN}|â[€\u0080‚„]{_HIGH}|â[†ˆ‰‹Œ”•–—˜™š›œž]{_HIGH}|ï»¿|ï¿½|ð[Ÿ\u009f]{_HIGH}{_HIGH}")
_SEQUENCES = {name: regex.compile(_sequence(name)) for name in ENCODINGS}

SCREEN = f"{_sequence('cp1252')}|(?:{_sequence('cp1251')}){{2}}"
"""RE2: what a text with mojibake has, and few others."""


def mojibake(text: str) -> str | None:
    """Return a piece of `text` that is UTF-8 read in the wrong encoding; None if there is none."""
    for found in _SURE.finditer(text):
        if _decode(found.group(), "cp1252") is not None:
            return found.group()
    for name in ENCODINGS:
        valid = list(_valid(text, name))
        high = sum(1 for letter in text if letter > "\x7f")
        if len(valid) >= LEAST and sum(map(len, valid)) >= SHARE * high:
            return valid[0]
    return None


def _valid(text: str, encoding: str) -> Iterator[str]:
    """Yield the sequences of a text that are UTF-8 once read back."""
    for found in _SEQUENCES[encoding].finditer(text):
        if _decode(found.group(), encoding) is not None:
            yield found.group()


def _decode(text: str, encoding: str) -> str | None:
    """Return what the bytes of a text say in UTF-8; None if they say nothing."""
    try:
        return bytes(map(ENCODINGS[encoding].__getitem__, text)).decode()
    except (KeyError, UnicodeDecodeError):
        return None
