"""Whether the names of a text are in its translation, as they are or in the letters of another script."""

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import regex
from pydantic import Field

from aya.errors import needs
from aya.stage import Settings
from translation.protection import outside, spans
from translation.sides import READS, Sides, judged, scores

_NAME = regex.compile(r"(?<=[\p{Ll}\p{Nd},;)] )\p{Lu}[\p{L}\p{M}]+(?:[-'’]\p{L}+)*")
_CLASSES = str.maketrans("bpfvcgjkqsxzdtlrmn", "111122222222334455")
_VOWELS = regex.compile(r"[^1-5 ]+")
_TWICE = regex.compile(r"([1-5])\1+")


def names(text: str) -> list[str]:
    """Return the words with a capital letter inside a sentence; scripts without capitals have none."""
    return _NAME.findall(outside(text, spans(text)))


def skeleton(text: str) -> str:
    """Return the consonants of a text in five classes, words apart; all scripts are put into Latin letters first.

    `b p f v` are 1, `c g j k q s x z` 2, `d t` 3, `l r` 4 and `m n` 5, doubles once: Trump, 特朗普 (te lang pu) and
    ትራምፕ (tramp) come out as 3451, 3451 and 3451.
    """
    from anyascii import anyascii

    latin = anyascii(text).lower().translate(_CLASSES)
    return _TWICE.sub(r"\1", " ".join(_VOWELS.sub("", word) for word in latin.split()))


@lru_cache(maxsize=65_536)
def _skeleton(name: str) -> str:
    return skeleton(name).replace(" ", "")


def names_kept(pair: Sides) -> float | None:
    """Return the share of names that the translation has by their consonants; None where no name has two."""
    wanted = [found for name in names(pair.source) if len(found := _skeleton(name)) >= 2]
    if not wanted:
        return None
    there = skeleton(pair.target)
    starts, joined = f" {there}", _TWICE.sub(r"\1", there.replace(" ", ""))
    kept = sum(len(name) for name in wanted if (name in joined if len(name) > 3 else f" {name}" in starts))
    return kept / sum(map(len, wanted))


class Names(Settings):
    """Drop translations that lost the names of their source text, or translated them as words.

    Names are words with a capital letter inside a sentence. They are looked for by their consonants, so that
    Amharic, Chinese or Thai letters, endings and spelling do not matter. Many such words do get translated (Monday,
    German), and how many is a matter of the language: no limit is set by default, `translation.outliers` finds one.

    Reads both texts and their sources. Writes `names_kept`: the share of names found, longer ones counting more, 0 to
    1; null for a source without names, or in a script without capitals.
    """

    name: ClassVar[str] = "translation.names"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"names_kept": pa.float32()}

    least: float = Field(default=0, ge=0, le=1, description="share of names")

    def setup(self) -> None:
        """Load the tables of letters."""
        with needs("translation"):
            import anyascii  # noqa: F401

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `names_kept` set, and a reason where too few are."""
        found = scores(table, names_kept)
        return judged(table, "names_kept", found, pc.less(found, self.least), f"{self.name}: names lost")
