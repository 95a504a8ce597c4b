"""Drop generated records that a judge rates low."""

from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from aya.table import mark, put
from synthesis.judge import Ask, rate
from synthesis.judging import Judging, Row


class Rated(Judging):
    """Drop generated records whose answer a judge rates low, from 1 to 5, or on which it says no number.

    A rating says how well the answer does what was asked; one model's ratings are compared with its own alone.

    Reads `inputs`, `targets`, `language`, `origin`. Writes `judge_rating`; null for records that are not judged.
    References: Li et al. 2023 (arXiv 2308.06259), self-curation, with its scale of five.
    """

    name: ClassVar[str] = "synthesis.rated"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language", "origin", "parent_id")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"judge_rating": pa.float32()}

    least: int = Field(default=3, ge=1, le=5, description="rating below which a record goes")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `judge_rating` set, and a reason on records that are rated low."""

        async def opinion(ask: Ask, row: Row) -> int | None:
            return await rate(ask, row["inputs"] or "", row["targets"] or "", language=row["language"])

        rows = self.rows(table)
        ratings = self.opinions(rows, opinion)
        reasons = [
            None if row is None else f"{self.name}: no rating" if rating is None
            else f"{self.name}: rated low" if rating < self.least else None
            for row, rating in zip(rows, ratings, strict=True)
        ]  # fmt: skip
        evidence = [
            {"judge": self.judge.name, "rating": rating} if why else None
            for why, rating in zip(reasons, ratings, strict=True)
        ]
        return mark(put(table, "judge_rating", ratings, pa.float32()), reasons, evidence)
