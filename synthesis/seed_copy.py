"""Drop what a model only said again."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from math import ceil
from typing import ClassVar, NamedTuple

import pyarrow as pa
from pydantic import Field

from aya.stage import InputFiles, Settings
from aya.table import mark
from aya.text import hash64, ngrams, normalise, words
from synthesis.seeds import SeedColumns, all_seeds

PARTS: Mapping[str, tuple[str, ...]] = {"inputs": ("inputs",), "targets": ("targets",), "both": ("inputs", "targets")}
"""Columns that a model wrote, by what its method says in `made`."""


class SeedCopy(Settings):
    """Drop generated records whose text is nearly that of a seed of the same language, its own or another.

    Compared is what the model wrote (`made` in provenance) with the same part of the seeds: the share of pairs of
    words in common, of graphemes in scripts without spaces; of texts without a pair, the whole. Among themselves
    generated records are compared by `dedup.minhash`.

    Reads `inputs`, `targets`, `language`, `origin`, `provenance`.
    """

    name: ClassVar[str] = "synthesis.seed_copy"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language", "origin", "provenance")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    seeds: InputFiles = Field(description="files of seeds, as the source has them")
    seed_columns: SeedColumns = SeedColumns()
    seed_language: str | None = Field(default=None, description="language of the seeds, where no column says it")
    least: float = Field(default=0.8, gt=0, le=1, description="share of pairs in common from which a text is a copy")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason on copies of seeds."""
        known = _known(self.seeds, self.seed_columns, self.seed_language, self.least)
        rows = table.select(self.reads).to_pylist()
        found = [self._nearest(row, known) for row in rows]
        reasons = [f"{self.name}: nearly a seed" if near else None for near in found]
        return mark(table, reasons, [near and near._asdict() for near in found])

    def _nearest(self, row: Mapping[str, str | None], known: "Mapping[tuple[str, str], Texts]") -> "Near | None":
        """Return the seed that the record is a copy of."""
        if row["origin"] != "synthetic":
            return None
        made = json.loads(row["provenance"] or "{}").get("made", "both")
        texts = [(known.get((row["language"] or "", part)), part, row[part]) for part in PARTS.get(made, PARTS["both"])]
        near = [one.nearest(text, part) for one, part, text in texts if one and text]
        return max((one for one in near if one), key=lambda one: one.alike, default=None)


class Near(NamedTuple):
    """What a text is a copy of; evidence."""

    seed: str
    part: str
    alike: float


class Texts:
    """The texts of seeds of one language, looked up by what they have in common with another.

    Two sets that share so much of their members share one of the first few in any fixed order (prefix filtering,
    Chaudhuri et al. 2006), so only those are listed.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._texts: list[tuple[str, frozenset[int]]] = []
        self._by_gram: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, seed: str, text: str) -> None:
        """Add a seed's text."""
        grams = _grams(text)
        for gram in self._first(grams):
            self._by_gram[gram].append(len(self._texts))
        self._texts.append((seed, grams))

    def nearest(self, text: str, part: str) -> Near | None:
        """Return the seed whose text is nearest, if it is near enough; of several the first by id."""
        grams = _grams(text)
        met = Counter(at for gram in self._first(grams) for at in self._by_gram.get(gram, ()))
        found = []
        for seed, other in (self._texts[at] for at in met):
            alike = len(grams & other) / len(grams | other)
            if alike >= self._least:
                found.append(Near(seed, part, round(alike, 3)))
        return min(found, key=lambda near: (-near.alike, near.seed), default=None)

    def _first(self, grams: frozenset[int]) -> list[int]:
        return sorted(grams)[: len(grams) - ceil(self._least * len(grams)) + 1] if grams else []


def _grams(text: str) -> frozenset[int]:
    pairs = ngrams(words(normalise(text)), 2)
    return frozenset(hash64(" ".join(pair)) for pair in pairs) or frozenset([hash64(normalise(text))])


@cache
def _known(
    patterns: tuple[str, ...], columns: SeedColumns, language: str | None, least: float
) -> dict[tuple[str, str], Texts]:
    """Return the texts of the seeds by language and part; read once in a process."""
    found: dict[tuple[str, str], Texts] = {}
    for seed in all_seeds(patterns, columns, language=language):
        for part, text in (("inputs", seed.inputs), ("targets", seed.targets)):
            if text:
                found.setdefault((seed.language, part), Texts(least)).add(seed.id, text)
    return found
