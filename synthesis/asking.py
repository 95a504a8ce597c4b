"""One question to one teacher, and what it said."""

from dataclasses import dataclass, field
from typing import Any

from aya.models.model import Message, Request
from aya.table import canonical
from synthesis.prompting import Prompt
from synthesis.teachers import Desk


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a teacher said, and how it was asked."""

    text: str
    fault: str | None
    facts: dict[str, Any] = field(default_factory=dict)


async def say(desk: Desk, teacher: str, asked: Prompt, *, language: str, task: str, number: int) -> Said:
    """Return what a teacher answers; `number` seeds its decoding.

    Raises: BudgetSpent, ModelError.
    """
    settings, caller = desk.teachers[teacher], desk.caller(teacher)
    request = Request(
        messages=(Message("user", asked.text),),
        decoding=settings.decoding,
        seed=number,
        language=language,
        task=task,
    )
    answer = await caller.answer(request)
    facts = {
        "model": caller.name,
        "model_revision": caller.revision or None,
        "model_license": settings.license or None,
        "terms": settings.terms,
        "template": asked.template or None,
        "decoding": canonical(settings.decoding.model_dump(mode="json", exclude_defaults=True)),
        "seed": str(number),
        "finish": answer.finish or None,
    }
    return Said(text=answer.text.strip(), fault=answer.fault, facts=facts)


def fault_of(*said: Said) -> str | None:
    """Return why a row made of these can not be used: `refused request`, `empty answer`."""
    if any(one.fault is not None for one in said):
        return "refused request"
    return None if all(one.text for one in said) else "empty answer"
