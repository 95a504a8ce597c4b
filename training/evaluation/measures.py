"""What an answer is worth: numbers of each item that add up, and a figure of their sums, 0 to 100.

Shapes: N items, P prompts, K numbers of an item.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aya.text import normalise, words
from training.evaluation.answers import Answer, Answered
from training.evaluation.bootstrap import Floats, mean
from training.evaluation.items import Item
from training.evaluation.task import Task
from training.evaluation.text_measures import ROUGE, SACREBLEU, Rouge, SacreBleu


class Measure(Protocol):
    """A measure of one task."""

    name: str
    signature: str
    """What one has to know to get the same figure."""
    share: bool
    """Whether it is the share of items that are right."""

    def numbers(self, answered: Sequence[Answered]) -> Floats:
        """Return the numbers (N, K) of items."""

    def figure(self, sums: Floats) -> Floats:
        """Return the figures (...) of sums (..., K)."""


def measures_of(task: Task) -> list[Measure]:
    """Return the measures of a task, its own first."""
    return [_measure(task, name) for name in task.measured_by]


def _measure(task: Task, name: str) -> Measure:
    if name in SACREBLEU:
        return SacreBleu(name, task)
    if name in ROUGE:
        return Rouge(name)
    return Mean(name, task)


class Mean:
    """The mean of a number of each item."""

    def __init__(self, name: str, task: Task) -> None:
        self.name, self._task = name, task
        self.share = name != "f1"
        self.signature = SIGNATURES[name] + (" (with the end)" if task.end else "")

    def numbers(self, answered: Sequence[Answered]) -> Floats:
        """Return the number of each item, and one for the item."""
        return np.array([[self._value(*one), 1.0] for one in answered])

    def figure(self, sums: Floats) -> Floats:
        """Return the means."""
        return mean(sums)

    def _value(self, item: Item, choices: Sequence[str], answer: Answer) -> float:
        if self.name in ("accuracy", "accuracy_norm"):
            return float(chosen(answer, choices, norm=self.name == "accuracy_norm") == item.answer)
        left_out = frozenset(self._task.left_out.get(item.language, ()))
        made, *right = (_words(text, left_out) for text in (answer.text, *item.references))
        if self.name == "exact":
            return float(made in right)
        return max(f1(made, reference) for reference in right)


SIGNATURES: Mapping[str, str] = {
    "accuracy": "likeliest choice: sum of the log-probabilities of its tokens",
    "accuracy_norm": "likeliest choice: that sum by the characters of the choice",
    "f1": "words in common; letters in scripts without spaces; the best reference",
    "exact": "equal words; letters in scripts without spaces; any reference",
}


def chosen(answer: Answer, choices: Sequence[str], *, norm: bool = False) -> int:
    """Return the number of the likeliest choice, the first of equal ones; `norm` by its length in characters."""
    values = [value / (len(choice) if norm else 1) for value, choice in zip(answer.scores, choices, strict=True)]
    return int(np.argmax(values))


def f1(made: Sequence[str], right: Sequence[str]) -> float:
    """Return the F1 of two bags of words; two empty ones are equal.

    References: Rajpurkar et al. 2016, SQuAD.
    """
    if not made or not right:
        return float(list(made) == list(right))
    left, common = list(right), 0
    for word in made:
        if word in left:
            left.remove(word)
            common += 1
    return 2 * common / (len(made) + len(right))


def _words(text: str, left_out: frozenset[str]) -> list[str]:
    return [word for word in words(normalise(text)) if word not in left_out]


def table(measure: Measure, items: Sequence[Item], answers: Mapping[tuple[str, str], Answer]) -> NDArray[np.float64]:
    """Return the numbers (N, P, K) of all items and prompts."""
    by_prompt = zip(*(item.questions for item in items), strict=True)
    made = [
        measure.numbers(
            [(item, one.choices, answers[item.key, one.prompt]) for item, one in zip(items, asked, strict=True)]
        )
        for asked in by_prompt
    ]
    return np.stack(made, axis=1)
