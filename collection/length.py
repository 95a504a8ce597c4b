"""Keep texts of a length that a person would write, counted in what a reader sees as letters."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex
from pydantic import Field, model_validator

from aya.stage import Settings
from aya.table import mark
from aya.text import num_graphemes

_GRAPHEME = regex.compile(r"\X")
Mask = npt.NDArray[np.bool_]


class Bounds(Settings):
    """The lengths that one text may have, in graphemes."""

    least: int = Field(default=1, ge=0, description="graphemes, at least")
    most: int = Field(default=50_000, ge=1, description="graphemes, at most")

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        if self.least > self.most:
            raise ValueError(f"least must not be above most, {self.least} is above {self.most}")
        return self


class Limits(Settings):
    """The bounds of both texts of a record; a text without bounds takes those of the stage."""

    inputs: Bounds | None = None
    targets: Bounds | None = None


class Length(Settings):
    """Drop records with a text that is too short or too long.

    Lengths are grapheme clusters (UAX 29), since a Telugu syllable or a flag is one letter to its
    reader and several code points to a machine; an empty or null text has length 0. Limits by language
    go before those by script, those by script before the stage's own: a Chinese sentence needs about a
    third of the letters of an English one. The default limits only catch accidents.

    Reads `inputs`, `targets`, `language`, `script`.
    """

    name: ClassVar[str] = "collection.length"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language", "script")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    inputs: Bounds = Field(default=Bounds(), description="limits of the prompt, graphemes")
    targets: Bounds = Field(default=Bounds(), description="limits of the completion, graphemes")
    scripts: Mapping[str, Limits] = Field(default_factory=dict, description="by script (ISO 15924)")
    languages: Mapping[str, Limits] = Field(default_factory=dict, description="by language (ISO 639-3)")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason where a text is too short or too long."""
        reasons: list[str | None] = [None] * len(table)
        evidence: list[dict[str, Any] | None] = [None] * len(table)
        for field in ("inputs", "targets"):
            for bounds, rows in self._groups(table, field):
                texts = table[field].take(pa.array(rows))
                for place, why in _faults(texts, bounds):
                    row = int(rows[place])
                    if reasons[row] is None:
                        num = num_graphemes(texts[place].as_py() or "")
                        reasons[row] = f"{self.name}: {why}"
                        evidence[row] = {"field": field, "graphemes": num}
        return mark(table, reasons, evidence)

    def _groups(
        self, table: pa.Table, field: Literal["inputs", "targets"]
    ) -> Iterable[tuple[Bounds, npt.NDArray[np.int64]]]:
        """Yield every set of bounds with the rows under it."""
        pairs = list(zip(table["language"].to_pylist(), table["script"].to_pylist(), strict=True))
        bounds = {pair: self._bounds(field, *pair) for pair in set(pairs)}
        kinds: dict[tuple[int, int], int] = {}
        places = [kinds.setdefault(_key(bounds[pair]), len(kinds)) for pair in pairs]
        for (least, most), place in kinds.items():
            yield Bounds(least=least, most=most), np.flatnonzero(np.array(places) == place)

    def _bounds(self, field: Literal["inputs", "targets"], language: str | None, script: str | None) -> Bounds:
        listed = self.languages.get(language or ""), self.scripts.get(script or "")
        own: Bounds = getattr(self, field)
        return next((found for limits in listed if limits and (found := getattr(limits, field))), own)


def _key(bounds: Bounds) -> tuple[int, int]:
    return bounds.least, bounds.most


def _faults(texts: pa.ChunkedArray, bounds: Bounds) -> Iterable[tuple[int, str]]:
    """Yield (row, fault); counts graphemes only where the number of code points does not decide."""
    points = pc.fill_null(pc.utf8_length(texts), 0).to_numpy()
    plain = ~pc.fill_null(pc.match_substring_regex(texts, r"[^\x00-\x7f]|\r"), False).to_numpy()
    short, long = points < bounds.least, points > bounds.most
    if bounds.least > 1:
        short |= ~_reach(texts, ~plain & ~short, bounds.least)
    long &= _reach(texts, ~plain & long, bounds.most + 1)
    yield from ((int(row), "too short") for row in np.flatnonzero(short))
    yield from ((int(row), "too long") for row in np.flatnonzero(long))


def _reach(texts: pa.ChunkedArray, asked: Mask, num: int) -> Mask:
    """Return whether each of the `asked` texts has `num` graphemes or more; true for the others."""
    answer = np.ones(len(asked), bool)
    chosen: Sequence[str] = texts.filter(pa.array(asked)).to_pylist()
    answer[asked] = [next(islice(_GRAPHEME.finditer(text), num - 1, None), None) is not None for text in chosen]
    return answer
