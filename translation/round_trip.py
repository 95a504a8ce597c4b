"""How much of a text comes back when its translation is translated back."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya import languages
from aya.stage import Aside, InputPath, Settings
from translation.checkpoint import Decoding
from translation.engine import Engine
from translation.engines import Name, engine
from translation.locales import locale
from translation.robust import groups
from translation.segments import Locale
from translation.sides import READS, is_translation, judged, keys_of
from translation.translate import Pair, translate_pairs

ORDER, BETA = 6, 2
"""Letters of the longest n-grams; how much more recall counts than precision."""


def chrf(text: str, wanted: str) -> float:
    """Return chrF2 of a text against the wanted one, 0 to 100: n-grams of letters that both have, white space aside.

    References: Popović 2015; as sacreBLEU computes it for one sentence.
    """
    text, wanted = "".join(text.split()), "".join(wanted.split())
    precisions, recalls = [], []
    for n in range(1, min(ORDER, len(text), len(wanted)) + 1):
        found, right = (Counter(one[at : at + n] for at in range(len(one) - n + 1)) for one in (text, wanted))
        both = (found & right).total()
        precisions.append(both / found.total())
        recalls.append(both / right.total())
    precision, recall = (sum(values) / len(values) if values else 0.0 for values in (precisions, recalls))
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall) if precision + recall else 0.0


class RoundTrip(Settings):
    """Drop translations of which too little comes back when a model translates them back.

    It doubles the cost of translation, and a model that made a mistake may well undo it: look at it beside other
    scores. `source` is the language of the source texts; languages that the model lacks are refused.

    Reads both texts and their sources. Writes `round_trip`: chrF2 of the text that came back against the source, 0 to
    100; null for a row without a source text.
    """

    name: ClassVar[str] = "translation.round_trip"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"round_trip": pa.float32()}

    source: str = Field(description="language of the source texts, by any code")
    model: InputPath | None = Field(default=None, description="folder of an NLLB or M2M100 checkpoint")
    engine: Name = Field(default="transformers", description="what runs the model")
    decoding: Decoding = Field(default=Decoding(), description="beams and limits of length")
    least: float = Field(default=0, ge=0, le=100, description="chrF2")
    device: Annotated[str | None, Aside()] = Field(default=None, description="cpu, cuda, cuda:1")

    def setup(self) -> None:
        """Load the model."""
        self._engine()

    def _engine(self) -> Engine:
        return engine(self.engine, str(self.model or ""), decoding=self.decoding, device=self.device)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `round_trip` set, and a reason where it is too low."""
        found = np.full(len(table), np.nan)
        there = is_translation(table)
        for _, rows in groups(keys_of(table, "language", "script")):
            rows = rows[there[rows]]
            if len(rows):
                found[rows] = self._scores(table.take(pa.array(rows)))
        column = pa.array(found, pa.float32(), from_pandas=True)
        return judged(table, "round_trip", column, pc.less(column, self.least), f"{self.name}: does not come back")

    def _scores(self, table: pa.Table) -> list[float]:
        """Return the scores of rows in one language."""
        before, after = (
            [
                Pair(*(text or "" for text in pair))
                for pair in zip(*(table[name].to_pylist() for name in names), strict=True)
            ]
            for names in (("source_inputs", "source_targets"), ("inputs", "targets"))
        )
        own = _locale(table["language"][0].as_py(), table["script"][0].as_py())
        back = translate_pairs(after, self._engine(), source=own, target=locale(self.source), memory={})
        return [
            chrf(f"{made.inputs or ''}\n{made.targets or ''}", f"{pair.inputs}\n{pair.targets}")
            for made, pair in zip(back, before, strict=True)
        ]


@cache
def _locale(language: str, script: str | None) -> Locale:
    """Return what a model calls a language in a script."""
    known = languages.get(language).flores200
    return locale(next((code for code in known if code.endswith(f"_{script}")), language))
