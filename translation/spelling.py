"""Translations that are not spelled as the others of their language in the run: another language, a broken script."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex
from pydantic import Field

from aya.stage import Settings
from aya.table import kept
from aya.text import hash64, normalise
from translation.robust import groups
from translation.sampling import Floats, Model, Ranks, Texts, head, joined, lowest, numbers, ranks_of
from translation.sides import READS, is_translation, judged, keys_of, texts_of, translations

LETTERS = 3
"""Of a run of letters; a space counts as one. Fewer in scripts that have many letters."""
FEWER = {1: regex.compile(r"\p{Han}"), 2: regex.compile(r"[\p{Hangul}\p{Hiragana}\p{Katakana}\p{Yi}]")}
MOST = 1_000
"""Letters of a text that are looked at."""
ROWS = 5
"""Kind of a number of the model: in how many rows a run of letters is."""

_OTHER = regex.compile(r"[^\p{L}\p{M}]+")


class Spelling(Settings):
    """Drop translations whose runs of letters are rare among the other translations into their language.

    It asks of every run of three letters of a translation in how many others it is, and so finds what is in another
    language without knowing any: also where no language identification knows the wanted one, and where half a text is
    not translated. Each row is judged by the others. At most `sample` rows of each language are learned from
    (those with the lowest hash of their id); a language with fewer than `least_rows` is not judged.

    Reads both texts and their sources. Writes `spelling_z`, from the mean logarithm of the share of other rows that
    have a run: how many spreads it is above the median of the language, or, below 0, under it; null without letters.

    A summary row is (language, rank, runs of letters); a verdict row is one number of a model.
    """

    name: ClassVar[str] = "translation.spelling"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", *READS)
    writes: ClassVar[Mapping[str, pa.DataType]] = {"spelling_z": pa.float32()}
    keys: ClassVar[tuple[str, ...]] = ("pair",)

    most_below: float = Field(default=5, gt=0, description="spreads below the median of the language")
    sample: int = Field(default=4_000, ge=10, description="rows of a language to learn from")
    least_rows: int = Field(default=100, ge=5, description="rows of a language below which nothing is learned")
    seed: int = Field(default=0, description="another seed, another sample")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return the runs of letters of the rows of the lowest ranks, of each language."""
        table = translations(kept(table))
        languages, ranks = _languages(table), ranks_of(table, seed=self.seed)
        chosen = [row for _, rows in lowest(languages, ranks, most=self.sample) for row in rows.tolist()]
        codes = pa.array(_codes(table.take(pa.array(chosen, pa.int64()))), pa.list_(pa.uint32()))
        return pa.table({"pair": languages[chosen], "rank": ranks[chosen], "codes": codes})

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return in how many rows of the sample each run of letters is, for each language."""
        assert key == "pair"
        ranks = rows["rank"].to_numpy()
        found = []
        for language, chosen in lowest(rows["pair"].to_numpy(), ranks, most=self.sample):
            if len(chosen) >= self.least_rows:
                texts = Texts.read(rows["codes"].take(pa.array(chosen)))
                found.append(_learned(language, texts, int(ranks[chosen[-1]])))
        return joined(found)

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the models of all languages, sorted."""
        return joined([decisions])

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with `spelling_z` set, and a reason where it is far below what is usual."""
        found = np.full(len(table), np.nan)
        ranks, there = ranks_of(table, seed=self.seed), is_translation(table)
        for (language,), rows in groups(_languages(table)):
            rows = rows[there[rows]]
            if model := Model(verdict, language):
                texts = Texts.of(_codes(table.take(pa.array(rows))))
                scores = _scores(texts, model.seen(ranks[rows]), model.of(ROWS), total=model.num)
                found[rows] = model.distances(scores, np.diff(texts.starts_R))
        column = pa.array(found, pa.float32(), from_pandas=True)
        return judged(table, "spelling_z", column, pc.less(column, -self.most_below), f"{self.name}: unusual spelling")


def _languages(table: pa.Table) -> Ranks:
    return keys_of(table, "language", "script")


def _codes(table: pa.Table) -> list[list[int]]:
    return [_runs(text) for text in texts_of(table, "inputs", "targets")]


def _runs(text: str) -> list[int]:
    """Return hashes of the different runs of letters of a text, words framed by spaces."""
    framed = _OTHER.sub(" ", f" {normalise(text[:MOST])} ")
    length = next((length for length, script in FEWER.items() if script.search(framed)), LETTERS)
    runs = {framed[start : start + length] for start in range(len(framed) - length + 1)}
    return sorted(hash64(run) >> 32 for run in runs)


def _learned(language: int, texts: Texts, last: int) -> pa.Table:
    codes, nums = np.unique(texts.features_F, return_counts=True)
    total = len(texts.starts_R) - 1
    scores = _scores(texts, np.ones(total, bool), (codes.astype(np.uint64), nums.astype(np.float64)), total=total)
    if not np.isfinite(scores).any():
        return joined([])
    first = head(language, last=last, sizes_R=np.diff(texts.starts_R), scores_R=scores, least_spread=0.02)
    return joined([first, numbers(language, ROWS, codes, nums)])


def _scores(texts: Texts, seen_R: npt.NDArray[np.bool_], known: tuple[Ranks, Floats], *, total: int) -> Floats:
    """Return the mean logarithm of the share of other rows that have each run of a text; nan for a text without any."""
    codes, nums = known
    features_F, sizes_R = texts.features_F.astype(np.uint64), np.diff(texts.starts_R)
    places_F = np.minimum(np.searchsorted(codes, features_F), len(codes) - 1)
    seen_F = np.repeat(seen_R, sizes_R)
    others_F = np.where(codes[places_F] == features_F, nums[places_F], 0) - seen_F
    logs_F = np.log((np.maximum(others_F, 0) + 0.5) / (total - seen_F + 1))
    sums_R = np.bincount(np.repeat(np.arange(len(sizes_R)), sizes_R), weights=logs_F, minlength=len(sizes_R))
    means_R: Floats = np.divide(sums_R, sizes_R, out=np.full(len(sizes_R), np.nan), where=sizes_R > 0)
    return means_R
