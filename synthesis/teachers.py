"""The models of a run: where they are, on what terms, and one journal of all calls."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Self, TypeVar

from pydantic import Field

from aya.errors import UserError, unknown
from aya.models.caller import Caller, Tell
from aya.models.journal import Journal
from aya.models.model import Decoding, Model
from aya.models.named import Named, Terms

Result = TypeVar("Result")


class Teacher(Named):
    """A model that is asked."""

    terms: Terms = Field(default="unknown", description="what may be done with the answers")
    decoding: Decoding = Decoding(temperature=0.7, top_p=0.95)


class Desk:
    """Teachers by name, that share a journal and an event loop."""

    def __init__(
        self,
        teachers: Sequence[Teacher],
        journal: Journal,
        models: Sequence[Model] | None = None,
        tell: Tell | None = None,
    ) -> None:
        opened = models or [teacher.open() for teacher in teachers]
        self.teachers = {teacher.name: teacher for teacher in teachers}
        self.journal = journal
        self.callers = {
            teacher.name: Caller(model, journal, teacher.limits, tell)
            for teacher, model in zip(teachers, opened, strict=True)
        }
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for caller in self.callers.values():
            self._runner.run(caller.close())
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do the work that asks the callers, and return its result."""
        return self._runner.run(work)

    def caller(self, name: str) -> Caller:
        """Return a teacher's caller.

        Raises: UserError for a name that no teacher has.
        """
        if name not in self.callers:
            raise UserError(unknown("teacher", name, self.callers))
        return self.callers[name]

    @property
    def stopped(self) -> str | None:
        """Why not all could be asked."""
        return next((caller.stopped for caller in self.callers.values() if caller.stopped), None)
