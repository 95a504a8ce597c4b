"""The items of a task: rows with their questions as a model is asked them, and what is right."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aya import languages
from aya.errors import InputError, unknown
from aya.text import hash64
from training.evaluation.task import Prompt, Task
from training.evaluation.templates import parts, render
from training.model import SEPARATOR

Row = Mapping[str, Any]


class Question(NamedTuple):
    """An item asked in one of the ways of its task."""

    prompt: str
    """The name of that way."""
    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One row of a task."""

    key: str
    """Its name within the task: language and id."""
    id: str
    """The same in all translations."""
    language: str
    """ISO 639-3, as the registry lists it."""
    script: str
    answers_in: str
    """Language and script that an answer should be in."""
    cluster: str
    questions: tuple[Question, ...]
    answer: int | None
    references: tuple[str, ...]

    @property
    def tongue(self) -> str:
        """Return language and script, as figures are told apart by (`yor_Latn`)."""
        return f"{self.language}_{self.script}"


def items_of(
    task: Task, rows: Iterable[Row], examples: Iterable[Row] = (), *, limit: int | None = None, seed: int = 0
) -> list[Item]:
    """Return the items of a task, sorted by key; `examples` are the rows of its shots.

    With a `limit`, so many of each language are drawn by their ids: translations of the same ones, where there are.

    Raises: InputError for a row that a template can not read, that has no such answer, or is of an unknown language.
    """
    shots = _Shots(task, examples) if task.shots else None
    found: dict[str, tuple[int, Row, Mapping[str, str]]] = {}
    for number, row in enumerate(rows):
        facts = _facts(task, row, number)
        key = f"{facts['tongue']}:{facts['id']}"
        while key in found:
            key += "+"
        found[key] = (number, row, facts)
    wanted = sorted(found) if limit is None else _drawn(found, limit, seed)
    return [_item(task, key, *found[key], shots) for key in wanted]


def _facts(task: Task, row: Row, number: int) -> dict[str, str]:
    place = _place(task, number)
    tongue = _tongue(task.language, row, place)
    language, script = tongue.split("_")
    id_ = render(task.id, row, place=place) if task.id else str(number)
    return {"language": language, "script": script, "tongue": tongue, "id": id_}


def _tongue(template: str, row: Row, place: str) -> str:
    code = render(template, row, place=place)
    known = languages.resolve(code)
    if known is None:
        raise InputError(f"{place}: {unknown('language', code, languages.codes())}")
    return "_".join(known)


def _place(task: Task, number: int) -> str:
    return f"{task.name}: row {number}"


def _drawn(found: Mapping[str, tuple[int, Row, Mapping[str, str]]], limit: int, seed: int) -> list[str]:
    of_language = defaultdict[str, list[str]](list)
    for key in sorted(found, key=lambda key: (hash64(found[key][2]["id"], seed=seed), key)):
        of_language[found[key][2]["tongue"]].append(key)
    return sorted(key for keys in of_language.values() for key in keys[:limit])


def _item(task: Task, key: str, number: int, row: Row, facts: Mapping[str, str], shots: "_Shots | None") -> Item:
    place = _place(task, number)
    columns = _columns(row, facts)
    lead = render(task.preamble, columns, place=place) + task.between if task.preamble else ""
    before = shots.before(columns, place) if shots else {}
    questions = tuple(
        Question(prompt.name, lead + before.get(prompt.name, "") + text, choices)
        for prompt in task.prompts
        for text, choices in [_asked(task, prompt, columns, place)]
    )
    return Item(
        key=key,
        id=facts["id"],
        language=facts["language"],
        script=facts["script"],
        answers_in=_tongue(task.answers_in, columns, place) if task.answers_in else facts["tongue"],
        cluster=render(task.cluster, columns, place=place) if task.cluster else facts["id"],
        questions=questions,
        answer=_answer(task, columns, questions[0].choices, place) if task.kind == "choice" else None,
        references=parts(task.references, columns, place=place) if task.references else (),
    )


def _columns(row: Row, facts: Mapping[str, str]) -> dict[str, Any]:
    return {**row, "language_name": languages.get(facts["language"]).name, "language_code": facts["tongue"]}


def _asked(task: Task, prompt: Prompt, columns: Row, place: str) -> tuple[str, tuple[str, ...]]:
    text = render(prompt.text, columns, place=place)
    written = prompt.choices or task.choices
    choices = parts(written, columns, place=place) if task.kind == "choice" else ()
    if task.kind == "choice" and (len(choices) < 2 or not all(choices)):
        raise InputError(f"{place}: needs two choices or more, none of them empty: {' ||| '.join(choices)}")
    return text, choices


def _answer(task: Task, columns: Row, choices: Sequence[str], place: str) -> int:
    said = render(task.answer, columns, place=place)
    if task.labels:
        if said not in task.labels:
            raise InputError(f"{place}: {unknown('label', said, task.labels)}")
        return task.labels.index(said)
    if not said.isdecimal() or int(said) >= len(choices):
        raise InputError(f"{place}: '{said}' is the number of no choice, 0 to {len(choices) - 1}")
    return int(said)


class _Shots:
    """Examples with their answers, by language and by what they share with a question."""

    def __init__(self, task: Task, rows: Iterable[Row]) -> None:
        assert task.shots
        self._task, self._said = task, task.shots
        self._rows = defaultdict[tuple[str, ...], list[Row]](list)
        for number, row in enumerate(rows):
            columns = _columns(row, _facts(task, row, number))
            self._rows[self._group(columns, f"{task.name}: row {number} of the shots")].append(columns)

    def _group(self, columns: Row, place: str) -> tuple[str, ...]:
        return columns["language_code"], *(render(one, columns, place=place) for one in self._said.same)

    def before(self, columns: Row, place: str) -> dict[str, str]:
        """Return what stands before a question, by the name of the prompt."""
        group = self._group(columns, place)
        shots = self._rows[group][: self._said.num]
        if len(shots) < self._said.num:
            raise InputError(f"{place}: {len(shots)} examples of {', '.join(group)}, not {self._said.num}")
        return {
            prompt.name: "".join(self._shot(prompt, shot, place) for shot in shots) for prompt in self._task.prompts
        }

    def _shot(self, prompt: Prompt, shot: Row, place: str) -> str:
        text, choices = _asked(self._task, prompt, shot, place)
        if self._task.kind == "choice":
            right = choices[_answer(self._task, shot, choices, place)]
        else:
            right = parts(self._task.references, shot, place=place)[0]
        return f"{text}{SEPARATOR}{right}{self._task.between}"
