"""How fast a model may be asked, and how much it may cost."""

import random
import time
from collections.abc import Callable

from pydantic import Field

from aya.models.model import Spent, Usage
from aya.stage import Settings

FIRST_WAIT, LONGEST_WAIT = 0.25, 30.0
"""Seconds of the first wait before a call is repeated, and of the longest, unless the server asks for more."""


_UNLIMITED = 2**62


class Limits(Settings):
    """Limits of one model; what is left out is without limit.

    Budgets are of the model and the journal: what earlier runs paid counts. No call is made that could pass one.
    """

    concurrency: int = Field(default=8, ge=1, description="calls under way at once")
    requests_per_minute: float | None = Field(default=None, gt=0, description="calls begun a minute")
    tokens_per_minute: float | None = Field(default=None, gt=0, description="tokens a minute, prompt and answer")
    retries: int = Field(default=8, ge=0, description="times that a failed call is repeated")
    tokens: int | None = Field(default=None, ge=0, description="budget of tokens, prompt and answer")
    money: float | None = Field(default=None, ge=0, description="budget of money, in the currency of the prices")
    hours: float | None = Field(default=None, ge=0, description="begin no call after this time")
    prompt_price: float = Field(default=0, ge=0, description="price of a million tokens of prompts")
    completion_price: float = Field(default=0, ge=0, description="price of a million tokens of answers")

    @property
    def budget(self) -> Spent:
        """Return the most that may be spent; a number that nobody reaches where there is no limit."""
        tokens, money = (_UNLIMITED if most is None else most for most in (self.tokens, self.money))
        return Spent(int(tokens), money)

    def cost(self, usage: Usage) -> float:
        """Return what a call costs."""
        return (usage.prompt * self.prompt_price + usage.completion * self.completion_price) / 1e6


class Pace:
    """Spaces calls evenly, so that no minute has more than its share."""

    def __init__(self, per_minute: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = 60 / per_minute if per_minute else 0.0
        self._clock, self._free = clock, clock()

    def wait(self, num: int = 1) -> float:
        """Take a place for `num` and return the seconds until it comes."""
        now = self._clock()
        start = max(now, self._free)
        self._free = start + num * self._each
        return start - now

    def give_back(self, num: int) -> None:
        """Give back what was taken and not used."""
        self._free -= num * self._each


def backoff(attempt: int, asked: float | None) -> float:
    """Return seconds to wait before a call is repeated: what the server asked for, and a random time on top.

    The time is drawn from all of 0 to a bound that doubles ("full jitter"), so that clients do not come back together.
    It has no part in any outcome, so it needs no seed.
    """
    return (asked or 0.0) + random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2.0**attempt))
