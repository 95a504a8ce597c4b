"""Requests of people who might have written or read a text of the language."""

from collections.abc import Sequence
from typing import ClassVar

from synthesis.asking import fault_of
from synthesis.method import Made, Method
from synthesis.prompting import answer_in, prompt, spoken
from synthesis.seeds import Seed
from synthesis.teachers import Desk

_LETTERS = 1_500
"""Letters of a text that are shown, at most."""


class Persona(Method):
    """Persona- and topic-conditioned prompts: a text of the language itself says who asks, and about which life.

    The seed's text grounds the request where its speakers live; its `topic`, where it has one, narrows it. A teacher
    then answers the request.

    References: Ge et al. 2024 (arXiv 2406.20094), Persona Hub.
    """

    name: ClassVar[str] = "synthesis.persona"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = "Ge et al. 2024, arXiv 2406.20094 (Persona Hub)"

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the request with its answer."""
        text = (seed.targets or seed.inputs)[:_LETTERS]
        about = spoken("persona/topic", seed.language)
        topic = f" {about.replace('$topic', seed.topic)}" if seed.topic else ""
        asked = prompt("persona", seed.language, text=text, topic=topic)
        request = await self.say(desk, seed, asked, task="request")
        if fault := fault_of(request):
            return [Made(inputs="", targets="", parent=seed, facts=request.facts | {"made": "both"}, fault=fault)]
        said = await self.say(desk, seed, f"{request.text}\n\n{answer_in(seed.language)}", task="answer")
        facts = said.facts | {"made": "both", "template": asked.template}
        kind = seed.topic or None
        return [
            Made(inputs=request.text, targets=said.text, parent=seed, facts=facts, task_type=kind, fault=fault_of(said))
        ]
