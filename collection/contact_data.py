"""Where in a text contact data stands: e-mail addresses, phone numbers, IP addresses, @handles."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Literal

import regex

Kind = Literal["email", "phone", "ip", "handle"]
Span = tuple[Kind, int, int]

KINDS: tuple[Kind, ...] = ("email", "phone", "ip", "handle")
MASKS: Mapping[Kind, str] = {kind: f"<{kind.upper()}>" for kind in KINDS}

_EMAIL = regex.compile(
    r"(?<![\w.+-])[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.+%-]{0,62}[\p{L}\p{M}\p{N}_+-])?"
    r"@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}]{2,24}(?![\p{L}\p{N}@])"
)
_JOINING_AT = regex.compile(r"[\p{L}\p{M}\p{N}_+-]@[\p{L}\p{N}]")  # cheap, and most texts have none
_FILES = frozenset("png jpg jpeg gif svg webp css js".split())  # `logo@2x.png` is a file

# `_GAP` stands between the groups of a phone number: at most one sign, with a space around it. Groups
# are possessive: there is one way to read a run of digits, however long it is.
_GAP = r"(?:[ \u00a0]?[-.·\u2010-\u2013/][ \u00a0]?|[ \u00a0])?"
_LETTER = r"[\p{Latin}\p{Greek}\p{Cyrillic}]"  # in other scripts a word or an ending may touch a number
_PHONE = regex.compile(
    rf"(?=[+(0-9])(?<!{_LETTER}|[0-9_$€£¥₹#&=/]|[0-9][ \u00a0.,:-])(?:"
    rf"(?P<world>(?:\+ ?|00{_GAP})[1-9][0-9]{{0,2}}(?:{_GAP}\(0\))?(?:{_GAP}\(?[0-9]{{1,12}}+\)?){{1,7}})"
    rf"|(?P<area>\(0?[1-9][0-9]{{1,3}}\){_GAP}[0-9]{{2,5}}+(?:{_GAP}[0-9]{{2,8}}+){{1,3}})"
    rf"|(?P<trunk>0[0-9]{{1,4}}+(?:{_GAP}[0-9]{{2,8}}+){{1,5}})"
    r"|(?P<ten>[2-9][0-9]{2}(?P<sign>[-.])[2-9][0-9]{2}(?P=sign)[0-9]{4})"
    rf")(?!{_LETTER}|[0-9_%€$£]|[.,:/-][0-9])"
)
_DIGITS = {"world": (8, 15), "area": (8, 12), "trunk": (9, 12), "ten": (10, 10)}
_COUNTED = regex.compile(r"\+ ?[0-9]{1,3}(?:[ \u00a0.][0-9]{3}){1,2}")  # `+10 000 000`
_DATED = regex.compile(
    r"(?:0[1-9]|[12][0-9]|3[01])([./-])(?:0[1-9]|1[0-2])\1[12][0-9]{3}|.*\b(?:19|20)[0-9]{2}\W+(?:19|20)[0-9]{2}\b"
)

_IP4 = regex.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
_IP6 = regex.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:]|\.[0-9])")

_HANDLE = regex.compile(
    r"(?=@)(?<![\p{L}\p{M}\p{N}_@/.+-])@(?=[0-9_]*[A-Za-z])[A-Za-z0-9_]{2,30}(?![A-Za-z0-9_@]|\.[a-z]|\()"
)
_CODE = regex.compile(r"(?m)^[ \t]*(?P<at>@)[A-Za-z_]+[ \t]*$")


def spans(text: str) -> list[Span]:
    """Return kind, start and stop of contact data in a text, in order, none inside another."""
    plain = _plain(text)
    found: list[Span] = []
    for kind, finder in _FINDERS:
        for start, stop in finder(plain):
            if all(stop <= other[1] or start >= other[2] for other in found):
                found.append((kind, start, stop))
    return sorted(found, key=lambda span: span[1])


_OTHER = regex.compile(r"(?V1)[\p{Nd}--[0-9]]|[＋（）＠－]")


def _plain(text: str) -> str:
    """Return the text with the digits of every script and wide signs as ASCII; every place stays."""
    return _OTHER.sub(lambda found: _ascii(found.group()), text)


@lru_cache(maxsize=4096)
def _ascii(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return {"＋": "+", "（": "(", "）": ")", "＠": "@", "－": "-"}.get(letter, letter) if digit is None else str(digit)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for found in _EMAIL.finditer(text) if _JOINING_AT.search(text) else ():
        if found.group().rpartition(".")[2].lower() not in _FILES:
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        number = found.group()
        digits = [*filter(str.isdigit, number)]
        form = next(form for form in _DIGITS if found.group(form))
        least, most = _DIGITS[form]
        other = _COUNTED.fullmatch(number) or _DATED.match(number) or len(set(digits)) < 3
        if least <= len(digits) <= most and not other:
            yield found.span()


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for found in _IP4.finditer(text) if text.count(".") > 2 else ():
        if any(len(part) > 1 for part in found.group().split(".")[:2]) and _public(found.group()):
            yield found.span()
    for found in _IP6.finditer(text) if text.count(":") > 2 else ():
        if sum(map(bool, found.group().split(":"))) > 2 and _public(found.group()):
            yield found.span()


def _public(address: str) -> bool:
    """Return whether a text is an address of the public Internet."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def _handles(text: str) -> Iterator[tuple[int, int]]:
    code = {found.start("at") for found in _CODE.finditer(text)} if "@" in text else set()
    for found in _HANDLE.finditer(text) if "@" in text else ():
        if found.start() not in code:
            yield found.span()


_FINDERS: tuple[tuple[Kind, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("email", _emails),
    ("ip", _addresses),
    ("phone", _phones),
    ("handle", _handles),
)
