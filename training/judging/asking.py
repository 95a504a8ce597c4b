"""Asks a judge: one question for each thing that is judged, each paid for once, no verdict guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.model import Decoding, Request
from aya.models.named import Named
from training.judging.prompt_files import JudgePrompt

Missing = Literal["unparsable", "refused", "not asked"]
"""Why there is no verdict: the answer says none, there was no answer, no budget was left to ask."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is judged: the language that it is in, and the values of the prompt."""

    language: str
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A verdict with the words that it was read from; without one, why."""

    label: str | None
    missing: Missing | None = None
    words: str = ""


def requests(
    prompt: JudgePrompt, questions: Sequence[Question], *, task: str, decoding: Decoding | None = None
) -> list[Request]:
    """Return what the judge is asked; greedily, for as many tokens as the prompt says, unless `decoding` is given."""
    how = decoding or Decoding(max_tokens=prompt.max_tokens)
    return [
        Request(
            messages=prompt.messages(question.language, question.values),
            decoding=how,
            language=question.language,
            task=task,
        )
        for question in questions
    ]


def ask(
    caller: Caller, prompt: JudgePrompt, questions: Sequence[Question], *, task: str, decoding: Decoding | None = None
) -> list[Said]:
    """Return the verdict on every question, in order.

    Raises: UserError if the judge can not be used.
    """
    answers = caller.ask(requests(prompt, questions, task=task, decoding=decoding))
    said = []
    for answer in answers:
        if answer is None:
            said.append(Said(label=None, missing="not asked"))
        elif answer.fault is not None:
            said.append(Said(label=None, missing="refused", words=answer.fault))
        else:
            label = prompt.read(answer.text)
            said.append(Said(label=label, missing=None if label else "unparsable", words=answer.text))
    return said


def forecast(judge: Named, asked: Sequence[Request], journal: Journal | None) -> dict[str, Any]:
    """Return what asking would cost at most: calls, tokens, money; what the journal has costs nothing."""
    keys = {request.key(judge.name, judge.revision): request for request in asked}
    new = [request for key, request in keys.items() if journal is None or journal.answer(key) is None]
    most = [request.most for request in new]
    return {
        "questions": len(asked),
        "calls": len(new),
        "prompt_tokens": sum(usage.prompt for usage in most),
        "completion_tokens": sum(usage.completion for usage in most),
        "money": sum(judge.limits.cost(usage) for usage in most),
    }
