"""Completions of prompts: greedy, by beams or sampled, the same ones for the same seed whatever the batches."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from pydantic import Field

from aya.errors import needs
from aya.stage import Settings
from aya.text import hash64
from training.model import SEPARATOR, Model, prompts_of

with needs("training"):
    import torch


class Decoding(Settings):
    """How completions are searched for; the defaults are those of the paper's judged answers but for the seed."""

    most: int = Field(default=256, ge=1, description="tokens of a completion")
    sample: bool = Field(default=True, description="draw tokens; false takes the likeliest")
    top_p: float = Field(default=0.8, gt=0, le=1, description="share of the likeliest tokens that are drawn from")
    temperature: float = Field(default=0.9, gt=0)
    beams: int = Field(default=1, ge=1, description="without `sample`")
    seed: int = 0


GREEDY = Decoding(sample=False)


def generate(
    model: Model,
    prompts: Sequence[str],
    decoding: Decoding = GREEDY,
    *,
    longest: int = 1024,
    budget: int = 16_384,
    between: str = SEPARATOR,
    tell: Callable[[int], None] = lambda done: None,
) -> list[str]:
    """Return a completion of each prompt, in order; prompts are cut to `longest` tokens.

    Prompts of like length go together, `budget` tokens of prompt and completion at a time. A sampled completion
    depends on the seed, the prompts and the budget: a batch draws from a generator of its own. `between` is as for
    `prompts_of`; `tell` hears how many are done.
    """
    rows = prompts_of(model, prompts, most=longest, between=between)
    order = sorted(range(len(rows)), key=lambda place: (len(rows[place]), place))
    found: dict[int, str] = {}
    for batch in _batches(order, rows, budget=budget, most=decoding.most):
        found |= dict(zip(batch, _complete(model, [rows[place] for place in batch], decoding), strict=True))
        tell(len(found))
    return [found[place] for place in range(len(rows))]


def _batches(order: Sequence[int], rows: Sequence[Sequence[int]], *, budget: int, most: int) -> list[list[int]]:
    waiting, batches = iter(order), []
    while first := list(islice(waiting, 1)):
        # Sorted by length, so later rows are longer; half as many as would fit now leaves them room.
        room = max(1, budget // (2 * (len(rows[first[0]]) + most)))
        batches.append([*first, *islice(waiting, room - 1)])
    return batches


def _complete(model: Model, rows: Sequence[Sequence[int]], decoding: Decoding) -> list[str]:
    ids, mask = padded(model, rows)
    settings: dict[str, Any] = {"do_sample": decoding.sample, "max_new_tokens": decoding.most}
    if decoding.sample:
        settings |= {"top_p": decoding.top_p, "temperature": decoding.temperature, "top_k": 0}
    else:
        settings |= {"num_beams": decoding.beams}
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode():
        torch.manual_seed(hash64(repr(rows), seed=decoding.seed) % 2**63)
        made = model.network.eval().generate(
            input_ids=ids, attention_mask=mask, pad_token_id=model.tokens.pad, eos_token_id=model.tokens.end, **settings
        )
    skip = 1 if model.kind == "encoder-decoder" else ids.shape[1]
    return [text.strip() for text in model.tokens.decode(made[:, skip:].tolist())]


def padded(model: Model, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows as one tensor with its mask; a causal model's prompts are padded in front, to end together."""
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), model.tokens.pad, device=model.device)
    mask = torch.zeros_like(ids)
    for place, row in enumerate(rows):
        where = slice(longest - len(row), longest) if model.kind == "causal" else slice(0, len(row))
        ids[place, where] = torch.tensor(row, device=model.device)
        mask[place, where] = 1
    return ids, mask
