"""Read answers from Argilla into the book, and make of them what others are asked next.

A data set is read again when something happened in it since it was read last; the note of when that was is written
after its answers are in the book. So a run that is killed is done again, and loses and doubles nothing.

A whole reading misses nothing, and takes as long as there are records. A quick one asks Argilla's index for the
records that were completed lately and for those that are open and have an answer; it does not see that an answer to a
completed record was changed, and writes no note, so that the next whole reading does.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from annotation import screens
from annotation.deliver import surface
from annotation.desk import Desk
from annotation.items import follow
from annotation.standing import standing

REFUSED: Final = ("unknown item", "unknown person", "own work")


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What was read."""

    new: int
    """Answers that the book did not have."""
    followed: int
    """Items that others are asked now."""
    refused: Mapping[str, int]
    """Answers that do not count, by reason."""


def pull(desk: Desk, *, quick: bool = False) -> Pulled:
    """Read every data set in which something happened, whole or quickly, then follow its answers up."""
    new, refused = 0, Counter[str]()
    people = {account["user"]: account["annotator"] for account in desk.book.accounts() if account["user"]}
    items = {row["id"]: row for row in desk.book.items().to_pylist()}
    for dataset in surface(desk).datasets.values():
        name, activity = f"read {dataset['id']}", dataset["last_activity_at"]
        if dataset["status"] != "ready" or desk.book.note(name) == activity:
            continue
        before = desk.book.note(name)
        records = _lately(desk, dataset["id"], before) if quick and before else desk.argilla.records(dataset["id"])
        new += desk.book.put_responses(list(_responses(records, items, people, refused)))
        if not (quick and before):
            desk.book.put_note(name, activity)
    return Pulled(new=new, followed=follow_up(desk), refused=dict(refused))


def _lately(desk: Desk, dataset: str, before: str) -> Iterator[dict[str, Any]]:
    """Yield the records that were completed since the last whole reading, and open ones with an answer."""
    status = {"entity": "record", "property": "status"}
    changed = {"entity": "record", "property": "updated_at"}
    yield from desk.argilla.found(
        dataset,
        {"type": "terms", "scope": status, "values": ["completed"]},
        {"type": "range", "scope": changed, "ge": before},
    )
    given = {"entity": "response", "property": "status"}
    yield from desk.argilla.found(
        dataset,
        {"type": "terms", "scope": status, "values": ["pending"]},
        {"type": "terms", "scope": given, "values": ["submitted", "discarded", "draft"]},
    )


def _responses(
    records: Iterable[Mapping[str, Any]], items: Mapping[str, Any], people: Mapping[str, str], refused: Counter[str]
) -> Iterator[dict[str, Any]]:
    for record in records:
        for response in record["responses"]:
            item, annotator = items.get(record["external_id"]), people.get(response["user_id"])
            reason = "unknown item" if item is None else "unknown person" if annotator is None else None
            if item is not None and annotator is not None and annotator == item["author"]:
                reason = "own work"
            if reason is not None or item is None:
                refused[str(reason)] += 1
                continue
            yield {
                "id": response["id"],
                "item": item["id"],
                "annotator": annotator,
                "status": response["status"],
                "values": screens.answer(item, response["values"]),
                "inserted_at": _time(response["inserted_at"]),
                "updated_at": _time(response["updated_at"]),
            }


def _time(text: str) -> datetime:
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
