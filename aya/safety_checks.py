"""What distillation asks of other folders: whether an answer refuses, and whether it is in its language."""

from collections.abc import Mapping
from typing import Any

from aya.stage import Stage, load
from aya.table import records

REFUSAL = "synthesis.refusal:Refusal"
LANGUAGE = "collection.language_id:LanguageId"
SURE = {"field": "targets", "least_letters": 40, "least": 0.98}
"""Answers are short: only clear cases are judged."""


class Refuses:
    """Says whether an answer refuses, by the phrases of its language and of English."""

    def __init__(self) -> None:
        self._stage = load(REFUSAL)(kinds=("refusal",))

    def __call__(self, prompt: str, answer: str, language: str) -> bool:
        """Return whether an answer refuses."""
        row = {"id": "", "inputs": prompt, "targets": answer, "language": language}
        found: Any = self._stage(records([row]))["drop"][0].as_py()
        return found is not None


def stages() -> Mapping[str, Stage]:
    """Return the stages by which answers leave, by the reason."""
    return {"another language": load(LANGUAGE).model_validate(SURE)}
