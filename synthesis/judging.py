"""What the stages share that ask a judge about generated records."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pyarrow as pa
from pydantic import Field

from aya.errors import UserError
from aya.models.caller import BudgetSpent
from aya.models.journal import Journal
from aya.stage import Aside, Settings
from synthesis.asking import Said, fault_of, say
from synthesis.judge import Ask
from synthesis.prompting import Prompt
from synthesis.teachers import Desk, Teacher

Row = Mapping[str, Any]
Opinion = TypeVar("Opinion")

COLUMNS = ("id", "inputs", "targets", "language", "origin", "parent_id")
_AT_ONCE = 128
"""Records that are in hand at once."""


class Judging(Settings):
    """Settings of a stage that asks a judge; the same question is asked once, since all calls are in the journal."""

    judge: Teacher = Field(description="model that is asked; best without chance, at temperature 0")
    journal: Annotated[Path, Aside()] = Field(
        default=Path("build/answers.sqlite"), description="file of all calls and answers"
    )
    origins: tuple[str, ...] = Field(default=("synthetic",), description="records that are judged, by `origin`")
    seed: int = Field(default=0, ge=0, description="of the judge's decoding")

    def rows(self, table: pa.Table) -> list[Row | None]:
        """Return the records that are judged, None in the place of others."""
        rows = table.select(COLUMNS).to_pylist()
        return [row if row["origin"] in self.origins and row["language"] else None for row in rows]

    def opinions(
        self, rows: Sequence[Row | None], form: Callable[[Ask, Row], Awaitable[Opinion]]
    ) -> list[Opinion | None]:
        """Return the judge's opinion on each record; None where there is no record.

        Raises: UserError if a budget ends before the records do.
        """
        found: list[Opinion | None] = [None] * len(rows)
        judged = [(at, row) for at, row in enumerate(rows) if row is not None]
        if not judged:
            return found
        with Journal(self.journal) as journal, Desk((self.judge,), journal) as desk:
            for start in range(0, len(judged), _AT_ONCE):
                hand = judged[start : start + _AT_ONCE]
                said = desk.run(self._all(desk, [row for _, row in hand], form))
                if desk.stopped:
                    raise UserError(f"{self.judge.name}: {desk.stopped}; the same command goes on with a larger one")
                for (at, _), opinion in zip(hand, said, strict=True):
                    found[at] = opinion
        return found

    async def _all(
        self, desk: Desk, rows: Sequence[Row], form: Callable[[Ask, Row], Awaitable[Opinion]]
    ) -> list[Opinion | None]:
        async def one(row: Row) -> Opinion | None:
            with suppress(BudgetSpent, _NoAnswer):
                return await form(partial(self._ask, desk, row), row)
            return None

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(row)) for row in rows]
        except* UserError as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _ask(self, desk: Desk, row: Row, asked: Prompt) -> Said:
        number = self.seed % 2**31
        said = await say(desk, self.judge.name, asked, language=row["language"], task="judge", number=number)
        if fault_of(said):
            raise _NoAnswer
        return said


class _NoAnswer(Exception):
    """The judge said nothing on this record."""
