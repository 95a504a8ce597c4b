"""Packed rows beside padded batches: useful tokens a CPU second of an mT5 that is trained on each.

    OMP_NUM_THREADS=1 python benchmarks/packing.py --rounds 2 --seconds 16
    OMP_NUM_THREADS=1 python benchmarks/packing.py --texts rows.parquet --columns inputs targets

Lengths are those of the Aya mixture (Üstün et al. 2024: weights and mean lengths of its six sources, spread
log-normally with a deviation of 1, 2.7 letters a token), or of real texts, at a quarter. All contenders see the same
examples, take turns, and step the optimiser after as many of them; only padding differs. Attention costs a row its
length squared, the rest of the model its length times the width: a model as narrow as tests have it would hide what
packing gains, one as wide as mT5-xxl beside its rows of 1,024 tokens has a width of four times their length.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import MT5Config, MT5ForConditionalGeneration

from training.adafactor import Adafactor
from training.batches import Example, encoder_decoder_batch
from training.network import Packed
from training.packing import Filler

SCALE, MOST, AT_ONCE, ROWS = 4, 1024, 8, 256
"""Lengths are a quarter; tokens a side at full length; examples or rows at once; rows that a step of packing fills."""

SOURCES = {  # weight in percent, mean letters of prompts and completions: tables 1 and 3
    "aya_dataset": (10, 178, 501),
    "aya_templates": (1.5, 1864, 209),
    "xp3x": (15, 1048, 780),
    "data_provenance": (3.5, 998, 78),
    "aya_translations": (47.5, 496, 219),
    "sharegpt_command": (22.5, 385, 1080),
}
VOCABULARY = 2_000
STEP = 64  # completions


def aya_lengths(num: int, random: np.random.Generator) -> NDArray[np.int64]:
    weights = np.asarray([weight for weight, _, _ in SOURCES.values()])
    drawn = random.choice(len(SOURCES), size=num, p=weights / weights.sum())
    means = np.asarray([means for _, *means in SOURCES.values()])[drawn] / 2.7
    return tokens(means * np.exp(random.normal(-0.5, 1.0, means.shape)))


def text_lengths(path: Path, columns: Sequence[str]) -> NDArray[np.int64]:
    import polars as pl

    rows = pl.read_parquet(path, columns=list(columns))
    return tokens(rows.select(pl.col(name).str.len_chars().fill_null(0) for name in columns).to_numpy() / 2.7)


def tokens(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Return whole tokens with the end, cut as training cuts them, at a quarter."""
    found: NDArray[np.int64] = (np.clip(np.round(lengths) + 1, 2, MOST) / SCALE).round().clip(1).astype(np.int64)
    return found


def examples_of(lengths: NDArray[np.int64], random: np.random.Generator) -> list[Example]:
    return [Example(*(random.integers(3, VOCABULARY, size).tolist() for size in pair)) for pair in lengths.tolist()]


Batches = Iterator[list[Example]]


def in_order(examples: Sequence[Example]) -> Batches:
    for begin in range(0, len(examples), AT_ONCE):
        yield list(examples[begin : begin + AT_ONCE])


def grouped(length: Callable[[Example], int]) -> Callable[[Sequence[Example]], Batches]:
    """Sort stretches of 50 batches by length, longest first, as transformers' `group_by_length` does."""

    def batches(examples: Sequence[Example]) -> Batches:
        for begin in range(0, len(examples), 50 * AT_ONCE):
            yield from in_order(sorted(examples[begin : begin + 50 * AT_ONCE], key=length, reverse=True))

    return batches


def padded(network: Any, batch: Sequence[Example], *, whole: bool) -> tuple[torch.Tensor, int]:
    """Return the loss of a batch that is padded to its longest example, or to the longest there may be."""
    sides = [[torch.tensor(example[side]) for example in batch] for side in (0, 1)]
    ids, labels = (torch.nn.utils.rnn.pad_sequence(side, batch_first=True) for side in sides)
    if whole:
        ids, labels = (torch.nn.functional.pad(one, (0, MOST // SCALE - one.shape[1])) for one in (ids, labels))
    loss = network(input_ids=ids, attention_mask=(ids > 0).long(), labels=labels.masked_fill(labels == 0, -100)).loss
    return loss, ids.numel() + labels.numel()


def packed_rows(examples: Sequence[Example]) -> Iterator[list[list[Example]]]:
    """Yield rows at once, of steps of `ROWS` rows; those of like length go together."""
    rest = list(examples)
    while rest:
        filler = Filler(ROWS, (MOST // SCALE, MOST // SCALE))
        placed = filler.add(np.asarray([[len(one.inputs), len(one.targets)] for one in rest]))
        if not filler.full:
            return  # the last step is not whole
        rows: list[list[Example]] = [[] for _ in range(ROWS)]
        for example, row in zip(rest, placed.tolist(), strict=False):
            rows[row].append(example)
        rest = rest[len(placed) :]
        rows.sort(key=lambda row: -sum(len(one.inputs) + len(one.targets) for one in row))
        yield from (rows[begin : begin + AT_ONCE] for begin in range(0, ROWS, AT_ONCE))


def shuffled(batches: Iterator[Any]) -> list[Any]:
    """Return batches in random order, so that the first seconds see long and short ones alike."""
    listed = list(batches)
    return [listed[place] for place in np.random.default_rng(1).permutation(len(listed))]


def run_padded(choose: Callable[[Sequence[Example]], Batches], *, whole: bool = False) -> Any:
    def work(network: Any, examples: Sequence[Example]) -> Iterator[tuple[torch.Tensor, int, int, int]]:
        for batch in shuffled(choose(examples)):
            loss, size = padded(network, batch, whole=whole)
            yield loss, len(batch), sum(len(one.inputs) + len(one.targets) for one in batch), size

    return work


def run_packed(network: Any, examples: Sequence[Example]) -> Iterator[tuple[torch.Tensor, int, int, int]]:
    packed = Packed(network)
    for rows in shuffled(packed_rows(examples)):
        batch = encoder_decoder_batch(rows, start=0, pad=0)
        num = sum(map(len, rows))
        yield packed(batch).sum() / num, num, batch.useful, batch.size


CONTENDERS: dict[str, Any] = {
    "padded to 1024": run_padded(in_order, whole=True),
    "random batches": run_padded(in_order),
    "grouped by prompt": run_padded(grouped(lambda one: len(one.inputs))),
    "grouped by both": run_padded(grouped(lambda one: len(one.inputs) + len(one.targets))),
    "packed": run_packed,
}


def measure(name: str, examples: Sequence[Example], *, width: int, seconds: float) -> tuple[int, int, float]:
    """Train for some CPU seconds; return useful tokens, all tokens and the seconds."""
    torch.manual_seed(0)
    network = MT5ForConditionalGeneration(
        MT5Config(
            vocab_size=VOCABULARY, d_model=width, d_kv=64, d_ff=5 * width // 2, num_layers=2, num_heads=width // 64
        )
    ).train()
    optimiser = Adafactor(network.parameters())
    useful = size = since = 0
    begin = time.process_time()
    for loss, num, good, whole in CONTENDERS[name](network, examples):
        loss.backward()
        since, useful, size = since + num, useful + good, size + whole
        if since >= STEP:
            optimiser.step()
            optimiser.zero_grad()
            since = 0
        if time.process_time() - begin > seconds:
            break
    return useful, size, time.process_time() - begin


def time_packing(examples: Sequence[Example]) -> None:
    list(packed_rows(examples[:2_000]))  # machine code is made here
    begin = time.process_time()
    rows = [row for some in packed_rows(examples) for row in some]
    spent = time.process_time() - begin
    num = sum(map(len, rows))
    print(f"packing: {spent / num * 1e6:.1f} us an example, {num / len(rows):.2f} examples a row")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each contender in a round")
    parser.add_argument("--width", type=int, default=256, help="of the model; mT5-xxl: 4096, rows of 1024")
    parser.add_argument("--texts", type=Path, help="Parquet; lengths of its texts instead of Aya's")
    parser.add_argument("--columns", nargs=2, default=("inputs", "targets"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    lengths = text_lengths(asked.texts, asked.columns) if asked.texts else aya_lengths(12_000, random)
    totals = {name: np.zeros(3) for name in CONTENDERS}
    for round_ in range(asked.rounds):
        examples = examples_of(random.permutation(lengths)[:12_000], random)
        if round_ == 0:
            time_packing(examples)
        for name in CONTENDERS:
            totals[name] += measure(name, examples, width=asked.width, seconds=asked.seconds)
    print(f"{'':20}{'useful share':>14}{'useful tokens a CPU s':>24}{'beside random':>16}")
    base = totals["random batches"][0] / totals["random batches"][2]
    for name, (useful, size, seconds) in totals.items():
        print(f"{name:20}{useful / size:>14.3f}{useful / seconds:>24,.0f}{useful / seconds / base:>16.2f}")


if __name__ == "__main__":
    main()
