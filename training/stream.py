"""The batches of a run, computed from the number of the next draw: the whole state of the data is that integer.

A step takes draws in their order until one fits into none of its rows, and the next step begins with that one. Chunks
of draws are read and cut into tokens by any number of processes; packing goes through them in order.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aya.errors import UserError, needs
from aya.text import hashes64
from training.batches import Batch, Example, causal_batch, encoder_decoder_batch
from training.model import Model, prompts_of
from training.packing import Filler
from training.settings import Training

with needs("training"):
    import torch

CHUNK = 512
"""Draws that are read at once."""

COLUMNS = ("id", "inputs", "targets", "split", "language")
"""What is read of a record."""

EMPTY_CHUNKS = 20
"""Chunks in a row without one row to train on, after which nobody waits any longer."""


class Draws(Protocol):
    """Rows of a collection in the order of its mixture: position in, record out, without any state."""

    def __len__(self) -> int:
        """Return the number of draws; behind the last one the first comes again."""

    def rows(self, start: int, stop: int) -> pa.Table:
        """Return the records drawn at `range(start, stop)`, in that order."""


class Chunk(NamedTuple):
    """Examples of a stretch of draws, and the number of the draw of each."""

    numbers: list[int]
    examples: list[Example]


@dataclass(frozen=True, kw_only=True)
class Step:
    """The rows of one step, from the draw at `start` up to the one before `stop`."""

    start: int
    stop: int
    rows: list[list[Example]]

    @property
    def completions(self) -> int:
        """How many examples there are."""
        return sum(map(len, self.rows))

    def cut(self, plan: Training) -> int:
        """Return how many examples are as long as the recipe allows on a side: nearly all of them were cut short."""
        examples = (example for row in self.rows for example in row)
        return sum(len(one.inputs) == plan.inputs or len(one.targets) == plan.targets for one in examples)

    def batches(self, model: Model, rows_at_once: int) -> list[Batch]:
        """Return the rows as tensors, those of like length together."""
        rows = sorted(self.rows, key=lambda row: (-sum(map(_length, row)), -len(row)))
        pieces = [rows[begin : begin + rows_at_once] for begin in range(0, len(rows), rows_at_once)]
        return [batch_of(model, piece) for piece in pieces]


def batch_of(model: Model, rows: Sequence[Sequence[Example]]) -> Batch:
    """Return rows as tensors of the model's kind."""
    if model.kind == "causal":
        return causal_batch(rows, pad=model.tokens.pad)
    return encoder_decoder_batch(rows, start=model.start, pad=model.tokens.pad)


def _length(example: Example) -> int:
    return len(example.inputs) + len(example.targets)


def encode(model: Model, prompts: Sequence[str], completions: Sequence[str], plan: Training) -> list[Example]:
    """Return texts as examples, each side cut to what the recipe allows."""
    inputs = prompts_of(model, prompts, most=plan.inputs)
    targets = model.tokens.encode(completions, most=plan.targets)
    return [Example(*sides) for sides in zip(inputs, targets, strict=True)]


def is_held_out(ids: Sequence[str], splits: Sequence[str | None], *, share: float, seed: int) -> NDArray[np.bool_]:
    """Return which rows are kept from training: a share of them by id, and all of another split than `train`."""
    hashes = np.asarray(hashes64(ids, seed=seed), np.uint64)
    other = np.asarray([split not in (None, "train") for split in splits], bool)
    return other | (hashes < np.uint64(int(share * 2**64)))


class Chunks:
    """Chunk number in, examples out; what worker processes run."""

    def __init__(self, draws: Draws, model: Model, plan: Training) -> None:
        self._draws, self._plan = draws, plan
        self._model = Model(name=model.name, network=_Silent(model.network.config), tokens=model.tokens)

    def __getitem__(self, number: int) -> Chunk:
        """Return the examples at draws `number * CHUNK` and on; behind the last draw the first comes again."""
        numbers = [number * CHUNK + place for place in range(CHUNK)]
        rows = self._rows(numbers[0], CHUNK)
        held = is_held_out(
            rows["id"].to_pylist(), rows["split"].to_pylist(), share=self._plan.held_out, seed=self._plan.seed
        )
        rows = rows.filter(pa.array(~held))
        texts = [[text or "" for text in rows[name].to_pylist()] for name in ("inputs", "targets")]
        examples = encode(self._model, texts[0], texts[1], self._plan)
        return Chunk([number for number, out in zip(numbers, held, strict=True) if not out], examples)

    def _rows(self, start: int, num: int) -> pa.Table:
        pieces, total = [], len(self._draws)
        while num:
            begin = start % total
            stop = min(begin + num, total)
            pieces.append(self._draws.rows(begin, stop).select(COLUMNS))
            start, num = start + stop - begin, num - (stop - begin)
        return pa.concat_tables(pieces)


@dataclass(frozen=True)
class _Silent:
    """Stands for a network where only its configuration is asked for."""

    config: Any


def steps(draws: Draws, model: Model, plan: Training, *, start: int = 0) -> Iterator[Step]:
    """Yield the steps of a run without end, from the draw `start` on.

    Raises: UserError if there is nothing to draw, or nothing but held-out rows.
    """
    if not len(draws):
        raise UserError("the mixture has no draws")
    waiting = _examples(draws, model, plan, start)
    most = (plan.inputs, plan.targets) if model.kind == "encoder-decoder" else (plan.inputs + plan.targets,)
    numbers: list[int] = []
    examples: list[Example] = []
    while True:
        filler, done = Filler(plan.rows, most, pool=plan.pool), 0
        rows: list[list[Example]] = [[] for _ in range(plan.rows)]
        while not filler.full:
            if done == len(examples):
                chunk = next(waiting)
                numbers, examples = numbers + chunk.numbers, examples + chunk.examples
            for row in filler.add(_lengths(examples[done:], len(most))).tolist():
                rows[row].append(examples[done])
                done += 1
        yield Step(start=start, stop=numbers[done], rows=rows)
        start, numbers, examples = numbers[done], numbers[done:], examples[done:]


def _lengths(examples: Sequence[Example], sides: int) -> NDArray[np.int64]:
    if not examples:
        return np.empty((0, sides), np.int64)
    lengths = np.asarray([[len(example.inputs), len(example.targets)] for example in examples], np.int64)
    return lengths if sides == 2 else lengths.sum(axis=1, keepdims=True)


def _examples(draws: Draws, model: Model, plan: Training, start: int) -> Iterator[Chunk]:
    """Yield chunks with examples, from a draw on."""
    loader: Any = torch.utils.data.DataLoader(
        Chunks(draws, model, plan),  # type: ignore[arg-type]  # it needs nothing but items
        sampler=itertools.count(start // CHUNK),
        batch_size=None,
        collate_fn=_as_it_is,
        num_workers=plan.workers,
        multiprocessing_context="spawn" if plan.workers else None,
        prefetch_factor=2 if plan.workers else None,
        generator=torch.Generator(),  # its own: making one would draw from everybody's
    )
    empty = 0
    for chunk in loader:
        later = [place for place, number in enumerate(chunk.numbers) if number >= start]
        empty = 0 if later else empty + 1
        if empty > max(EMPTY_CHUNKS, -(-len(draws) // CHUNK)):
            raise UserError("every row of the mixture is held out: nothing is left to train on")
        if later:
            first = later[0]
            yield Chunk(chunk.numbers[first:], chunk.examples[first:])


def _as_it_is(chunk: Any) -> Any:
    return chunk
