"""Keep records that ask something and answer something else."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import mark
from aya.text import normalise

VISIBLE = r"[^\pZ\p{Cc}\p{Cf}\x{115F}\x{1160}\x{2800}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}]"
"""RE2: a character that leaves ink: no space, control, joiner, filler, empty Braille cell or selector."""


class Echo(Settings):
    """Drop records with an empty text and those whose targets only repeat their inputs.

    A text is empty if it leaves no ink: white space, zero-width characters, Hangul fillers. Targets
    repeat the inputs if both are equal once normalised (`aya.text.normalise`) and neither is four
    times as long as the other. Targets that occur inside the inputs are left alone: that is what a
    good extractive answer does.

    Reads `inputs` and `targets`.
    """

    name: ClassVar[str] = "collection.echo"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    beginning: bool = Field(
        default=False,
        description="also drop targets that begin with the whole inputs, as base models continue a prompt",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason where a text is empty or the targets are an echo."""
        empty_inputs, empty_targets = _empty(table["inputs"]), _empty(table["targets"])
        reasons = pc.case_when(
            pc.make_struct(empty_inputs, empty_targets, self._echoes(table)),
            f"{self.name}: empty inputs",
            f"{self.name}: empty targets",
            f"{self.name}: targets repeat inputs",
        )
        return mark(table, reasons)

    def _echoes(self, table: pa.Table) -> pa.Array:
        """Return whether the targets repeat the inputs; only texts of like length are normalised."""
        columns = (table["inputs"], table["targets"])
        inputs, targets = (pc.utf8_trim_whitespace(pc.fill_null(column, "")) for column in columns)
        answer = pc.equal(inputs, targets).to_numpy().copy()
        ratio = (pc.utf8_length(targets).to_numpy() + 1) / (pc.utf8_length(inputs).to_numpy() + 1)
        likely = np.flatnonzero(~answer & (ratio > 0.25) & ((ratio < 4) | self.beginning))
        heads = (pc.utf8_slice_codeunits(column.take(pa.array(likely)), 0, 64) for column in (inputs, targets))
        alike = [not _unlike(*pair) for pair in zip(*(head.to_pylist() for head in heads), strict=True)]
        likely = likely[np.array(alike, bool)]
        pairs = zip(*(column.take(pa.array(likely)).to_pylist() for column in (inputs, targets)), strict=True)
        answer[likely] = [self._echo(*pair) for pair in pairs]
        return pa.array(answer)

    def _echo(self, inputs: str, targets: str) -> bool:
        inputs, targets = normalise(inputs), normalise(targets)
        return targets.startswith(inputs) if self.beginning else targets == inputs


def _unlike(inputs: str, targets: str) -> bool:
    """Return whether two heads make two texts differ; the last letters of a head may change with what follows."""
    first, second = inputs[:1], targets[:1]
    plain = (inputs[:2] + targets[:2]).isascii()  # so that no mark changes the first letters
    if plain and first.isalnum() and second.isalnum() and first.lower() != second.lower():
        return True
    inputs, targets = normalise(inputs), normalise(targets)
    return min(len(inputs), len(targets)) > 32 and inputs[:16] != targets[:16]


def _empty(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.invert(pc.fill_null(pc.match_substring_regex(texts, VISIBLE), False))
