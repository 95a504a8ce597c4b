"""Read answers from Argilla into the book, and make of them what others are asked next.

A data set in which something happened since it was read last is read from a little before that moment on; the note of
the moment is written after the answers are in the book. So a run that is killed is done again, and loses and doubles
nothing. A whole reading begins at the beginning, whatever the notes say.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from annotation import screens
from annotation.deliver import surface
from annotation.desk import Desk
from annotation.items import follow
from annotation.standing import standing
from aya.stage import Tell, silent

OVERLAP: Final = timedelta(minutes=5)
"""How far before the last activity that was read the next reading begins: an answer gets its time when it is written,
and is there to be read when that is committed; clocks of several servers differ."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What was read."""

    new: int
    """Answers that the book did not have."""
    followed: int
    """Items that others are asked now."""
    refused: Mapping[str, int]
    """Answers that do not count, by reason."""


def pull(desk: Desk, *, whole: bool = False, tell: Tell = silent) -> Pulled:
    """Read what happened in every data set since the last time, or all of it, then follow the answers up."""
    new, refused = 0, Counter[str]()
    people = {account["user"]: account["annotator"] for account in desk.book.accounts() if account["user"]}
    items = {row["id"]: row for row in desk.book.items().to_pylist()}
    datasets = surface(desk).datasets.values()
    for number, dataset in enumerate(datasets, start=1):
        name, activity = f"read {dataset['id']}", dataset["last_activity_at"]
        read = None if whole else desk.book.note(name)
        if dataset["status"] == "ready" and read != activity:
            found = desk.argilla.responses(dataset["id"], since=moment(read) - OVERLAP if read else BEGINNING)
            new += desk.book.put_responses(list(_responses(found, items, people, refused)))
            desk.book.put_note(name, activity)
        tell("data sets read", number, len(datasets))
    return Pulled(new=new, followed=follow_up(desk), refused=dict(refused))


def _responses(
    found: Iterable[Mapping[str, Any]], items: Mapping[str, Any], people: Mapping[str, str], refused: Counter[str]
) -> Iterator[dict[str, Any]]:
    for response in found:
        item, annotator = items.get(response["external_id"]), people.get(response["user_id"])
        if item is None or annotator is None or annotator == item["author"]:
            refused["unknown item" if item is None else "unknown person" if annotator is None else "own work"] += 1
            continue
        yield {
            "id": response["id"],
            "item": item["id"],
            "annotator": annotator,
            "status": response["status"],
            "values": screens.answer(item, response["values"]),
            "inserted_at": moment(response["inserted_at"]),
            "updated_at": moment(response["updated_at"]),
        }


def moment(text: str) -> datetime:
    """Return a time of Argilla's, which is UTC and does not say so."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def follow_up(desk: Desk) -> int:
    """Put into the book what others are asked about the answers in it; return how many items are new."""
    now = standing(desk.book)
    found = []
    for response in now.responses.values():
        item = now.items.get(response["item"])
        if item is None or response["status"] != "submitted" or response["annotator"] in now.withdrawn:
            continue
        if (made := follow(desk.campaign, item, response)) is not None and made["id"] not in now.items:
            found.append(made)
    return desk.book.put_items(found)
