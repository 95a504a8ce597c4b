"""Keep texts that do not loop: no phrase over and over, no letter held down, no line again and again."""

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar, Literal

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import mark, put
from aya.text import graphemes
from collection.letters import batches
from collection.phrases import repeated_shares

LONGEST = 1_000_000
"""Characters of a text that are looked at; what comes after could only change the share."""


class Repetition(Settings):
    """Drop records of which a text repeats itself.

    Three measures that need no list of words. *Phrases*: the share of letters inside a run of
    `phrase` words that occurs twice or more (words as `aya.text.words` cuts them; in unsegmented
    scripts a grapheme is a word and the run is `phrase_unsegmented` long). *Run*: the longest run of one
    letter or digit. *Lines*: the share of letters in lines that stood before. Texts of few words are
    excused from the share of phrases, texts of few lines from that of lines. Marks of punctuation may
    repeat: `.....` is a blank to fill in.

    Reads `inputs` or `targets`. Writes `repetition`: the share of phrases, 0 to 1; null for null.

    References: Rae et al. 2021 (Gopher), table A1, duplicate n-grams and lines: the idea, not the
    thresholds, which were set on English web pages. See `docs/filters.md` for how these were.
    """

    name: ClassVar[str] = "collection.repetition"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"repetition": pa.float32()}

    field: Literal["inputs", "targets"] = Field(default="targets", description="the text that is judged")
    phrase: int = Field(default=5, ge=2, le=32, description="words of a phrase")
    phrase_unsegmented: int = Field(default=12, ge=2, le=64, description="graphemes of a phrase, unsegmented scripts")
    most: float = Field(default=0.6, ge=0, le=1, description="share of letters in repeated phrases")
    least_words: int = Field(default=30, ge=0, description="words below which the share of phrases is excused")
    most_run: int = Field(default=24, ge=2, description="letters or digits of one kind in a row")
    most_lines: float = Field(default=0.4, ge=0, le=1, description="share of letters in repeated lines")
    least_lines: int = Field(default=6, ge=2, description="lines below which repeated lines are excused")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `repetition` set, and a reason where a measure is too high."""
        texts = table[self.field]
        shares, num_words, held = self._measures(texts)
        given = texts.is_valid().to_numpy()
        looping = given & (shares > self.most) & (num_words >= self.least_words)
        checks = (looping, held, self._lines(texts))
        reasons = pc.case_when(
            pc.make_struct(*map(pa.array, checks)),
            *(f"{self.name}: repeated {what}" for what in ("phrases", "letters", "lines")),
        )
        goes = np.logical_or.reduce(checks)
        evidence = [{"repetition": round(s, 3)} if go else None for s, go in zip(shares, goes, strict=True)]
        column = pa.array(shares, pa.float32(), mask=~given)
        return mark(put(table, "repetition", column, pa.float32()), reasons, evidence)

    def _measures(
        self, texts: pa.ChunkedArray
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return of every text the share of letters in repeated phrases, its words, and if it holds a letter down."""
        shares, num_words, held = np.zeros(len(texts)), np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
        for first, letters in batches(texts, most=LONGEST):
            rows = slice(first, first + len(letters.starts_R) - 1)
            shares[rows], num_words[rows] = repeated_shares(letters, self.phrase, self.phrase_unsegmented)
            held[rows] = _may_hold(letters.points_C, letters.starts_R, self.most_run)
        places = np.flatnonzero(held)
        chosen = texts.take(pa.array(places)).to_pylist()
        held[places] = [_longest_run(text[:LONGEST]) > self.most_run for text in chosen]
        return shares, num_words, held

    def _lines(self, texts: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        """Return whether too many letters of a text are in lines that stood before."""
        found = np.zeros(len(texts), bool)
        found |= pc.fill_null(pc.greater_equal(pc.count_substring(texts, "\n"), self.least_lines - 1), False)
        for row, text in zip(np.flatnonzero(found), texts.filter(pa.array(found)).to_pylist(), strict=True):
            lines = [line for line in map(str.strip, text.split("\n")) if line]
            again = sum(map(len, lines)) - sum(map(len, dict.fromkeys(lines)))
            found[row] = len(lines) >= self.least_lines and again > self.most_lines * sum(map(len, lines))
        return found


@numba.njit(cache=True)
def _may_hold(points_C: npt.NDArray[np.uint32], starts_R: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.bool_]:
    """Return whether a text may have a run of more than `most` graphemes of one kind, of up to four code points."""
    may_R = np.zeros(len(starts_R) - 1, np.bool_)
    for row in range(len(may_R)):
        for period in range(1, 5):  # longer ones are not held down
            least = most * period - period
            at = starts_R[row] + period - 1  # the last place that ends a run
            while at + least < starts_R[row + 1] and not may_R[row]:
                back = at + least
                while back > at and points_C[back] == points_C[back - period]:
                    back -= 1
                may_R[row] = back == at
                at = back
    return may_R


def _longest_run(text: str) -> int:
    """Return the length of the longest run of one letter or digit with its marks."""
    longest = run = 1
    for before, letter in pairwise(graphemes(text)):
        run = run + 1 if letter == before and letter[0].isalnum() else 1
        longest = max(longest, run)
    return longest
