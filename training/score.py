"""How likely a model finds each of several completions of a prompt: for tasks with given choices."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from aya.errors import needs
from training.model import SEPARATOR, Model, prompts_of

with needs("training"):
    import torch
    from torch.nn.functional import log_softmax
    from transformers.modeling_outputs import BaseModelOutput

T = TypeVar("T")


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
    between: str = SEPARATOR,
) -> list[list[Scored]]:
    """Return the score of every choice of every prompt, in order.

    `end=False` sums over the tokens of the choice alone, as lm-evaluation-harness does, which favours a choice that
    is the beginning of another; `end=True` counts the end of the text too. Prompts and choices are cut to `longest`
    tokens. `between` is as for `prompts_of`.
    """
    rows = prompts_of(model, prompts, most=longest, between=between)
    pairs = [
        Pair(tuple(row), tuple(targets))
        for row, texts in zip(rows, choices, strict=True)
        for targets in model.tokens.encode(texts, most=longest, end=end)
    ]
    order = sorted(range(len(pairs)), key=lambda place: (len(pairs[place].prompt), pairs[place]))
    longest_choice = max((len(pair.targets) for pair in pairs), default=1)
    found: dict[int, Scored] = {}
    while order:
        room = max(1, budget // max(1, len(pairs[order[-1]].prompt) + longest_choice))  # the longest go first
        batch, order = order[-room:], order[:-room]
        found |= dict(zip(batch, _scores(model, [pairs[place] for place in batch]), strict=True))
    scores = iter(found[place] for place in range(len(pairs)))
    return [[next(scores) for _ in texts] for texts in choices]


class Pair(NamedTuple):
    """The tokens of a prompt and of one of its choices."""

    prompt: tuple[int, ...]
    targets: tuple[int, ...]

    @property
    def read(self) -> "Pair":
        """Return what the network reads of it: choices that differ in their last token alone are read once."""
        return Pair(self.prompt, self.targets[:-1])


def _scores(model: Model, pairs: Sequence[Pair]) -> list[Scored]:
    read, places = _once([pair.read for pair in pairs])
    with torch.inference_mode():
        if model.kind == "encoder-decoder":
            logits, starts = _encoder_decoder(model, read), [0] * len(pairs)
        else:
            logits, starts = _causal(model, read), [len(pair.prompt) - 1 for pair in pairs]
        targets = [[*[-1] * start, *pair.targets] for start, pair in zip(starts, pairs, strict=True)]
        targets_BT = _filled([row or [-1] for row in targets], -1, model.device)
        likely = log_softmax(logits.float(), dim=-1)
        rows_B1 = torch.tensor(places, device=model.device).unsqueeze(1)
        columns_T = torch.arange(targets_BT.shape[1], device=model.device)
        chosen = likely[rows_B1, columns_T, targets_BT.clamp(min=0)]
        sums = (chosen * (targets_BT >= 0)).sum(dim=1).tolist()
    return [Scored(total, len(pair.targets)) for total, pair in zip(sums, pairs, strict=True)]


def _once(items: Sequence[T]) -> tuple[list[T], list[int]]:
    """Return the different items in order, and for each item its place among them."""
    places = {item: place for place, item in enumerate(dict.fromkeys(items))}
    return list(places), [places[item] for item in items]


def _encoder_decoder(model: Model, read: Sequence[Pair]) -> torch.Tensor:
    prompts, places = _once([pair.prompt for pair in read])
    inputs = _filled(prompts, model.tokens.pad, model.device)
    mask = _filled([[1] * len(prompt) for prompt in prompts], 0, model.device)
    network = model.network.eval()
    state = network.get_encoder()(input_ids=inputs, attention_mask=mask).last_hidden_state[places]
    decoder = _filled([[model.start, *pair.targets] for pair in read], model.tokens.pad, model.device)
    found: torch.Tensor = network(
        encoder_outputs=BaseModelOutput(state), attention_mask=mask[places], decoder_input_ids=decoder
    ).logits
    return found


def _causal(model: Model, read: Sequence[Pair]) -> torch.Tensor:
    inputs = _filled([[*pair.prompt, *pair.targets] for pair in read], model.tokens.pad, model.device)
    mask = _filled([[1] * len([*pair.prompt, *pair.targets]) for pair in read], 0, model.device)
    found: torch.Tensor = model.network.eval()(input_ids=inputs, attention_mask=mask).logits
    return found


def _filled(rows: Sequence[Sequence[int]], value: int, device: torch.device) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows], device=device)
