"""Tasks made more demanding, step by step, and answers to them."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from aya.text import normalise
from synthesis.asking import Said, fault_of
from synthesis.method import Made, Method
from synthesis.prompting import answer_in, prompt, spoken
from synthesis.seeds import Seed
from synthesis.teachers import Desk


class Evolve(Method):
    """Evol-instruct: a model rewrites a task into a harder or rarer one, a few times, and answers the last.

    How a task is changed is drawn by the seed's id (`synthesis/prompts/evolve/operations.yaml`). A step that gives
    nothing, or the task as it was, fails: the row is a fault.

    References: Xu et al. 2023 (arXiv 2304.12244), WizardLM, sections 3.2 and 3.3.
    """

    name: ClassVar[str] = "synthesis.evolve"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = "Xu et al. 2023, arXiv 2304.12244 (Evol-Instruct)"

    steps: int = Field(default=1, ge=1, le=8, description="times that a task is rewritten")

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the evolved task with its answer."""
        operations = spoken("evolve/operations", seed.language)
        task, step, template = seed.inputs, Said(text="", fault=None), ""
        for number in range(self.steps):
            chosen = list(operations)[self.choose(len(operations), seed, f"step {number}")]
            asked = prompt("evolve", seed.language, operation=operations[chosen], prompt=task)
            step = await self.say(desk, seed, asked, task=f"evolve {chosen}", draw=number)
            if fault_of(step) or normalise(step.text) == normalise(task):
                why = fault_of(step) or "task as it was"
                return [Made(inputs=task, targets="", parent=seed, facts=step.facts | {"made": "both"}, fault=why)]
            task, template = step.text, f"{template} {asked.template}:{chosen}".strip()
        said = await self.say(desk, seed, f"{task}\n\n{answer_in(seed.language)}", task="answer")
        facts = said.facts | {"made": "both", "template": template}
        return [Made(inputs=task, targets=said.text, parent=seed, facts=facts, fault=fault_of(said))]
