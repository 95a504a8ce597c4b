"""What a model says of answers: which of two is better, asked in both orders, and a rating."""

import re
from collections.abc import Awaitable, Callable

from aya.models.verdict import Better, Verdicts, preferred
from synthesis.asking import Said
from synthesis.prompting import Prompt, prompt

Ask = Callable[[Prompt], Awaitable[Said]]
"""Asks the judge."""

_VERDICTS = Verdicts({"first": ("A", "Answer A"), "second": ("B", "Answer B"), "tie": ("TIE",)})
_RATING = re.compile(r"(?<!\d)[1-5](?!\d)")


async def better(ask: Ask, request: str, first: str, second: str, *, language: str) -> Better | None:
    """Return which answer to a request is better; `inconsistent` if the order decides, None without a verdict."""
    verdicts = []
    for one, other in ((first, second), (second, first)):
        said = await ask(prompt("judge", language, prompt=request, first=one, second=other))
        verdicts.append(_VERDICTS.read(said.text))
    return preferred(*verdicts)


async def rate(ask: Ask, request: str, text: str, *, language: str) -> int | None:
    """Return how well a text answers a request, from 1 to 5; None if the model gives no number."""
    found = _RATING.search((await ask(prompt("rate", language, prompt=request, text=text))).text)
    return int(found.group()) if found else None
