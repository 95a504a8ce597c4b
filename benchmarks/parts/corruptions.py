"""Good translations made bad, each in one known way."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import regex

from aya.text import graphemes
from translation.numerals import numbers

KINDS = ("wrong language", "truncation", "repetition", "copy", "swapped rows", "dropped number")

_NUMBER = regex.compile(r"\p{Nd}(?:[\p{Nd}.,٫٬]*\p{Nd})?")


class Corrupted(NamedTuple):
    """Translations, some of them bad, and what was done to each; empty for a good one."""

    texts: list[str]
    kinds: list[str]


def corrupted(
    sources: Sequence[str], texts: Sequence[str], others: Sequence[Sequence[str]], *, share: float, seed: str
) -> Corrupted:
    """Return the translations with each kind of corruption in a share of the rows; `others` are in other languages."""
    draw = random.Random(seed)
    order = draw.sample(range(len(texts)), len(texts))
    found, kinds = list(texts), [""] * len(texts)
    for kind in KINDS:
        chosen: list[int] = []
        while order and len(chosen) < share * len(texts):
            row = order.pop()
            made = _made(kind, sources[row], texts[row], draw.choice(others)[row], draw)
            if made is not None and made != texts[row]:
                found[row], kinds[row] = made, kind
                chosen.append(row)
        if kind == "swapped rows":
            for row, other in zip(chosen, [*chosen[1:], *chosen[:1]], strict=True):
                found[row] = texts[other]
    return Corrupted(found, kinds)


def _made(kind: str, source: str, text: str, other: str, draw: random.Random) -> str | None:
    """Return the corrupted text; None where it can not be done to this one."""
    letters = graphemes(text)
    if kind == "wrong language":
        return other
    if kind == "truncation":  # 30 to 70 of a hundred letters stay
        return "".join(letters[: int(len(letters) * draw.uniform(0.3, 0.7))]).strip() if len(letters) >= 20 else None
    if kind == "repetition":  # the last 8 to 30 letters three to eight times more
        last = "".join(letters[-draw.randint(8, 30) :])
        return f"{text} {' '.join([last] * draw.randint(3, 8))}"
    if kind == "copy":
        return source
    if kind == "swapped rows":
        return f"{text} "  # gets another row's text
    wanted = numbers(source)
    places = [match for match in _NUMBER.finditer(text) if numbers(match[0]) & wanted]
    if not places:
        return None
    lost = draw.choice(places)
    return text[: lost.start()] + text[lost.end() :]
