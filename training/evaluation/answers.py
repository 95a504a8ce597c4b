"""What a model says to the questions of a task, written down as it comes, so that it is asked once."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import xxhash

from aya.errors import needs
from aya.json_lines import resumed
from aya.stage import Tell, silent
from training.evaluation.items import Item, Question
from training.evaluation.task import Task
from training.generate import generate
from training.model import Model
from training.score import score

with needs("training"):
    import torch

CHUNK = {"choice": 256, "generate": 64}
"""Questions between two lines of what is safe; a chunk always has the same ones, so that batches are the same too."""


class Answer(NamedTuple):
    """What a model said to one question: its scores of the choices, or a text."""

    scores: tuple[float, ...] = ()
    """The log-likelihood of each choice, in nats."""
    text: str = ""


Answered = tuple[Item, Sequence[str], Answer]
"""An item, the choices that it was asked with, and what the model said."""

Answers = Mapping[tuple[str, str], Answer]
"""By the key of the item and the name of the prompt."""


class Asked(Protocol):
    """A model that is asked."""

    name: str
    fingerprint: str
    """Another one for another model, however it is called."""

    def answers(self, task: Task, questions: Sequence[Question]) -> list[Answer]:
        """Return what it says to some questions, in order."""


def ask(task: Task, items: Sequence[Item], model: Asked, journal: Path, *, tell: Tell = silent) -> Answers:
    """Return what a model says to all questions; what `journal` (JSON Lines) holds is not asked again."""
    found = read_answers(journal)
    journal.parent.mkdir(parents=True, exist_ok=True)
    chunks = list(_chunks(task, items))
    done = 0
    with journal.open("a", encoding="utf-8") as file:
        for chunk in chunks:
            if any((item.key, question.prompt) not in found for item, question in chunk):
                answers = model.answers(task, [question for _, question in chunk])
                for (item, question), answer in zip(chunk, answers, strict=True):
                    found[item.key, question.prompt] = answer
                    file.write(_line(item.key, question.prompt, answer))
                file.flush()
                os.fsync(file.fileno())
            done += len(chunk)
            tell(task.name, done, sum(map(len, chunks)))
    return {
        (item.key, question.prompt): found[item.key, question.prompt] for item in items for question in item.questions
    }


def _chunks(task: Task, items: Sequence[Item]) -> Iterator[list[tuple[Item, Question]]]:
    """Yield questions of like length together, the longest first: what does not fit into memory is known at once."""
    asked = [(item, question) for item in items for question in item.questions]
    asked.sort(key=lambda pair: (-len(pair[1].text), pair[0].key, pair[1].prompt))
    size = CHUNK[task.kind]
    yield from (asked[start : start + size] for start in range(0, len(asked), size))


def _line(key: str, prompt: str, answer: Answer) -> str:
    said: dict[str, Any] = {"text": answer.text} if not answer.scores else {"scores": answer.scores}
    return json.dumps({"item": key, "prompt": prompt, **said}, ensure_ascii=False) + "\n"


def read_answers(journal: Path) -> dict[tuple[str, str], Answer]:
    """Return the answers of a journal; a line that a killed process left half-written is cut off."""
    found = {}
    for said in resumed(journal):
        answer = Answer(scores=tuple(said.get("scores", ())), text=said.get("text", ""))
        found[said["item"], said["prompt"]] = answer
    return found


class Own:
    """A model of `training.model`."""

    def __init__(self, model: Model) -> None:
        self.name, self._model = model.name, model
        self.fingerprint = fingerprint(model.network)

    def answers(self, task: Task, questions: Sequence[Question]) -> list[Answer]:
        """Return its scores of the choices, or its completions."""
        texts = [question.text for question in questions]
        if task.kind == "generate":
            made = generate(self._model, texts, task.decoding, longest=task.longest)
            return [Answer(text=text) for text in made]
        choices = [question.choices for question in questions]
        scored = score(self._model, texts, choices, end=task.end, longest=task.longest)
        return [Answer(scores=tuple(one.log_likelihood for one in some)) for some in scored]


def fingerprint(network: Any) -> str:
    """Return a hash of the weights of a network."""
    hasher = xxhash.xxh3_128()
    for name, tensor in network.state_dict().items():
        hasher.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        hasher.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return str(hasher.hexdigest())
