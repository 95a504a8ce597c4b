"""Answers that people wrote, asked like a model."""

from collections.abc import Iterable

from aya.models.model import Answer, Heard, Request
from aya.table import canonical
from aya.text import digest
from training.safety.items import Item

NAME = "written"


class Written:
    """A table of answers by request; its revision is a hash of the table. A request that it lacks is a fault."""

    name = NAME

    def __init__(self, items: Iterable[Item]) -> None:
        self._answers = {(item.language, item.prompt): item.answer for item in items if item.answer is not None}
        self.revision = digest(canonical(sorted([*key, answer] for key, answer in self._answers.items())))

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return what is written for the last message."""
        text = self._answers.get((request.language, request.messages[-1].content))
        if text is None:
            return Answer(text="", finish="", fault="no answer is written")
        if heard:
            heard(text)
        return Answer(text=text, finish="stop")

    async def close(self) -> None:
        """Do nothing."""
