"""How things stand, from the book alone: which items are answered, void or open, and what each place still takes."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from annotation.book import Book
from annotation.campaign import Campaign

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The rows of a book by id, and what follows from them."""

    items: Mapping[str, Row]
    responses: Mapping[str, Row]
    withdrawn: frozenset[str]
    given: Mapping[str, int]
    """How many people submitted or discarded each item; those who withdrew do not count, here and below."""
    submitted: Mapping[str, int]
    done: Mapping[tuple[str, str], int]
    """Items with a submitted answer by language and task, gold ones aside."""
    covered: Counter[tuple[str, str | None]]
    """Submitted answers by language and topic."""

    def void(self, item: Row) -> bool:
        """Return whether an item is not to be asked (any more): what it shows was changed or taken back."""
        if item["parent"] is None:
            return False
        parent = self.responses.get(item["parent"])
        if parent is None or parent["status"] != "submitted" or parent["annotator"] in self.withdrawn:
            return True
        values = json.loads(parent["values"])
        if any((values.get(name) or "") != item[name] for name in ("prompt", "completion")):
            return True
        above = self.items.get(parent["item"])
        return above is not None and self.void(above)

    def authors(self, item: Row) -> list[str]:
        """Return who wrote what an item shows, at any remove, the nearest first."""
        found: list[str] = []
        while item["parent"] is not None and item["parent"] in self.responses:
            parent = self.responses[item["parent"]]
            found.append(parent["annotator"])
            item = self.items[parent["item"]]
        return found


def standing(book: Book, *, language: str | None = None) -> Standing:
    """Return how things stand, in all languages or one; what is made of a text stays in its language."""
    responses = {row["id"]: row for row in book.responses(language=language).to_pylist()}
    items = {row["id"]: row for row in book.items(language=language).to_pylist()}
    withdrawn = frozenset(row["annotator"] for row in book.people().to_pylist() if row["withdrawn"])
    counting = [row for row in responses.values() if row["annotator"] not in withdrawn]
    submitted = Counter(row["item"] for row in counting if row["status"] == "submitted" and row["item"] in items)
    answered = [(items[id_], num) for id_, num in submitted.items()]
    covered = Counter[tuple[str, str | None]]()
    for item, num in answered:
        covered[item["language"], item["topic"]] += num
    return Standing(
        items=items,
        responses=responses,
        withdrawn=withdrawn,
        given=Counter(row["item"] for row in counting if row["status"] in ("submitted", "discarded")),
        submitted=submitted,
        done=Counter((item["language"], item["task"]) for item, _ in answered if not item["gold"]),
        covered=covered,
    )


def next_wave(campaign: Campaign, now: Standing, rows: list[Row], *, sent: Mapping[str, str], today: date) -> list[Row]:
    """Return which of the items of a place are handed out next, the most important first.

    No more than `wave` are open at a time, so that a higher priority holds whatever order Argilla shows them in. Among
    equals the topic with the fewest answers comes first. Past the goal or the last day there are none.
    """
    if campaign.until is not None and today > campaign.until:
        return []
    overlap = campaign.tasks.overlap(rows[0]["task"]) if rows else 1
    open_ = [row for row in rows if row["id"] in sent and now.given.get(row["id"], 0) < overlap]
    room = campaign.wave - len(open_)
    goal = campaign.goal_of(rows[0]["language"]) if rows else None
    if goal is not None:
        room = min(room, goal - now.done.get((rows[0]["language"], rows[0]["task"]), 0) - len(open_))
    waiting = [
        row for row in rows if row["id"] not in sent and not now.void(row) and now.given.get(row["id"], 0) < overlap
    ]
    waiting.sort(key=lambda row: (-row["priority"], now.covered[row["language"], row["topic"]], row["id"]))
    return _spread(waiting, now.covered, most=max(0, room))


def _spread(waiting: list[Row], covered: Counter[tuple[str, str | None]], *, most: int) -> list[Row]:
    """Return the first `most` items; of those with the same priority each takes the topic that is covered least."""
    counts: Counter[tuple[str, str | None]] = covered.copy()
    found: list[Row] = []
    while waiting and len(found) < most:
        top = waiting[0]["priority"]
        queues: dict[tuple[str, str | None], list[Row]] = {}
        for row in waiting:
            if row["priority"] == top:
                queues.setdefault((row["language"], row["topic"]), []).append(row)
        waiting = waiting[sum(map(len, queues.values())) :]
        while queues and len(found) < most:
            topic = min(queues, key=lambda topic: (counts[topic], queues[topic][0]["id"]))
            found.append(queues[topic].pop(0))
            counts[topic] += 1
            if not queues[topic]:
                del queues[topic]
    return found
