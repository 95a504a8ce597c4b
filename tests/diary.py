"""Makes the tables of small campaigns: people answer items one after another."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from annotation.tables import ITEMS, PEOPLE, RESPONSES

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday."""


class Diary:
    """A campaign that grows by one answer at a time, ten minutes apart."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Any]] = {}
        self._responses: list[dict[str, Any]] = []
        self._people: list[dict[str, Any]] = []

    def item(self, task: str, language: str = "amh", **shown: Any) -> str:
        """Add an item and return its id."""
        made = f"item{len(self._items):04d}"
        blank = {"prompt": "", "completion": "", "harmful": False, "priority": 0.0, "source": "campaign"}
        self._items[made] = blank | {"id": made, "task": task, "language": language} | shown
        return made

    def answer(
        self, item: str, by: str, *, after: timedelta | None = None, status: str = "submitted", **values: Any
    ) -> str:
        """Add a response and return its id; `after` is the time since the start."""
        made = f"response{len(self._responses):04d}"
        at = START + (timedelta(minutes=10 * len(self._responses)) if after is None else after)
        row = {"id": made, "item": item, "annotator": by, "status": status, "values": json.dumps(values)}
        self._responses.append(row | {"inserted_at": at, "updated_at": at})
        return made

    def person(self, annotator: str, **facts: Any) -> None:
        """Add somebody who signed up."""
        self._people.append({"annotator": annotator, "languages": [], "joined_at": START, "withdrawn": False} | facts)

    def shown(self, response: str, task: str, **shown: Any) -> str:
        """Add an item that shows what a response wrote."""
        (row,) = (row for row in self._responses if row["id"] == response)
        texts = {name: text for name, text in json.loads(row["values"]).items() if name in ("prompt", "completion")}
        language = self._items[row["item"]]["language"]
        return self.item(task, language, parent=response, author=row["annotator"], **(texts | shown))

    @property
    def items(self) -> pa.Table:
        """The items as the book has them."""
        return pa.Table.from_pylist([*self._items.values()], schema=ITEMS)

    @property
    def responses(self) -> pa.Table:
        """The responses as the book has them."""
        return pa.Table.from_pylist(self._responses, schema=RESPONSES)

    @property
    def people(self) -> pa.Table:
        """The people as the book has them."""
        return pa.Table.from_pylist(self._people, schema=PEOPLE)
