"""Packed rows as tensors: tokens, the example that each belongs to, and what each counts in the loss.

The loss is averaged over the tokens of a completion, then over completions, so a token weighs one over the length of
its completion. Array shapes: R rows, T tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from aya.errors import needs

with needs("training"):
    import torch

IGNORED = -100
"""The label of a token that has none, as in torch."""

Ids = NDArray[np.int64]


class Example(NamedTuple):
    """The tokens of a prompt and of its completion, each closed as the model wants it."""

    inputs: Sequence[int]
    targets: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows of one kind of model; of a causal one, prompts and completions stand in `decoder` and `inputs` is empty."""

    inputs: torch.Tensor
    input_segments: torch.Tensor
    decoder: torch.Tensor
    segments: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor

    def to(self, device: torch.device | str) -> Self:
        """Return the batch on a device."""
        return type(self)(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})

    @property
    def useful(self) -> int:
        """Tokens that are not padding."""
        return int((self.input_segments > 0).sum() + (self.segments > 0).sum())

    @property
    def size(self) -> int:
        """All tokens, with padding."""
        return self.input_segments.numel() + self.segments.numel()


def encoder_decoder_batch(rows: Sequence[Sequence[Example]], *, start: int, pad: int) -> Batch:
    """Return rows of examples for an encoder-decoder; the decoder begins every example with `start`."""
    inputs = _Side(rows, [[len(example.inputs) for example in row] for row in rows], fill=pad)
    targets = _Side(rows, [[len(example.targets) for example in row] for row in rows], fill=pad)
    labels = np.full_like(targets.ids, IGNORED)
    for row, place, example in inputs.places():
        inputs.ids[row, place] = example.inputs
    for row, place, example in targets.places():
        targets.ids[row, place] = [start, *example.targets[:-1]]
        labels[row, place] = example.targets
    return _batch(inputs, targets, labels)


def causal_batch(rows: Sequence[Sequence[Example]], *, pad: int) -> Batch:
    """Return rows of examples for a causal model: a prompt, then its completion; only the completion has labels."""
    lengths = [[len(example.inputs) + len(example.targets) for example in row] for row in rows]
    targets = _Side(rows, lengths, fill=pad)
    labels = np.full_like(targets.ids, IGNORED)
    for row, place, example in targets.places():
        targets.ids[row, place] = [*example.inputs, *example.targets]
        known = len(example.inputs) - 1
        labels[row, place] = [*[IGNORED] * known, *example.targets, IGNORED]
    return _batch(_Side([[] for _ in rows], [[] for _ in rows], fill=pad), targets, labels)


class _Side:
    """Where the examples of each row lie on one side; rows are as long as the longest, in eights."""

    def __init__(self, rows: Sequence[Sequence[Example]], lengths: Sequence[Sequence[int]], *, fill: int) -> None:
        longest = max(map(sum, lengths), default=0)
        shape = len(rows), -(-longest // 8) * 8
        self.ids: Ids = np.full(shape, fill, np.int64)
        self.segments: Ids = np.zeros(shape, np.int64)
        self.positions: Ids = np.zeros(shape, np.int64)
        self._found = []
        for row, (examples, sizes) in enumerate(zip(rows, lengths, strict=True)):
            begin = 0
            for number, (example, size) in enumerate(zip(examples, sizes, strict=True), 1):
                place = slice(begin, begin + size)
                self.segments[row, place] = number
                self.positions[row, place] = np.arange(size)
                self._found.append((row, place, example))
                begin += size

    def places(self) -> Sequence[tuple[int, slice, Example]]:
        return self._found


def _batch(inputs: _Side, targets: _Side, labels_RT: Ids) -> Batch:
    arrays = {
        "inputs": inputs.ids, "input_segments": inputs.segments, "decoder": targets.ids, "segments": targets.segments,
        "positions": targets.positions, "labels": labels_RT, "weights": _weights(targets.segments, labels_RT),
    }  # fmt: skip
    return Batch(**{name: torch.from_numpy(array) for name, array in arrays.items()})


def _weights(segments_RT: Ids, labels_RT: Ids) -> NDArray[np.float32]:
    """Return one over the number of labels of the example for each label, else 0."""
    width = segments_RT.max(initial=0) + 1
    keys_RT = segments_RT + width * np.arange(len(segments_RT))[:, None]
    counts = np.bincount(keys_RT[labels_RT != IGNORED], minlength=width * len(segments_RT))
    weights_RT = np.where(labels_RT != IGNORED, 1 / np.maximum(counts, 1)[keys_RT], 0)
    return weights_RT.astype(np.float32)
