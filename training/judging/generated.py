"""Answers that a model of ours writes to prompts, kept beside the verdicts on them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from aya.errors import UserError
from aya.table import canonical, publish, sha256
from aya.text import digest
from training.judging.answers import Answered, read_answers


def is_model(path: Path) -> bool:
    """Return whether a path is a folder of a model."""
    return (path / "config.json").is_file()


def generated(
    name: str,
    model: Path,
    prompts: Sequence[Answered],
    out: Path,
    *,
    device: str | None = None,
    seed: int = 0,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Answered]:
    """Return a model's answers to prompts, sampled as the Aya model's judged answers were; they are kept in `out`.

    The same model and prompts are answered once.
    """
    from training.generate import Decoding, generate
    from training.model import load_model

    decoding = Decoding(seed=seed)
    weights = [f"{path.name} {sha256(path)}" for path in sorted(model.iterdir()) if path.is_file()]
    asked = [canonical(asdict(one)) for one in prompts]
    path = out / f"{name}-{digest(*weights, *asked, canonical(decoding.model_dump(mode='json')))[:16]}.jsonl"
    if not path.is_file():
        if not prompts:
            raise UserError(f"{name} is a model; name the prompts that it is to answer by --prompts")
        made = generate(load_model(str(model), device=device), [one.prompt for one in prompts], decoding, tell=tell)
        rows = [asdict(replace(one, answer=answer)) for one, answer in zip(prompts, made, strict=True)]
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
        publish(path, lambda temporary: temporary.write_text(lines, encoding="utf-8"))
    return [replace(one, answer=made.answer) for one, made in zip(prompts, read_answers(path), strict=True)]
