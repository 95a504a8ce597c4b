"""Preference pairs: a better and a worse answer to one prompt."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from pydantic import Field

from aya.text import normalise
from synthesis.asking import fault_of
from synthesis.judge import better
from synthesis.method import Made, Method
from synthesis.prompting import answer_in
from synthesis.seeds import Seed
from synthesis.teachers import Desk

_UNDECIDED = {
    "inconsistent": "judge decided by position",
    "tie": "judge saw a tie",
    None: "judge gave no verdict",
}


class Prefer(Method):
    """Preference pairs: two answers to a human prompt, by two teachers or two draws of one, and a judge.

    The answer that wins in both orders is `targets`, the other `rejected`; a pair that the judge can not tell apart, or
    tells apart by position, is a fault.

    References: Cui et al. 2023 (arXiv 2310.01377), UltraFeedback; Dang et al. 2024 (arXiv 2412.04261), Aya Expanse.
    """

    name: ClassVar[str] = "synthesis.prefer"
    version: ClassVar[int] = 3
    paper: ClassVar[str] = "Cui et al. 2023, arXiv 2310.01377 (UltraFeedback); Dang et al. 2024, arXiv 2412.04261"

    judge: str | None = Field(default=None, description="teacher that judges; the last if left out")

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the prompt with the better answer, and the worse one as `rejected`."""
        judge = self.judge or self.teachers[-1].name
        writers = [teacher.name for teacher in self.teachers if teacher.name != judge] or [judge]
        asked = f"{seed.inputs}\n\n{answer_in(seed.language)}"
        said = [
            await self.say(desk, seed, asked, task="answer", draw=draw, teacher=writers[draw % len(writers)])
            for draw in range(2)
        ]
        fault = fault_of(*said)
        if fault is None and normalise(said[0].text) == normalise(said[1].text):
            fault = "answers alike"
        ask = partial(self.say, desk, seed, task="judge", teacher=judge)
        first, second = (one.text for one in said)
        verdict = "tie" if fault else await better(ask, seed.inputs, first, second, language=seed.language)
        good, bad = said[::-1] if verdict == "second" else said
        if fault is None and verdict not in ("first", "second"):
            fault = _UNDECIDED[verdict]
        facts = good.facts | {"made": "targets", "rejected": bad.text, "scores": {"judge": judge, "verdict": verdict}}
        return [Made(inputs=seed.inputs, targets=good.text, parent=seed, facts=facts, fault=fault)]
