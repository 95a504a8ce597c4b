"""Whether a translation says the same again and again, which its source does not."""

from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.text import UNSEGMENTED, script_of
from translation.sides import READS, Sides, judged, scores

RUN, RUN_UNSEGMENTED = 10, 5
"""Letters of a run that seldom comes twice, in scripts with spaces and without."""


def repeated(text: str) -> float:
    """Return the share of runs of ten letters (five in scripts without spaces) that stood before in the text."""
    plain = " ".join(text.split())
    middle = plain[len(plain) // 4 : len(plain) // 4 + 32]
    alone = sum(script_of(letter) in UNSEGMENTED for letter in middle) * 2 > len(middle)
    n = RUN_UNSEGMENTED if alone else RUN
    num = len(plain) - n + 1
    if num < 2:
        return 0.0
    return 1 - len({plain[start : start + n] for start in range(num)}) / num


def loops(pair: Sides) -> float | None:
    """Return how much more a translation repeats itself than its source; None for an empty translation."""
    if not pair.target.strip():
        return None
    return max(0.0, repeated(pair.target) - repeated(pair.source))


class Loops(Settings):
    """Drop translations in which the model fell into a loop: words, letters or signs over and over.

    What the source repeats, the translation may. Signs count: a line of dots is how some models end.

    Reads both texts and their sources. Writes `loops`: the share of runs of letters that stood before in the
    translation, less that of the source, 0 to 1; null for an empty translation.
    """

    name: ClassVar[str] = "translation.loops"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"loops": pa.float32()}

    most: float = Field(default=0.4, ge=0, le=1, description="share of repeated runs of letters, less the source's")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `loops` set, and a reason where it is too high."""
        found = scores(table, loops)
        return judged(table, "loops", found, pc.greater(found, self.most), f"{self.name}: repeats itself")
