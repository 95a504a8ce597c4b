"""Answers of a system to prompts, from files that people bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aya import languages
from aya.errors import InputError, nearest, unknown
from training.row_files import rows

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id",),
    "language": ("language", "lang"),
    "prompt": ("prompt", "inputs"),
    "answer": ("answer", "targets", "completion"),
}
"""What a row has, and the names that its column may have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A prompt with a system's answer; `id` names the prompt, of one language or of its versions in several."""

    id: str
    language: str
    prompt: str
    answer: str
    script: str | None = None
    contaminated: bool = False
    """Whether the prompt was found in what a system learned from, as the column `contaminated_by` says."""

    @property
    def key(self) -> tuple[str, str]:
        """What no two answers of a system share."""
        return self.id, self.language


def read_answers(path: Path, *, prompts_only: bool = False) -> list[Answered]:
    """Return the rows of a file (Parquet, JSON Lines, CSV) with `id`, `language`, `prompt` and `answer`, in its order.

    `prompts_only` asks for no answer. Columns named as in a collection (`inputs`, `targets`) will do.
    Raises: InputError naming file and row: a row without one of them, a language nobody knows, a prompt twice.
    """
    found: list[Answered] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows(path), start=1):
        one = _answered(row, f"{path}: row {number}", prompts_only=prompts_only)
        if one.key in seen:
            raise InputError(f"{path}: row {number}: '{one.id}' in {one.language} stands in row {seen[one.key]} too")
        seen[one.key] = number
        found.append(one)
    if not found:
        raise InputError(f"{path} has no rows")
    return found


def _answered(row: Mapping[str, Any], place: str, *, prompts_only: bool) -> Answered:
    values: dict[str, str] = {}
    for name, columns in COLUMNS.items():
        if name == "answer" and prompts_only:
            values[name] = ""
            continue
        given = [row[column] for column in columns if row.get(column) is not None]
        if not given:
            raise InputError(f"{place}: no `{name}`{nearest(name, {*row} - {*columns})}")
        values[name] = str(given[0])
    known = languages.resolve(values["language"])
    if known is None:
        raise InputError(f"{place}: {unknown('language', values['language'], languages.codes())}")
    return Answered(
        id=values["id"],
        language=known.language,
        prompt=values["prompt"],
        answer=values["answer"],
        contaminated=bool(row.get("contaminated_by")),
        script=row.get("script") or known.script or languages.get(known.language).script,
    )
