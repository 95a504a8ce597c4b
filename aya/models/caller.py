"""Asks one model many questions: each once, so many at a time, so fast, and never past the budget."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

from aya.errors import UserError
from aya.models.journal import Journal
from aya.models.limits import Limits, Pace, backoff
from aya.models.model import Again, Answer, Heard, Model, ModelError, Request, Usage

Tell = Callable[[Answer], None]
"""Told every answer of the model as it comes, in no order; not those that the journal had."""


class BudgetSpent(Exception):
    """The next call could pass a budget; the text says which."""


class Caller:
    """A model that remembers: asks `model` what the journal has no answer for.

    `counts` has the `hits` (answers from the journal, or shared with the same question under way), the `calls` made,
    `retries`, answers `lost` on the way, and requests `refused` or `failed`. `stopped` says why not all was asked,
    `failure` why the last request that failed had no answer.
    Answers with a fault are not kept: the next run asks again.
    """

    def __init__(self, model: Model, journal: Journal, limits: Limits | None = None, tell: Tell | None = None) -> None:
        self.model, self.journal, self.limits = model, journal, limits or Limits()
        self._tell = tell or (lambda answer: None)
        self.name, self.revision = model.name, model.revision
        self.counts: Counter[str] = Counter()
        self.stopped: str | None = None
        self.failure: str | None = None
        self._runner = asyncio.Runner()
        self._under_way: dict[str, asyncio.Task[Answer]] = {}
        self._places, self._turn = asyncio.Semaphore(self.limits.concurrency), asyncio.Lock()
        self._settled = asyncio.Event()
        self._num_open = self._failures = 0
        self._pauses_until = 0.0
        self._requests_pace = Pace(self.limits.requests_per_minute)
        self._tokens_pace = Pace(self.limits.tokens_per_minute)
        hours = self.limits.hours
        self._end = None if hours is None else time.monotonic() + hours * 3600

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self.close())
        self._runner.close()

    async def close(self) -> None:
        """Close the model's connections."""
        await self.model.close()

    # -- asking ------------------------------------------------------------------------------------

    def ask(self, requests: Sequence[Request]) -> list[Answer | None]:
        """Return the answers in order; None for requests that no budget was left for.

        Raises: UserError, of which ModelError is one.
        """
        return self._runner.run(self._ask_all(requests))

    async def _ask_all(self, requests: Sequence[Request]) -> list[Answer | None]:
        answers: list[Answer | None] = [None] * len(requests)
        waiting = iter(enumerate(requests))

        async def work() -> None:
            for at, request in waiting:
                if self.stopped:
                    return
                with suppress(BudgetSpent):
                    answers[at] = await self.answer(request)

        # Twice as many as may be under way: one that waits for its next attempt takes no place.
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(requests), 2 * self.limits.concurrency)):
                    group.create_task(work())
        except* UserError as errors:
            raise errors.exceptions[0] from None
        return answers

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the answer: from the journal, from the same question under way, or from the model.

        Raises: ModelError, BudgetSpent.
        """
        key = request.key(self.name, self.revision)
        known = self.journal.answer(key)
        if known is None and key in self._under_way:
            known = await asyncio.shield(self._under_way[key])
        if known is not None:
            self.counts["hits"] += 1
            if heard:
                heard(known.text)
            return known
        task = self._under_way[key] = asyncio.ensure_future(self._persist(key, request, heard))
        task.add_done_callback(lambda _: self._under_way.pop(key))
        return await task

    async def _persist(self, key: str, request: Request, heard: Heard | None) -> Answer:
        """Ask until there is an answer, or the last attempt has failed."""
        why = ""
        for attempt in range(self.limits.retries + 1):
            if attempt:
                self.counts["retries"] += 1
            try:
                answer = await self._try(key, request, heard)
            except Again as fault:
                why = str(fault)
                await self._wait(attempt, fault)
            else:
                self._failures = 0
                self._tell(answer)
                return answer
        self.counts["failed"] += 1
        self.failure = why
        self._failures += 1
        if self._failures > self.limits.concurrency:
            raise ModelError(f"{self.name}: {self._failures} requests in a row had no answer; the last said: {why}")
        return Answer(text="", finish="", fault=why)

    async def _wait(self, attempt: int, fault: Again) -> None:
        """Wait before the next attempt; what the server asked for holds for all calls."""
        if attempt == self.limits.retries:
            return
        if fault.wait:
            self._pauses_until = max(self._pauses_until, time.monotonic() + fault.wait)
        await asyncio.sleep(backoff(attempt, fault.wait))

    async def _try(self, key: str, request: Request, heard: Heard | None) -> Answer:
        most = request.most
        await self._take_turn(most)
        async with self._places:
            call = await self._reserve(key, request, most)
            self.counts["calls"] += 1
            try:
                answer = await self.model.answer(request, heard)
            except Again as fault:
                self._settle(call, most, None, lost=fault.lost)
                raise
            except BaseException as error:
                self._settle(call, most, None, lost=not isinstance(error, ModelError))
                raise
            self._settle(call, most, answer)
        return answer

    # -- limits ------------------------------------------------------------------------------------

    async def _take_turn(self, most: Usage) -> None:
        """Wait until the rate limits and the server's own wish allow another call, one after the other.

        Calls that each counted their seconds on their own would all go at once after a moment in which nothing ran.
        """
        async with self._turn:
            paces = max(self._requests_pace.wait(), self._tokens_pace.wait(most.total))
            await asyncio.sleep(max(paces, self._pauses_until - time.monotonic()))

    async def _reserve(self, key: str, request: Request, most: Usage) -> int:
        """Set aside what a call costs at most, and return its number in the journal.

        While others are under way, which may turn out to cost less than was set aside for them, it waits.
        Raises: BudgetSpent.
        """
        money, within = self.limits.cost(most), self.limits.budget
        while True:
            over = self._end is not None and time.monotonic() >= self._end
            call = None if over else self.journal.begin(key, request, model=self.name, money=money, within=within)
            if call is not None:
                self._num_open += 1
                return call
            if over or not self._num_open:
                what = "time" if over else self._short_of(most)
                self.stopped = self.stopped or f"the budget of {what} does not allow another call"
                raise BudgetSpent(self.stopped)
            self._settled.clear()
            await self._settled.wait()

    def _short_of(self, most: Usage) -> str:
        """Return the budget that a call could pass."""
        spent = self.journal.spent(self.name)
        return "tokens" if spent.tokens + most.total > self.limits.budget.tokens else "money"

    def _settle(self, call: int, most: Usage, answer: Answer | None, *, lost: bool = False) -> None:
        """Put what a call did cost in the place of what was set aside."""
        self._num_open -= 1
        self._settled.set()
        if lost:
            self.counts["lost"] += 1
            self.journal.lose(call)
            return
        used = answer.usage if answer is not None else Usage()
        self._tokens_pace.give_back(most.total - used.total)
        if answer is None or answer.fault is not None:
            if answer is not None:
                self.counts["refused"] += 1
            self.journal.forget(call)
        else:
            self.journal.keep(call, answer, money=self.limits.cost(used))
