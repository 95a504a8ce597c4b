"""Several teachers, and for each prompt the answer of the one that does best in its language."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from pydantic import Field, model_validator

from aya.errors import UserError, unknown
from synthesis.asking import Said, fault_of
from synthesis.judge import better
from synthesis.method import Made, Method
from synthesis.prompting import answer_in
from synthesis.seeds import Seed
from synthesis.teachers import Desk

_OR_ROUTES = "add one, or name the teacher of every language in `routes`"


class Arbitrate(Method):
    """Multilingual arbitrage: a pool of teachers, routed by language or by a judge.

    A language in `routes` is answered by the teacher that it names (fixed routing). For any other, all teachers but the
    judge answer, two at least, and answers meet one after the other: the later one takes the place of the earlier only
    if the judge prefers it in both orders.

    References: Odumakinde et al. 2024 (arXiv 2408.14960), section 2: fixed and reward-based routing.
    """

    name: ClassVar[str] = "synthesis.arbitrate"
    version: ClassVar[int] = 4
    paper: ClassVar[str] = "Odumakinde et al. 2024, arXiv 2408.14960 (multilingual arbitrage)"

    judge: str | None = Field(default=None, description="teacher that only judges; the last if left out")
    routes: Mapping[str, str] = Field(default_factory=dict, description="teacher of a language (ISO 639-3)")

    @model_validator(mode="after")
    def _knows_teachers(self) -> "Arbitrate":
        names = [teacher.name for teacher in self.teachers]
        for name in (*self.routes.values(), *([self.judge] if self.judge else [])):
            if name not in names:
                raise ValueError(unknown("teacher", name, names))
        if len(names) < 2:
            raise ValueError(f"arbitrage needs two teachers or more, not {len(names)}")
        if not self.routes and len(names) < 3:
            raise ValueError(f"a judge needs two other teachers to choose from, not one; {_OR_ROUTES}")
        return self

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the prompt with the answer that won.

        Raises: UserError for a language without a route, if the judge has no two teachers to choose from.
        """
        judge = self.judge or self.teachers[-1].name
        pool = [teacher.name for teacher in self.teachers if teacher.name != judge]
        writers = [self.routes[seed.language]] if seed.language in self.routes else pool
        if writers is pool and len(pool) < 2:
            raise UserError(f"no route for '{seed.language}', and no two teachers beside the judge; {_OR_ROUTES}")
        asked = f"{seed.inputs}\n\n{answer_in(seed.language)}"
        best: Said | None = None
        won: dict[str, str | None] = {}
        for name in writers:
            said = await self.say(desk, seed, asked, task="answer", teacher=name)
            if best is None or fault_of(best):
                best = said
            elif fault_of(said) is None:
                ask = partial(self.say, desk, seed, task="judge", teacher=judge)
                verdict = await better(ask, seed.inputs, best.text, said.text, language=seed.language)
                won[name] = verdict
                best = said if verdict == "second" else best
        assert best is not None
        facts = best.facts | {"made": "targets", "scores": {"judge": judge, "verdicts": won} if won else None}
        return [Made(inputs=seed.inputs, targets=best.text, parent=seed, facts=facts, fault=fault_of(best))]
