"""How often a model refuses: requests that harm, as it should, and safe ones that look so, as it should not."""

from collections.abc import Callable, Sequence
from typing import Any

from aya.intervals import wilson
from aya.stage import Tell, silent
from training.generate import Decoding, generate
from training.model import Model
from training.safety.distill import Refuses
from training.safety.items import Item

ALL = "all"
"""Stands for all languages together."""


def watch(
    model: Model,
    items: Sequence[Item],
    refuses: Refuses,
    *,
    most: int = 64,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Return the rates of refusal by kind and language with 95 % Wilson intervals, and every answer.

    Answers are the likeliest ones, `most` tokens long at most.
    """
    done: Callable[[int], None] = lambda number: tell("answers to requests", number, len(items))  # noqa: E731
    answers = generate(model, [item.prompt for item in items], Decoding(sample=False, most=most), tell=done)
    refused = [refuses(item.prompt, answer, item.language) for item, answer in zip(items, answers, strict=True)]
    return {
        "rates": {
            kind: _rates([(item, no) for item, no in zip(items, refused, strict=True) if item.kind == kind])
            for kind in ("unsafe", "safe")
        },
        "answers": [
            {
                "id": item.id, "language": item.language, "kind": item.kind, "prompt": item.prompt,
                "answer": answer, "refused": no,
            }
            for item, answer, no in zip(items, answers, refused, strict=True)
        ],
    }  # fmt: skip


def _rates(judged: Sequence[tuple[Item, bool]]) -> dict[str, Any]:
    codes = sorted({item.language for item, _ in judged})
    found = {code: [no for item, no in judged if item.language == code] for code in codes}
    return {code: _rate(refused) for code, refused in {**found, ALL: [no for _, no in judged]}.items()}


def _rate(refused: Sequence[bool]) -> dict[str, Any]:
    low, high = wilson(sum(refused), len(refused))
    share = sum(refused) / len(refused) if refused else None
    return {"refused": sum(refused), "of": len(refused), "share": share, "low": low, "high": high}
