"""What a model says of answers: which of two is better, asked in both orders, and a rating."""

import re
from collections.abc import Awaitable, Callable
from typing import Literal

from synthesis.asking import Said
from synthesis.prompting import Prompt, prompt

Better = Literal["first", "second", "tie", "inconsistent"]
Ask = Callable[[Prompt], Awaitable[Said]]
"""Asks the judge."""

_VERDICT = re.compile(r"\b(A|B|TIE)\b")
_RATING = re.compile(r"(?<!\d)[1-5](?!\d)")


async def better(ask: Ask, request: str, first: str, second: str, *, language: str) -> Better:
    """Return which answer to a request is better; `inconsistent` if the order of the answers decides.

    References: Zheng et al. 2023 (arXiv 2306.05685), section 3.4, on judges that prefer a position.
    """
    verdicts = []
    for answers, names in (((first, second), ("first", "second")), ((second, first), ("second", "first"))):
        said = await ask(prompt("judge", language, prompt=request, first=answers[0], second=answers[1]))
        found = _VERDICT.search(said.text.upper())
        verdicts.append({"A": names[0], "B": names[1]}.get(found.group(1), "tie") if found else "tie")
    one, other = verdicts
    if one == other:
        return "first" if one == "first" else "second" if one == "second" else "tie"
    return "inconsistent"


async def rate(ask: Ask, request: str, text: str, *, language: str) -> int | None:
    """Return how well a text answers a request, from 1 to 5; None if the model gives no number."""
    found = _RATING.search((await ask(prompt("rate", language, prompt=request, text=text))).text)
    return int(found.group()) if found else None
