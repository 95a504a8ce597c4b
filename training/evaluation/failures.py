"""Where a model fails, and how: by language, resource level, family and script, with samples to read.

What tells a failure is given as functions, since most of it is what filters of training data look for too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from aya.table import records
from aya.text import hash64
from training.evaluation.bootstrap import Floats, mean
from training.evaluation.figures import Sheet
from training.evaluation.items import Item, Question
from training.evaluation.measures import chosen, measures_of
from training.evaluation.run import Done, told_of
from training.evaluation.topics import telling_words, units

Reasons = Sequence[str | None]
Detector = Callable[[pa.Table], Reasons]
"""Records of questions (`inputs`) and answers (`targets`) in, what is wrong with each out; None for nothing."""

SAMPLES = 3
"""Answers of each language that are shown for each way to fail."""


class Said(NamedTuple):
    """A question with its answer as a text."""

    item: Item
    question: Question
    text: str


class Share:
    """The share of answers that fail in one way; they are found in all answers at once."""

    share, signature = True, "share of answers"

    def figure(self, sums: Floats) -> Floats:
        """Return shares as 0 to 100."""
        return mean(sums)


def failures(done: Done, detectors: Mapping[str, Detector], *, seed: int = 0) -> dict[str, Any]:
    """Return how often a model fails in which way, by language and groups of languages, and samples of each.

    `off topic` is an answer without a word in common with its question and references that tells what they are about:
    a hint, since a right answer may be in words of its own. Samples of `otherwise` are the answers with the least
    figures among those that fail in no way. Of choices there is one way: to take the first one, whatever is asked.
    """
    return _of_choices(done, seed) if done.task.kind == "choice" else _of_texts(done, detectors, seed)


def _of_texts(done: Done, detectors: Mapping[str, Detector], seed: int) -> dict[str, Any]:
    said = [Said(item, question, done.answers[item.key, question.prompt].text) for item, question in _asked(done)]
    table = _table(said)
    found = {name: detector(table) for name, detector in detectors.items()}
    found["off topic"] = _off_topic(done, said)
    scores = _scores(done, said)
    good = [not any(reasons) for reasons in zip(*found.values(), strict=True)]
    samples = {name: _samples(said, reasons, lambda place: _drawn(said[place])) for name, reasons in found.items()}
    otherwise = [f"{score:.1f}" if alright else None for score, alright in zip(scores, good, strict=True)]
    samples["otherwise"] = _samples(said, otherwise, lambda place: (scores[place], _drawn(said[place])))
    return {"kinds": {name: _shares(done, reasons, seed) for name, reasons in found.items()}, "samples": samples}


def _asked(done: Done) -> Iterator[tuple[Item, Question]]:
    return ((item, question) for item in done.items for question in item.questions)


def _table(said: Sequence[Said]) -> pa.Table:
    rows = []
    for item, question, text in said:
        language, script = item.answers_in.split("_")
        facts = {"id": f"{item.key}/{question.prompt}", "language": language, "script": script, "origin": "synthetic"}
        rows.append({**facts, "inputs": question.text, "targets": text})
    return records(rows)


def _shares(done: Done, reasons: Reasons, seed: int) -> dict[str, Any]:
    fails = np.array([[float(reason is not None), 1.0] for reason in reasons])
    numbers_NPK = fails.reshape(len(done.items), -1, 2)
    return told_of(Sheet(measure=Share(), items=done.items, numbers=numbers_NPK), seed)


def _off_topic(done: Done, said: Sequence[Said]) -> Reasons:
    about = dict(zip((item.key for item in done.items), telling_words(done.items), strict=True))
    return [
        "no telling word in common" if (found := set(units(text))) and not found & about[item.key] else None
        for item, _, text in said
    ]


def _scores(done: Done, said: Sequence[Said]) -> list[float]:
    """Return the task's own measure of each answer alone."""
    measure = measures_of(done.task)[0]
    numbers = measure.numbers([(item, (), done.answers[item.key, question.prompt]) for item, question, _ in said])
    return [float(value) for value in measure.figure(numbers)]


def _of_choices(done: Done, seed: int) -> dict[str, Any]:
    said, first, wrong, sure = [], list[str | None](), list[str | None](), list[float]()
    for item, question in _asked(done):
        assert item.answer is not None
        answer = done.answers[item.key, question.prompt]
        taken = chosen(answer, question.choices)
        sure.append(answer.scores[taken] - answer.scores[item.answer])
        said.append(Said(item, question, question.choices[taken]))
        first.append("first" if taken == 0 else None)
        wrong.append(f"likelier by {sure[-1]:.1f} nats" if taken != item.answer else None)
    return {
        "kinds": {"first choice": _shares(done, first, seed)},
        "samples": {"wrong": _samples(said, wrong, lambda place: (-sure[place], _drawn(said[place])))},
    }


def _drawn(one: Said) -> int:
    return hash64(f"{one.item.key}/{one.question.prompt}")


def _samples(said: Sequence[Said], reasons: Reasons, order: Callable[[int], Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the first few failures of each language in an order of their places."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for place in sorted((place for place, reason in enumerate(reasons) if reason), key=order):
        item, question, text = said[place]
        some = shown.setdefault(item.tongue, [])
        right = [question.choices[item.answer]] if item.answer is not None else list(item.references)
        if len(some) < SAMPLES:
            facts = {"item": item.key, "asked": question.prompt, "why": reasons[place]}
            some.append({**facts, "prompt": question.text, "answer": text, "right": right})
    return dict(sorted(shown.items()))
