"""The models of a run: where they are, on what terms, and one journal of all calls."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field

from aya.errors import InputError, UserError, unknown
from aya.models.caller import Caller, Tell
from aya.models.journal import Journal
from aya.models.limits import Limits
from aya.models.model import Decoding, Model
from aya.stage import Settings

Terms = Literal["any use", "no competing models", "no training", "unknown"]
"""What the owner of a model allows to be done with its answers."""

Result = TypeVar("Result")


class Teacher(Settings):
    """A model that is asked."""

    name: str = Field(min_length=1, description="the model's name, as its server knows it, or a checkpoint")
    at: str = Field(
        description="address of a server (`http://127.0.0.1:8000/v1`), `transformers`, or `smollm2`, which pip brings"
    )
    revision: str = Field(default="", description="commit, tag or date of the weights")
    license: str = Field(default="", description="licence of the weights")
    terms: Terms = Field(default="unknown", description="what may be done with the answers")
    key_file: Path | None = Field(default=None, description="file with the key of the server; no recipe holds a key")
    decoding: Decoding = Decoding(temperature=0.7, top_p=0.95)
    limits: Limits = Limits()

    def open(self) -> Model:
        """Return the model; nothing is loaded or asked yet.

        Raises: UserError if it needs what is not there.
        """
        if self.at == "smollm2":
            from aya.models.embedded import SmolLM2

            return SmolLM2()
        if self.at == "transformers":
            from aya.models.local import Transformers

            return Transformers(self.name, revision=self.revision)
        if not self.at.startswith(("http://", "https://")):
            raise UserError(f"{self.at}: neither an address of a server, nor `transformers`, nor `smollm2`")
        from aya.models.server import Server

        return Server(self.at, self.name, revision=self.revision, api_key=self._key())

    def _key(self) -> str | None:
        try:
            return self.key_file.read_text(encoding="utf-8").strip() if self.key_file else None
        except OSError as error:
            raise InputError(f"{self.key_file}: can not be read: {error.strerror}") from error


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
