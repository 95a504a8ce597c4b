"""A run in its folder: what it was started with, the model that it trains, and the rows that it is validated on."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from aya.errors import UserError
from aya.table import publish
from aya.text import hashes64
from training.checkpoints import Checkpoints, write_folder
from training.loop import Held
from training.model import Model, load_model, new_model
from training.parallel import Processes
from training.settings import OF_THE_RUN, NewModel, Training
from training.stream import CHUNK, Draws, encode, is_held_out
from training.tokens import Tokens, load_tokens
from training.vocabulary import learn_tokens

VOCABULARY_DRAWS = 20_000
"""Draws of the mixture that a new vocabulary is learned from."""

_NEVER = np.uint64(2**64 - 1)


def begin(plan: Training, draws: Draws, out: Path, *, data: Sequence[str], processes: Processes) -> Model:
    """Return the model of a run before its first step, and note in `out/run.json` what the run stands on.

    `data` names the versions with their checksums.

    Raises: UserError if `out` holds a run of another recipe or on other data.
    """
    said = {**json.loads(plan.model_dump_json(exclude=set(OF_THE_RUN))), "data": list(data)}
    if processes.first:
        _note(out / "run.json", said)
        model = plan.model
        if isinstance(model, NewModel) and model.vocabulary and not (out / "tokens").is_dir():
            tokens = learn_tokens(_texts(draws), size=model.vocabulary)
            write_folder(out / "tokens", tokens.save)
    processes.wait()
    return _model(plan, out, device="cpu" if processes.world > 1 else None)


def _note(path: Path, said: dict[str, Any]) -> None:
    if not path.is_file():
        publish(path, lambda temporary: temporary.write_text(json.dumps(said, indent=1), encoding="utf-8"))
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    other = [name for name in sorted(before.keys() | said.keys()) if before.get(name) != said.get(name)]
    if other:
        raise UserError(
            f"{path.parent} holds a run with another {', '.join(other)}"
            f" ({other[0]} was {before.get(other[0])}, is {said.get(other[0])}); give another --out"
        )


def _texts(draws: Draws) -> Iterable[str]:
    most = min(len(draws), VOCABULARY_DRAWS)
    for start in range(0, most, CHUNK):
        rows = draws.rows(start, min(start + CHUNK, most))
        for name in ("inputs", "targets"):
            yield from (text for text in rows[name].to_pylist() if text)


def _model(plan: Training, out: Path, *, device: str | None) -> Model:
    if isinstance(plan.model, str):
        return load_model(plan.model, revision=plan.revision, device=device)
    tokens: Tokens = load_tokens(plan.model.tokens or str(out / "tokens"))
    return new_model(plan.model.new, tokens, seed=plan.seed, device=device, **plan.model.sizes)


def finished(plan: Training, out: Path) -> Model:
    """Return the model of the last checkpoint, on the processor."""
    model = _model(plan, out, device="cpu")
    Checkpoints(out / "checkpoints", keep=plan.keep, processes=Processes()).weights_into(model.network)
    return model


def held_rows(plan: Training, model: Model, tables: Iterable[pa.Table]) -> Held:
    """Return the held-out rows that the loss is computed on: those with the least hashes of their ids."""
    found: list[tuple[int, str, str, str]] = []
    for table in tables:
        ids = table["id"].to_pylist()
        held = is_held_out(ids, table["split"].to_pylist(), share=plan.held_out, seed=plan.seed)
        hashes = np.where(held, np.asarray(hashes64(ids, seed=plan.seed), np.uint64), _NEVER)
        least = np.argsort(hashes, kind="stable")[: min(plan.validation_rows, int(held.sum()))]
        some = table.take(least)
        texts = (("" if text is None else text for text in some[name].to_pylist()) for name in ("inputs", "targets"))
        names = (code or "und" for code in some["language"].to_pylist())
        found += zip(hashes[least].tolist(), *texts, names, strict=True)
        found = sorted(found)[: plan.validation_rows]
    examples = encode(model, [row[1] for row in found], [row[2] for row in found], plan)
    return Held(examples=examples, languages=[row[3] for row in found])
