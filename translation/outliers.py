"""All scores of a translation together, each by what is usual in its language; and which row is worst."""

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field

from aya.stage import Settings
from aya.table import kept, mark, put
from translation.robust import groups, usual
from translation.sampling import Floats, lowest, ranks_of
from translation.sides import pair_keys


class Score(NamedTuple):
    """Which values of a score are bad, and how far values are apart at least that mean something."""

    bad: Literal["low", "high", "both"]
    least_spread: float


SCORES: Mapping[str, Score] = {
    "copied": Score("high", 0.05),
    "length_z": Score("both", 1.0),
    "logprob": Score("low", 0.1),
    "loops": Score("high", 0.05),
    "match_z": Score("low", 1.0),
    "names_kept": Score("low", 0.3),
    "numbers_kept": Score("low", 0.1),
    "round_trip": Score("low", 5.0),
    "similarity": Score("low", 0.01),
    "spans_kept": Score("low", 0.2),
    "spelling_z": Score("low", 1.0),
    "estimated_quality": Score("low", 0.02),
    "worst_logprob": Score("low", 0.2),
}
"""Scores by their columns."""


class Outliers(Settings):
    """Drop translations of which a score is far from what is usual in their pair of languages; add all scores up.

    No limit is the same for all languages: medians and spreads are those of the run, learned from at most `sample`
    rows of each pair. What counts of every score is how many spreads it is worse than the median; what is better
    counts nothing. Scores that no stage wrote, and rows without one, are left out.

    Reads the scores that are there. Writes `translation_fault`: the root of the sum of squares of those spreads, 0 for
    a row that is in no way worse than the median; null for one without any score. The worst rows have the highest.

    A summary row is (pair, rank, scores); a verdict row is (pair, number of the score in order, median, spread).
    """

    name: ClassVar[str] = "translation.outliers"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "language", "script")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"translation_fault": pa.float32()}
    keys: ClassVar[tuple[str, ...]] = ("pair",)

    most: float | None = Field(default=8, gt=0, description="spreads that one score may be worse; null drops nothing")
    scores: tuple[str, ...] | None = Field(default=None, description="columns that count, of those known; all if null")
    least_rows: int = Field(default=50, ge=5, description="rows of a pair with a score below which it does not count")
    sample: int = Field(default=20_000, ge=10, description="rows of a pair to learn from")
    seed: int = Field(default=0, description="another seed, another sample")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return the scores of the rows of the lowest ranks, of each pair."""
        table = kept(table)
        pairs, ranks, scores = pair_keys(table), ranks_of(table, seed=self.seed), self._scores(table)
        chosen = [row for _, rows in lowest(pairs, ranks, most=self.sample) for row in rows.tolist()]
        columns = {name: values[chosen] for name, values in scores.items()}
        return pa.table({"pair": pairs[chosen], "rank": ranks[chosen], **columns})

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return what is usual of each score in each pair."""
        assert key == "pair"
        found = []
        for pair, chosen in lowest(rows["pair"].to_numpy(), rows["rank"].to_numpy(), most=self.sample):
            for number, (name, score) in enumerate(SCORES.items()):
                values = rows[name].to_numpy()[chosen]
                values = values[np.isfinite(values)]
                if len(values) >= self.least_rows:
                    middle = usual(values, least_spread=score.least_spread)
                    found.append({"pair": pair, "score": number, "median": middle.median, "spread": middle.spread})
        return pa.Table.from_pylist(found, schema=_VERDICT)

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return what is usual everywhere, sorted."""
        return decisions.sort_by([("pair", "ascending"), ("score", "ascending")])

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with `translation_fault` set, and a reason where a score is far out."""
        known = {(row["pair"], row["score"]): row for row in verdict.to_pylist()}
        scores, faults_SR = self._scores(table), np.full((len(SCORES), len(table)), np.nan)
        for (pair,), rows in groups(pair_keys(table)):
            for number, (name, score) in enumerate(SCORES.items()):
                if (pair, number) in known:
                    of = known[pair, number]
                    faults_SR[number, rows] = _faults(score, (scores[name][rows] - of["median"]) / of["spread"])
        there_R = np.isfinite(faults_SR).any(axis=0)
        faults_SR = np.nan_to_num(faults_SR)
        total = pa.array(np.sqrt((faults_SR**2).sum(axis=0)), pa.float32(), mask=~there_R)
        table = put(table, "translation_fault", total, pa.float32())
        return table if self.most is None else self._marked(table, faults_SR)

    def _marked(self, table: pa.Table, faults_SR: Floats) -> pa.Table:
        names = list(SCORES)
        worst_R, most_R = faults_SR.argmax(axis=0).tolist(), faults_SR.max(axis=0).tolist()
        found = [names[number] if fault > self.most else None for number, fault in zip(worst_R, most_R, strict=True)]
        reasons = [f"{self.name}: unusual {name.replace('_', ' ')}" if name else None for name in found]
        evidence = [{name: round(fault, 2)} if name else None for name, fault in zip(found, most_R, strict=True)]
        return mark(table, reasons, evidence)

    def _scores(self, table: pa.Table) -> Mapping[str, Floats]:
        """Return all scores; nan for those that are not there or not wanted."""
        wanted = set(SCORES if self.scores is None else self.scores) & set(table.column_names)
        nothing = np.full(len(table), np.nan)
        return {
            name: table[name].cast(pa.float64()).to_numpy(zero_copy_only=False) if name in wanted else nothing
            for name in SCORES
        }


_VERDICT = pa.schema([("pair", pa.uint64()), ("score", pa.uint8()), ("median", pa.float64()), ("spread", pa.float64())])


def _faults(score: Score, distances: Floats) -> Floats:
    """Return how much worse than usual; nothing where it is better."""
    worse = {"low": -distances, "high": distances, "both": np.abs(distances)}[score.bad]
    return np.where(np.isnan(worse), np.nan, np.maximum(worse, 0))
