"""How likely a model finds each of several completions of a prompt: for tasks with given choices."""

from collections.abc import Sequence
from typing import NamedTuple

from aya.errors import needs
from training.model import Model, prompts_of

with needs("training"):
    import torch
    from torch.nn.functional import log_softmax


class Scored(NamedTuple):
    """The log-probability of a completion, in nats, and over how many tokens it is summed."""

    log_likelihood: float
    tokens: int


def score(
    model: Model,
    prompts: Sequence[str],
    choices: Sequence[Sequence[str]],
    *,
    end: bool = False,
    longest: int = 1024,
    budget: int = 16_384,
) -> list[list[Scored]]:
    """Return the score of every choice of every prompt, in order.

    `end=False` sums over the tokens of the choice alone, as lm-evaluation-harness does, which favours a choice that
    is the beginning of another; `end=True` counts the end of the text too. Prompts and choices are cut to `longest`
    tokens.
    """
    rows = prompts_of(model, prompts, most=longest)
    pairs = [
        (row, targets)
        for row, texts in zip(rows, choices, strict=True)
        for targets in model.tokens.encode(texts, most=longest, end=end)
    ]
    order = sorted(range(len(pairs)), key=lambda place: sum(map(len, pairs[place])))
    found: dict[int, Scored] = {}
    while order:
        room = max(1, budget // max(1, sum(map(len, pairs[order[-1]]))))  # the longest go first
        batch, order = order[-room:], order[:-room]
        found |= dict(zip(batch, _scores(model, [pairs[place] for place in batch]), strict=True))
    scores = iter(found[place] for place in range(len(pairs)))
    return [[next(scores) for _ in texts] for texts in choices]


def _scores(model: Model, pairs: Sequence[tuple[list[int], list[int]]]) -> list[Scored]:
    with torch.inference_mode():
        logits, targets = _encoder_decoder(model, pairs) if model.kind == "encoder-decoder" else _causal(model, pairs)
        chosen = log_softmax(logits.float(), dim=-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        sums = (chosen * (targets >= 0)).sum(dim=1).tolist()
    return [Scored(total, len(row)) for total, (_, row) in zip(sums, pairs, strict=True)]


def _encoder_decoder(model: Model, pairs: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = _filled([prompt for prompt, _ in pairs], model.tokens.pad, model.device)
    mask = _filled([[1] * len(prompt) for prompt, _ in pairs], 0, model.device)
    decoder = _filled([[model.start, *row[:-1]] for _, row in pairs], model.tokens.pad, model.device)
    targets = _filled([row or [-1] for _, row in pairs], -1, model.device)
    return model.network.eval()(input_ids=inputs, attention_mask=mask, decoder_input_ids=decoder).logits, targets


def _causal(model: Model, pairs: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor]:
    rows = [[*prompt, *row] for prompt, row in pairs]
    inputs = _filled([row[:-1] for row in rows], model.tokens.pad, model.device)
    mask = _filled([[1] * (len(row) - 1) for row in rows], 0, model.device)
    targets = _filled([[*[-1] * (len(prompt) - 1), *row] for prompt, row in pairs], -1, model.device)
    return model.network.eval()(input_ids=inputs, attention_mask=mask).logits, targets


def _filled(rows: Sequence[Sequence[int]], value: int, device: torch.device) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows], device=device)
