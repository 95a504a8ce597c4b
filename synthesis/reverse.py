"""Requests for texts that people wrote: the only method whose answers are not a model's."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from pydantic import Field

from synthesis.asking import fault_of
from synthesis.judge import rate
from synthesis.method import Made, Method
from synthesis.prompting import prompt
from synthesis.seeds import Seed
from synthesis.teachers import Desk


class Reverse(Method):
    """Instruction back-translation: a model writes the request that a human text answers; the text is the answer.

    With `least_rating` a teacher rates how well the text answers it, from 1 to 5, and lower ones are faults. The text
    is `targets` of a seed, or its `inputs` if it has none. The row's `origin` is `synthetic`, since its prompt is.

    References: Li et al. 2023 (arXiv 2308.06259), Humpback; Köksal et al. 2024 (arXiv 2409.12958), MURI.
    """

    name: ClassVar[str] = "synthesis.reverse"
    version: ClassVar[int] = 3
    paper: ClassVar[str] = "Li et al. 2023, arXiv 2308.06259 (Humpback); Köksal et al. 2024, arXiv 2409.12958 (MURI)"

    least_rating: int | None = Field(default=None, ge=1, le=5, description="rating below which a row is a fault")

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the request with the text."""
        text = seed.targets or seed.inputs
        asked = prompt("reverse", seed.language, text=text)
        said = await self.say(desk, seed, asked, task="request")
        facts, fault = said.facts | {"made": "inputs"}, fault_of(said)
        if fault is None and self.least_rating is not None:
            ask = partial(self.say, desk, seed, task="rate")
            rating = await rate(ask, said.text, text, language=seed.language)
            facts |= {"scores": {"rating": rating}}
            fault = "rating too low" if rating is None or rating < self.least_rating else None
        return [Made(inputs=said.text, targets=text, parent=seed, facts=facts, fault=fault)]
