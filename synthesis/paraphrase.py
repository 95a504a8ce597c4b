"""Prompts in other words, with their answers as they were."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from aya.text import normalise
from synthesis.asking import fault_of
from synthesis.method import Made, Method
from synthesis.prompting import prompt
from synthesis.seeds import Seed
from synthesis.teachers import Desk

_KEPT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\w*\}|%\(\w+\)[sd]|\d+", re.DOTALL)


class Paraphrase(Method):
    """Paraphrase: a model says a prompt, or a template, in other words; the answer stays.

    Placeholders and numbers must come through, each as often as it was there; else, or if nothing changed, the row is a
    fault.

    References: Mishra et al. 2022 (arXiv 2109.07830) on reframing prompts; Honovich et al. 2023 (arXiv 2212.09689),
    section 2.2, on templates paraphrased by models.
    """

    name: ClassVar[str] = "synthesis.paraphrase"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = "Honovich et al. 2023, arXiv 2212.09689 (Unnatural Instructions, paraphrases)"

    num: int = Field(default=1, ge=1, le=20, description="paraphrases of each prompt")

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return the prompts in other words."""
        asked = prompt("paraphrase", seed.language, prompt=seed.inputs)
        made = []
        for draw in range(self.num):
            said = await self.say(desk, seed, asked, task="paraphrase", draw=draw)
            fault = fault_of(said) or _lost(seed.inputs, said.text)
            facts = said.facts | {"made": "inputs"}
            made.append(Made(inputs=said.text, targets=seed.targets, parent=seed, facts=facts, fault=fault))
        return made


def _lost(before: str, after: str) -> str | None:
    if normalise(before) == normalise(after):
        return "prompt as it was"
    return "placeholder or number lost" if Counter(_KEPT.findall(before)) != Counter(_KEPT.findall(after)) else None
