"""Greedy decoding of a batch in which a row that has come to its end costs nothing more.

generate() carries every row along to the last step of the longest, and spends a step on the forced language.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Change = Callable[[Any, int, Any], Any]
"""Changes the scores of rows of a batch, given their places in it and the number of the step."""

FEWER = 0.9
"""Share of the rows in hand that still go on, at which the others are taken out of all states."""

AT_ONCE = 1 << 20
"""Scores that a processor works on at a time."""


class Said(NamedTuple):
    """What was said to a row: its tokens, the end included if it came to one, and their mean log-probability."""

    tokens: list[int]
    logprob: float


def unchanged(places: Any, step: int, scores: Any) -> Any:
    """Return scores as they are."""
    return scores


def decode(
    network: Any, ids: Any, mask: Any, *, first: int, never: int, limits: Sequence[int], change: Change = unchanged
) -> list[Said]:
    """Return the likeliest next token over and over, for each row of `ids` until its end or at most its limit.

    `first` is the token of the language, `never` one that may not be said.
    """
    import torch
    from transformers import DynamicCache, EncoderDecoderCache

    settings, num = network.generation_config, len(ids)
    states = network.model.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    given = torch.tensor([[settings.decoder_start_token_id, first]], device=ids.device).expand(num, 2)
    most = torch.tensor(limits, device=ids.device)
    tokens, logprobs = given.new_zeros(num, max(limits)), torch.zeros(num, device=ids.device)
    lengths, places = torch.zeros_like(most), torch.arange(num, device=ids.device)
    goes_on = torch.ones_like(places, dtype=torch.bool)
    for step in range(max(limits)):
        hidden = network.model.decoder(
            input_ids=given, encoder_hidden_states=states, encoder_attention_mask=mask.long(), past_key_values=cache,
            use_cache=True,
        ).last_hidden_state[:, -1]  # fmt: skip
        said, best = _likeliest(change(places, step, network.lm_head(hidden)), never)
        now = places[goes_on]
        tokens[now, step], lengths[now] = said[goes_on], step + 1
        logprobs[now] += best[goes_on]
        goes_on &= (said != settings.eos_token_id) & (step + 1 < most[places])
        left = int(goes_on.sum())
        if not left:
            break
        if left <= FEWER * len(places):
            places, said, states, mask = (one[goes_on] for one in (places, said, states, mask))
            cache.batch_select_indices(goes_on.nonzero()[:, 0])
            goes_on = goes_on[goes_on]
        given = said[:, None]
    means = (logprobs / lengths).tolist()
    return [
        Said(row[:length], mean) for row, length, mean in zip(tokens.tolist(), lengths.tolist(), means, strict=True)
    ]


def _likeliest(scores: Any, never: int) -> tuple[Any, Any]:
    """Return the likeliest token of each row and its log-probability.

    A few rows at a time stay in a processor's cache: four times as fast as all at once.
    """
    import torch

    found = []
    scores[:, never] = float("-inf")
    few = max(1, AT_ONCE // scores.shape[1]) if scores.device.type == "cpu" else len(scores)
    for some in scores.split(few):
        logprobs = some.float().log_softmax(-1)
        said = logprobs.argmax(-1)
        found.append((said, logprobs.gather(1, said[:, None])[:, 0]))
    return torch.cat([said for said, _ in found]), torch.cat([best for _, best in found])
