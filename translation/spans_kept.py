"""Whether placeholders, code, links and the like came through a translation."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from translation.protection import KINDS, spans
from translation.sides import READS, Sides, judged, scores


def protected(text: str) -> Counter[str]:
    """Return the spans of a text that no translation may change, and how often each is there."""
    return Counter(text[start:end] for start, end in spans(text))


def spans_kept(pair: Sides) -> float | None:
    """Return the share of protected spans that both texts have; a stand-in left behind counts as one lost.

    None where neither text has any.
    """
    before, after = protected(pair.source), protected(pair.target)
    left = sum(len(kind.pattern.findall(pair.target)) for kind in KINDS if not kind.pattern.search(pair.source))
    most = max(before.total(), after.total()) + left
    return (before & after).total() / most if most else None


class SpansKept(Settings):
    """Drop translations in which code, links, placeholders, formulas or emoji of the source were changed.

    What counts is what `translation.protection` keeps from a model; spans that only the translation has count too,
    and so do stand-ins (`[0]`, `90010`) that were not put back.

    Reads both texts and their sources. Writes `spans_kept`: spans that both have, as a share of those of the text
    with more, 0 to 1; null where neither has one.
    """

    name: ClassVar[str] = "translation.spans"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"spans_kept": pa.float32()}

    least: float = Field(default=0.5, ge=0, le=1, description="share of spans")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `spans_kept` set, and a reason where too few are."""
        found = scores(table, spans_kept)
        return judged(table, "spans_kept", found, pc.less(found, self.least), f"{self.name}: protected spans changed")
