from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MT5Config,
    MT5ForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

from training.batches import Batch, Example, causal_batch, encoder_decoder_batch
from training.masks import block_mask, causal_mask
from training.network import Packed
from training.packing import Filler

T5_SIZES: dict[str, Any] = {
    "vocab_size": 40, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "dropout_rate": 0.0,
    "decoder_start_token_id": 0,
}  # fmt: skip
LLAMA_SIZES: dict[str, Any] = {
    "vocab_size": 40, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None,
}  # fmt: skip
GPT2_SIZES: dict[str, Any] = {
    "vocab_size": 40, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "eos_token_id": 1,
    "resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0, "bos_token_id": None,
}  # fmt: skip
NETWORKS: dict[str, Any] = {
    "mT5": lambda: MT5ForConditionalGeneration(MT5Config(**T5_SIZES)),
    "T5": lambda: T5ForConditionalGeneration(T5Config(**T5_SIZES)),
    "umT5": lambda: UMT5ForConditionalGeneration(UMT5Config(**T5_SIZES)),
    "Llama": lambda: LlamaForCausalLM(LlamaConfig(**LLAMA_SIZES)),
    "GPT-2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2_SIZES)),
}
"""Every architecture that is trained; GPT-2 has learned positions, Llama turns them."""


def network(name: str) -> Packed:
    torch.manual_seed(0)
    return Packed(NETWORKS[name]().train())


def some_examples(num: int, *, seed: int = 0) -> list[Example]:
    random = np.random.default_rng(seed)
    return [Example(*(random.integers(2, 40, random.integers(1, 12)).tolist() for _ in "it")) for _ in range(num)]


def batch_of(rows: Sequence[Sequence[Example]], name: str) -> Batch:
    return causal_batch(rows, pad=0) if name in ("Llama", "GPT-2") else encoder_decoder_batch(rows, start=0, pad=0)


def gradient(made: Packed) -> torch.Tensor:
    return torch.cat([weight.grad.flatten() for weight in made.parameters() if weight.grad is not None])


@pytest.mark.parametrize("name", NETWORKS)
def test_packed_logits_losses_and_gradients_are_those_of_examples_alone(name: str) -> None:
    examples = some_examples(7)
    packed = batch_of([examples[:4], examples[4:5], examples[5:]], name)  # the second row is nearly all padding
    together = network(name)
    together(packed).sum().backward()
    alone = network(name)
    for example in examples:
        alone(batch_of([[example]], name)).sum().backward()
    assert torch.allclose(
        gradient(together), gradient(alone), atol=1e-5 * float(gradient(alone).abs().max()), rtol=1e-5
    )
    logits = together.logits(packed)[packed.segments > 0]
    each = [alone.logits(one)[one.segments > 0] for one in (batch_of([[example]], name) for example in examples)]
    assert torch.allclose(logits, torch.cat(each), atol=1e-5, rtol=1e-5)
    assert not logits.isnan().any()


def test_the_loss_is_that_of_transformers_for_one_example() -> None:
    made, (example,) = network("mT5"), some_examples(1)
    theirs = made.network(input_ids=torch.tensor([example.inputs]), labels=torch.tensor([example.targets])).loss
    assert torch.allclose(made(batch_of([[example]], "mT5")), theirs, atol=1e-6)


def test_a_long_completion_counts_as_much_as_a_short_one() -> None:
    short, long = Example([5], [7, 1]), Example([6], [*range(2, 30), 1])
    weights = batch_of([[short, long]], "mT5").weights[0]
    assert weights[:2].tolist() == [0.5, 0.5]
    assert weights[2:31].sum() == pytest.approx(1)
    assert not weights[31:].any()


def test_a_mask_shows_an_example_its_own_tokens() -> None:
    segments = torch.tensor([[1, 1, 2, 0]])
    assert block_mask(segments, segments)[0, 0].int().tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
        [1, 0, 0, 0],
    ]
    assert causal_mask(segments)[0, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]]


def test_a_decoder_begins_each_example_anew() -> None:
    batch = encoder_decoder_batch([[Example([5, 6], [7, 1]), Example([8], [9, 9, 1])]], start=3, pad=0)
    assert batch.decoder[0].tolist() == [3, 7, 3, 9, 9, 0, 0, 0]
    assert batch.labels[0].tolist() == [7, 1, 9, 9, 1, -100, -100, -100]
    assert batch.inputs[0].tolist() == [5, 6, 8, 0, 0, 0, 0, 0]
    assert (batch.useful, batch.size) == (8, 16)


def test_a_causal_row_has_labels_for_completions_alone() -> None:
    batch = causal_batch([[Example([5, 6], [7, 1]), Example([8], [9, 1])]], pad=0)
    assert batch.decoder[0].tolist() == [5, 6, 7, 1, 8, 9, 1, 0]
    assert batch.labels[0].tolist() == [-100, 7, 1, -100, 9, 1, -100, -100]
    assert batch.positions[0].tolist() == [0, 1, 2, 3, 0, 1, 2, 0]


def test_an_example_goes_where_it_leaves_the_least_room() -> None:
    filler = Filler(3, (10, 10))
    lengths = np.asarray([[6, 2], [8, 8], [2, 2], [5, 9], [4, 1], [1, 3]])
    # (6,2) opens row 0 and leaves 4,8; (8,8) opens 1; (2,2) fills 1; (5,9) opens 2 and leaves 5,1. (4,1) leaves 0,7
    # in row 0 or 1,0 in row 2: there 1 is the larger. (1,3) fits into row 0 alone.
    assert filler.add(lengths).tolist() == [0, 1, 1, 2, 2, 0]
    assert (filler.opened, filler.full) == (3, False)
    assert filler.add(np.asarray([[3, 5], [4, 4], [1, 1]])).tolist() == [0]  # (4,4) fits nowhere: the batch is full
    assert filler.full


def test_a_pool_closes_the_oldest_rows() -> None:
    lengths = np.asarray([[5, 5], [9, 9], [9, 9], [5, 5]])
    assert Filler(4, (10, 10)).add(lengths).tolist() == [0, 1, 2, 0]
    assert Filler(4, (10, 10), pool=2).add(lengths).tolist() == [0, 1, 2, 3]


@given(
    lengths=st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=60),
    cut=st.integers(0, 60),
    pool=st.integers(1, 6),
)
def test_no_row_is_too_full_and_pieces_do_not_matter(lengths: list[tuple[int, int]], cut: int, pool: int) -> None:
    array = np.asarray(lengths)
    rows = Filler(6, (20, 20), pool=pool).add(array)
    for row in set(rows.tolist()):
        assert (array[: len(rows)][rows == row].sum(axis=0) <= 20).all()
    pieces = Filler(6, (20, 20), pool=pool)
    first = pieces.add(array[:cut])
    rest = pieces.add(array[cut:]) if not pieces.full and cut < len(array) else np.empty(0, np.int64)
    assert [*first, *rest] == rows.tolist()


def test_an_example_that_fits_no_row_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"longer than a row of \(10, 10\)"):
        Filler(2, (10, 10)).add(np.asarray([[1, 11]]))
