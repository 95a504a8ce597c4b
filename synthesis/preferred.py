"""Drop generated records whose answer a judge finds worse than that of the seed."""

from collections.abc import Mapping
from functools import cache
from typing import ClassVar

import pyarrow as pa
from pydantic import Field

from aya.models.verdict import Better
from aya.stage import InputFiles
from aya.table import mark, put
from synthesis.judge import Ask, better
from synthesis.judging import Judging, Row
from synthesis.seeds import SeedColumns, all_seeds


class Preferred(Judging):
    """Drop generated records whose answer loses against the seed's own answer, in the eyes of a judge.

    Each pair is judged twice, with the answers in both orders. A verdict that turns with the order counts for nothing,
    as a tie does: such a record stays, unless `win` asks for more. Records without a parent among the seeds, or whose
    parent has no answer, are not judged.

    Reads `inputs`, `targets`, `language`, `origin`, `parent_id`. Writes `judge_verdict`: `better`, `worse`, `tie` or
    `inconsistent`; null for records that are not judged.
    References: Zheng et al. 2023 (arXiv 2306.05685), section 3.4, on judges that prefer a position.
    """

    name: ClassVar[str] = "synthesis.preferred"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language", "origin", "parent_id")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"judge_verdict": pa.string()}

    seeds: InputFiles = Field(description="files of seeds, as the source has them")
    seed_columns: SeedColumns = SeedColumns()
    seed_language: str | None = Field(default=None, description="language of the seeds, where no column says it")
    win: bool = Field(default=False, description="whether a record must win to stay, not only not lose")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `judge_verdict` set, and a reason on records that lost."""
        answers = _answers(self.seeds, self.seed_columns, self.seed_language)
        rows = [row if row and answers.get(row["parent_id"]) else None for row in self.rows(table)]

        async def opinion(ask: Ask, row: Row) -> Better | None:
            human = answers[row["parent_id"]]
            return await better(ask, row["inputs"] or "", row["targets"] or "", human, language=row["language"])

        verdicts = [_WORDS.get(str(one)) for one in self.opinions(rows, opinion)]
        reasons = [None if row is None else self._why(verdict) for row, verdict in zip(rows, verdicts, strict=True)]
        evidence = [
            {"judge": self.judge.name, "verdict": verdict} if why else None
            for why, verdict in zip(reasons, verdicts, strict=True)
        ]
        return mark(put(table, "judge_verdict", verdicts, pa.string()), reasons, evidence)

    def _why(self, verdict: str | None) -> str | None:
        """Return the reason to drop a record with this verdict; None if it stays."""
        if verdict is None:
            return f"{self.name}: no verdict"
        if verdict == "worse":
            return f"{self.name}: worse than the seed"
        return f"{self.name}: no better than the seed" if self.win and verdict != "better" else None


_WORDS = {"first": "better", "second": "worse", "tie": "tie", "inconsistent": "inconsistent"}


@cache
def _answers(patterns: tuple[str, ...], columns: SeedColumns, language: str | None) -> dict[str, str]:
    """Return the answers of the seeds by id; read once in a process."""
    return {seed.id: seed.targets for seed in all_seeds(patterns, columns, language=language)}
