"""What a model says of answers: which of two is better, asked in both orders, and a rating."""

import unicodedata
from collections.abc import Awaitable, Callable
from functools import cache

import regex

from aya.models.verdict import Better, Verdicts, preferred
from synthesis.asking import Said
from synthesis.prompting import Prompt, labels, prompt

Ask = Callable[[Prompt], Awaitable[Said]]
"""Asks the judge."""

_RATING = regex.compile(r"(?<!\p{N})\p{N}(?!\p{N})")


async def better(ask: Ask, request: str, first: str, second: str, *, language: str) -> Better | None:
    """Return which answer to a request is better; `inconsistent` if the order decides, None without a verdict."""
    verdicts, known = [], _verdicts(language)
    for one, other in ((first, second), (second, first)):
        said = await ask(prompt("judge", language, prompt=request, first=one, second=other))
        verdicts.append(known.read(said.text))
    return preferred(*verdicts)


async def rate(ask: Ask, request: str, text: str, *, language: str) -> int | None:
    """Return how well a text answers a request, from 1 to 5; None if the model gives no such number, in any digits."""
    said = await ask(prompt("rate", language, prompt=request, text=text))
    numbers = (unicodedata.digit(one, 0) for one in _RATING.findall(said.text))
    return next((number for number in numbers if 1 <= number <= 5), None)


@cache
def _verdicts(language: str) -> Verdicts:
    """Return how verdicts are spelt in answer to the template of a language, Cyrillic letters for Latin ones too."""
    _, first, second = labels("judge", language)
    return Verdicts({"first": ("A", "А", first), "second": ("B", "В", second), "tie": ("TIE",)})
