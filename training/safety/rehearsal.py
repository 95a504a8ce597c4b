"""What a distillation would ask and cost, without asking anybody."""

from pathlib import Path
from typing import Any

from aya.models.journal import Journal
from training.judging.answers import Answered
from training.judging.asking import forecast, requests
from training.judging.harm import questions
from training.judging.prompt_files import load_prompt
from training.safety.distill import JOURNAL, parts_of, request_of, taught_items
from training.safety.items import Item
from training.safety.settings import Distillation, Teacher
from training.safety.written import NAME

_LETTERS = 4
"""Bytes of a token of an answer that is not there yet, at most in most scripts."""


def rehearse(plan: Distillation, out: Path) -> dict[str, Any]:
    """Return how many requests are asked, what that costs at most, and the first prompt of each language.

    What the journal in `out` holds already costs nothing; a folder that is not there is not made.
    """
    parts = parts_of(plan)
    items = taught_items(plan, parts)
    first = {item.language: item for item in reversed(items)}
    with Journal(out / JOURNAL if (out / JOURNAL).exists() else Path(":memory:")) as journal:
        teacher, judge = _teacher(plan, items, journal), _judge(plan, items, journal)
    return {
        "name": plan.name,
        "asked": len(items),
        "held_out": len(parts.held_out),
        "like_held_out": len(parts.leaked),
        "teacher": teacher,
        "judge": judge,
        "prompts": [
            {"language": code, "text": "\n\n".join(one.content for one in request_of(plan, item).messages)}
            for code, item in sorted(first.items())
        ],
    }


def _teacher(plan: Distillation, items: list[Item], journal: Journal) -> dict[str, Any]:
    if isinstance(plan.teacher, Teacher):
        return {"name": plan.teacher.name} | forecast(plan.teacher, [request_of(plan, one) for one in items], journal)
    free = {"questions": len(items), "calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "money": 0.0}
    return {"name": NAME} | free


def _judge(plan: Distillation, items: list[Item], journal: Journal) -> dict[str, Any] | None:
    """Return what verdicts on answers of the greatest length cost."""
    if plan.judge is None:
        return None
    most = plan.teacher.decoding.max_tokens if isinstance(plan.teacher, Teacher) else plan.filters.most
    answered = [
        Answered(id=item.key, language=item.language, prompt=item.prompt, answer=item.answer or "x" * most * _LETTERS)
        for item in items
    ]
    prompt = load_prompt("harm", plan.judge.prompt)
    asked = requests(prompt, questions(answered), task="harm", decoding=plan.judge.decoding)
    return {"name": plan.judge.name} | forecast(plan.judge, asked, journal)
