"""Keep what people asked, and let a model answer."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from synthesis.asking import fault_of
from synthesis.method import Made, Method
from synthesis.prompting import answer_in
from synthesis.seeds import Seed
from synthesis.teachers import Desk


class Regenerate(Method):
    """Completion regeneration: the human prompt stays, a model writes the answer, in the prompt's language.

    References: Üstün et al. 2024 (arXiv 2402.07827), section 2.4: ShareGPT-Command.
    """

    name: ClassVar[str] = "synthesis.regenerate"
    version: ClassVar[int] = 1
    paper: ClassVar[str] = "Üstün et al. 2024, arXiv 2402.07827 (ShareGPT-Command)"

    ask_language: bool = Field(default=True, description="ask, in the language itself, to be answered in it")
    answers: int = Field(default=1, ge=1, description="answers to each prompt")

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the prompt with its new answers."""
        asked = f"{seed.inputs}\n\n{answer_in(seed.language)}" if self.ask_language else seed.inputs
        said = [await self.say(desk, seed, asked, task="answer", draw=draw) for draw in range(self.answers)]
        made = {"made": "targets"}
        return [
            Made(inputs=seed.inputs, targets=one.text, parent=seed, facts=one.facts | made, fault=fault_of(one))
            for one in said
        ]
