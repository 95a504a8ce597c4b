"""New tasks after the pattern of human ones, and answers to them."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from pydantic import Field

from aya.text import hash64, ngrams, normalise, words
from synthesis.asking import fault_of
from synthesis.method import Made, Method
from synthesis.prompting import answer_in, prompt
from synthesis.seeds import Seed
from synthesis.teachers import Desk

_NUMBERED = re.compile(r"^\s*\(?\d{1,3}\s*(?:[.):、。．။።]|[-–](?=\s))\s*", re.MULTILINE)
_POOL = 2_000
"""Seeds of a language, at most, that examples are drawn from."""


class SelfInstruct(Method):
    """Self-instruct: a model sees a few tasks of the seeds' language and writes new ones, then answers them.

    Each seed is shown once together with others of its language. A new task that is like a shown one, or like another
    new one of the same call, is left out: measured on pairs of words (of graphemes in scripts without spaces). Of
    tasks alike from different calls let `dedup.minhash` keep one.

    References: Wang et al. 2023 (arXiv 2212.10560).
    """

    name: ClassVar[str] = "synthesis.self_instruct"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = "Wang et al. 2023, arXiv 2212.10560 (Self-Instruct)"

    num: int = Field(default=4, ge=1, le=20, description="new tasks asked for, for each seed")
    shown: int = Field(default=5, ge=1, description="tasks that are shown, the seed among them")
    most_alike: float = Field(default=0.5, ge=0, le=1, description="share of pairs of words in common that is too much")

    @cached_property
    def _pools(self) -> dict[str, list[Seed]]:
        """The seeds by language, a fair sample of the largest."""
        found: dict[str, list[Seed]] = {}
        for part in self.parts():
            for seed in self.seeds_of(part):
                found.setdefault(seed.language, []).append(seed)
        return {code: sorted(seeds, key=lambda seed: hash64(seed.id))[:_POOL] for code, seeds in found.items()}

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return new tasks with their answers."""
        shown = [seed.inputs, *(other.inputs for other in self._others(seed))]
        examples = "\n\n".join(f"{number}. {' '.join(text.split())}" for number, text in enumerate(shown, start=1))
        asked = prompt("self_instruct", seed.language, num=str(self.num), examples=examples)
        tasks = await self.say(desk, seed, asked, task="tasks")
        if tasks.fault:
            return [Made(inputs="", targets="", parent=seed, facts=tasks.facts, fault=fault_of(tasks))]
        made = []
        for task in new_tasks(tasks.text, shown, most_alike=self.most_alike)[: self.num]:
            said = await self.say(desk, seed, f"{task}\n\n{answer_in(seed.language)}", task="answer")
            facts = said.facts | {"made": "both", "template": asked.template}
            made.append(Made(inputs=task, targets=said.text, parent=seed, facts=facts, fault=fault_of(said)))
        return made

    def _others(self, seed: Seed) -> list[Seed]:
        """Return other seeds of the language, drawn by the seed's id."""
        pool = [other for other in self._pools.get(seed.language, []) if other.id != seed.id and other.inputs]
        return sorted(pool, key=lambda other: hash64(f"{seed.id} {other.id}", seed=self.seed))[: self.shown - 1]


def new_tasks(text: str, known: Sequence[str], *, most_alike: float) -> list[str]:
    """Return the tasks of a numbered list that are unlike the known ones and one another."""
    seen = [_pairs(task) for task in known]
    found = []
    for task in (" ".join(part.split()) for part in _NUMBERED.split(text)[1:]):
        pairs = _pairs(task)
        if pairs and all(len(pairs & other) <= most_alike * len(pairs | other) for other in seen):
            found.append(task)
            seen.append(pairs)
    return found


def _pairs(task: str) -> set[tuple[str, ...]]:
    return set(ngrams(words(normalise(task)), 2))
