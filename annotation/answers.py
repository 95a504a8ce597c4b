"""Answers: every response beside the item that it answers, its values read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """What was shown; fields as in `annotation.tables.ITEMS`."""

    id: str
    task: str
    language: str
    script: str | None = None
    prompt: str | None = None
    completion: str | None = None
    prompt_before: str | None = None
    completion_before: str | None = None
    source: str | None = None
    dataset_name: str | None = None
    origin: str | None = None
    license: str | None = None
    record_id: str | None = None
    parent: str | None = None
    author: str | None = None
    topic: str | None = None
    priority: float | None = None
    gold: str | None = None
    harmful: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one person answered to one item, and when it was first saved."""

    id: str
    item: Item
    annotator: str
    values: dict[str, str | int]
    at: datetime

    @property
    def prompt(self) -> str:
        """The prompt as the annotator left it."""
        return str(self.values.get("prompt") or self.item.prompt or "")

    @property
    def completion(self) -> str:
        """The completion as the annotator left it."""
        return str(self.values.get("completion") or self.item.completion or "")

    @property
    def prompt_changed(self) -> bool:
        """Whether the prompt differs from the one that was shown."""
        return self.prompt != (self.item.prompt or "")

    @property
    def completion_changed(self) -> bool:
        """Whether the completion differs from the one that was shown."""
        return self.completion != (self.item.completion or "")

    @property
    def rating(self) -> float | None:
        """The mean of the ratings of prompt and completion, 1 to 5, as a fraction; None without any."""
        ratings = [int(self.values[name]) for name in ("prompt_rating", "completion_rating") if name in self.values]
        return sum(ratings) / len(ratings) if ratings else None


def answers(items: pa.Table, responses: pa.Table, *, statuses: Sequence[str] = ("submitted",)) -> list[Answer]:
    """Return the responses with one of these statuses, oldest first; those of ordinary items and gold ones alike.

    Raises: ValueError for a response to an item that is not in the table.
    """
    known = {row["id"]: Item(**row) for row in items.to_pylist()}
    found = []
    for row in responses.to_pylist():
        if row["status"] not in statuses:
            continue
        if row["item"] not in known:
            raise ValueError(f"response {row['id']} answers item {row['item']}, which the campaign does not have")
        values = {name: value for name, value in json.loads(row["values"] or "{}").items() if value is not None}
        item = known[row["item"]]
        found.append(Answer(id=row["id"], item=item, annotator=row["annotator"], values=values, at=row["inserted_at"]))
    return sorted(found, key=lambda answer: (answer.at, answer.id))


def without(found: Sequence[Answer], withdrawn: Iterable[str]) -> list[Answer]:
    """Return the answers that nobody took back: not by who withdrew, nor to a text that they had a part in."""
    gone, by_id = frozenset(withdrawn), {answer.id: answer for answer in found}
    return [answer for answer in found if not gone & authors(answer, by_id)]


def authors(answer: Answer, by_id: Mapping[str, Answer]) -> frozenset[str]:
    """Return who wrote a text and what it was made from; an item that shows a text is younger than it: no circle."""
    found = set[str]()
    above: Answer | None = answer
    while above is not None:
        found |= {above.annotator, above.item.author or above.annotator}
        above = by_id.get(above.item.parent or "")
    return frozenset(found)
