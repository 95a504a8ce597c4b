"""What a model says of answers: which of two is better, asked in both orders, and a rating."""

import re
from typing import TYPE_CHECKING, Literal

from synthesis.prompting import prompt
from synthesis.seeds import Seed
from synthesis.teachers import Desk

if TYPE_CHECKING:
    from synthesis.method import Method

Better = Literal["first", "second", "tie", "inconsistent"]
_VERDICT = re.compile(r"\b(A|B|TIE)\b")
_RATING = re.compile(r"(?<!\d)[1-5](?!\d)")


async def better(
    method: "Method", desk: Desk, seed: Seed, first: str, second: str, *, judge: str | None = None
) -> Better:
    """Return which answer to a seed's prompt is better; `inconsistent` if the order of the answers decides.

    References: Zheng et al. 2023 (arXiv 2306.05685), section 3.4, on judges that prefer a position.
    """
    verdicts = []
    for answers, names in (((first, second), ("first", "second")), ((second, first), ("second", "first"))):
        asked = prompt("judge", seed.language, prompt=seed.inputs, first=answers[0], second=answers[1])
        said = await method.say(desk, seed, asked, task="judge", teacher=judge)
        found = _VERDICT.search(said.text.upper())
        verdicts.append({"A": names[0], "B": names[1]}.get(found.group(1), "tie") if found else "tie")
    one, other = verdicts
    if one == other:
        return "first" if one == "first" else "second" if one == "second" else "tie"
    return "inconsistent"


async def rate(method: "Method", desk: Desk, seed: Seed, request: str, text: str) -> int | None:
    """Return how well a text answers a request, from 1 to 5; None if the model gives no number."""
    asked = prompt("rate", seed.language, prompt=request, text=text)
    found = _RATING.search((await method.say(desk, seed, asked, task="rate")).text)
    return int(found.group()) if found else None
