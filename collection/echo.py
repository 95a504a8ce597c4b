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
        likely = ~answer & (ratio > 0.25) & ((ratio < 4) | self.beginning)
        pairs = zip(*(column.filter(pa.array(likely)).to_pylist() for column in (inputs, targets)), strict=True)
        answer[np.flatnonzero(likely)] = [self._echo(*pair) for pair in pairs]
        return pa.array(answer)

    def _echo(self, inputs: str, targets: str) -> bool:
        if _unlike(normalise(inputs[:64]), normalise(targets[:64])):
            return False
        inputs, targets = normalise(inputs), normalise(targets)
        return targets.startswith(inputs) if self.beginning else targets == inputs


def _unlike(inputs: str, targets: str) -> bool:
    """Return whether the heads of two texts differ; their last letters may still change with what follows."""
    return min(len(inputs), len(targets)) > 32 and inputs[:16] != targets[:16]


def _empty(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.invert(pc.fill_null(pc.match_substring_regex(texts, VISIBLE), False))
