"""How much of a translation was not translated: word sequences of the source that stand in it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.text import UNSEGMENTED, ngrams, script_of, words
from translation.protection import outside, spans
from translation.sides import READS, Sides, judged, scores

RUN, RUN_UNSEGMENTED = 3, 8
"""Words of a run that is no coincidence, in scripts with spaces and without; a shorter text is one run."""


def prose_words(text: str) -> list[str]:
    """Return the words that a translation should change, in lower case: no code, no number, no name.

    A name is a word that begins with a capital letter, and in scripts without capitals no word is.
    """
    found = words(outside(text, spans(text)))
    return [word.lower() for word in found if not word[0].isupper() and not any(map(str.isdecimal, word))]


def copied(pair: Sides) -> float | None:
    """Return the share of letters of a translation inside runs of words that its source has too; None without words."""
    before, after = prose_words(pair.source), prose_words(pair.target)
    if not after:
        return None
    alone = sum(_is_alone(word) for word in after) * 2 > len(after)
    n = min(RUN_UNSEGMENTED if alone else RUN, len(after))
    known = set(ngrams(before, n))
    inside = _inside((run in known for run in ngrams(after, n)), n, len(after))
    return sum(len(word) for word, yes in zip(after, inside, strict=True) if yes) / sum(map(len, after))


def _is_alone(word: str) -> bool:
    return script_of(word[0]) in UNSEGMENTED


def _inside(found: Iterable[bool], n: int, num: int) -> Sequence[bool]:
    """Return which of `num` items stand in a run of `n` that was found."""
    inside = [False] * num
    for start, yes in enumerate(found):
        if yes:
            inside[start : start + n] = [True] * n
    return inside


class Copied(Settings):
    """Drop translations that are still their source text.

    Names, numbers, code, links and placeholders are the same in any language and do not count.

    Reads both texts and their sources. Writes `copied`: the share of letters in runs of three words (eight graphemes
    in scripts without spaces) that the source has too, 0 to 1; null without such words.
    """

    name: ClassVar[str] = "translation.copied"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"copied": pa.float32()}

    most: float = Field(default=0.6, ge=0, le=1, description="share of copied letters")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `copied` set, and a reason where it is too high."""
        found = scores(table, copied)
        return judged(table, "copied", found, pc.greater(found, self.most), f"{self.name}: not translated")
