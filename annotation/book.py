"""The book of a campaign: one file that holds what was asked, what was answered and who took part.

It is the truth; Argilla is filled from it and read back into it. Every write is one transaction that survives a power
cut, and writing the same thing twice changes nothing, so that whatever is killed in the middle is simply done again.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from annotation.campaign import BOOK
from annotation.tables import ITEMS, PEOPLE, RESPONSES
from aya.errors import InputError

Row = Mapping[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMAS: Final = {"items": ITEMS, "responses": RESPONSES, "people": PEOPLE}
_ACCOUNTS: Final = pa.schema(
    [
        ("annotator", pa.string()),
        ("username", pa.string()),
        ("user", pa.string()),  # Argilla's user id; null until the account is made
        ("review_group", pa.int64()),
        ("harmful", pa.bool_()),  # whether the person agreed to see harmful content
    ]
)
_SENT: Final = pa.schema([("item", pa.string()), ("record", pa.string()), ("dataset", pa.string())])
_TABLES: Final = _SCHEMAS | {"accounts": _ACCOUNTS, "sent": _SENT}


class Book:
    """The store of one campaign, in a file that is made when it is not there; only its owner may read it.

    Argilla's names of people are in it beside their pseudonyms: `items`, `responses` and `people` never show them.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self.path = path
        self._base = sqlite3.connect(path, timeout=60, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        with self._writing():
            for name, schema in _TABLES.items():
                columns = ", ".join(f'"{field.name}"' for field in schema)
                self._base.execute(
                    f'CREATE TABLE IF NOT EXISTS {name} ({columns}, PRIMARY KEY ("{schema.names[0]}")) WITHOUT ROWID'
                )
            self._base.execute("CREATE INDEX IF NOT EXISTS items_language ON items (language)")
            self._base.execute("CREATE INDEX IF NOT EXISTS responses_item ON responses (item)")
            self._base.execute("CREATE TABLE IF NOT EXISTS notes (name PRIMARY KEY, value) WITHOUT ROWID")

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    # -- what it holds -------------------------------------------------------------------------------

    def items(self, *, language: str | None = None) -> pa.Table:
        """Return what may be asked, of all languages or one, as `tables.ITEMS`, sorted by id."""
        return self._table("items") if language is None else self._table("items", "language = ?", language)

    def responses(self, *, language: str | None = None) -> pa.Table:
        """Return what was answered, as `tables.RESPONSES`, sorted by id: of each answer its latest form."""
        of_items = "item IN (SELECT id FROM items WHERE language = ?)"
        return self._table("responses") if language is None else self._table("responses", of_items, language)

    def languages(self) -> list[str]:
        """Return the languages of which something was answered, sorted."""
        answered = "SELECT DISTINCT language FROM responses JOIN items ON items.id = item ORDER BY 1"
        return [code for (code,) in self._base.execute(answered)]

    def people(self) -> pa.Table:
        """Return who takes part, as `tables.PEOPLE`, sorted by pseudonym."""
        return self._table("people")

    def accounts(self) -> list[dict[str, Any]]:
        """Return whose account is whose: private, for no report and no release."""
        rows: list[dict[str, Any]] = self._table("accounts").to_pylist()
        return rows

    def sent(self) -> dict[str, str]:
        """Return the Argilla dataset of every item that was released to the annotators."""
        return dict(self._base.execute("SELECT item, dataset FROM sent"))

    def records(self, items: Iterable[str]) -> dict[str, str]:
        """Return the Argilla records of those of the items that were released."""
        sent: dict[str, str] = dict(self._base.execute("SELECT item, record FROM sent"))
        return {item: sent[item] for item in sorted(items) if item in sent}

    def note(self, name: str) -> str | None:
        """Return a note of the campaign's own, such as how far it was read; None if there is none."""
        found = self._base.execute("SELECT value FROM notes WHERE name = ?", [name]).fetchone()
        return None if found is None else str(found[0])

    # -- writing -------------------------------------------------------------------------------------

    def put_items(self, rows: Iterable[Row]) -> int:
        """Add items, or set what changed of them (their priority); return how many are new."""
        return self._put("items", rows)

    def put_responses(self, rows: Iterable[Row]) -> int:
        """Add responses; one that is there already changes only by a later `updated_at`. Return how many are new."""
        return self._put("responses", rows, only_if="excluded.updated_at > responses.updated_at")

    def put_people(self, rows: Iterable[Row]) -> int:
        """Add people, or replace what they said of themselves; who withdrew stays withdrawn. Return how many are new.

        `joined_at` stays the first one too.
        """
        return self._put("people", ({"withdrawn": False} | dict(row) for row in rows), keep=("withdrawn", "joined_at"))

    def put_accounts(self, rows: Iterable[Row]) -> int:
        """Add accounts or replace them; return how many are new."""
        return self._put("accounts", rows)

    def put_sent(self, rows: Iterable[Row]) -> int:
        """Note which item is which record of which dataset; return how many are new."""
        return self._put("sent", rows)

    def drop_sent(self, items: Iterable[str]) -> None:
        """Forget that items were released: their records are gone."""
        with self._writing():
            self._base.executemany("DELETE FROM sent WHERE item = ?", ([item] for item in items))

    def put_note(self, name: str, value: str) -> None:
        """Keep a note."""
        with self._writing():
            self._base.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", [name, value])

    def withdraw(self, annotator: str) -> bool:
        """Note that a person takes all contributions back; return whether there is such a person."""
        with self._writing():
            done = self._base.execute("UPDATE people SET withdrawn = 1 WHERE annotator = ?", [annotator])
        return done.rowcount > 0

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _put(self, name: str, rows: Iterable[Row], *, only_if: str = "true", keep: Sequence[str] = ()) -> int:
        schema, key = _TABLES[name], _TABLES[name].names[0]
        rows = list(rows)
        if strange := {column for row in rows for column in row} - {*schema.names}:
            raise ValueError(f"{name} have no column {sorted(strange)[0]!r}")
        places = ", ".join("?" * len(schema))
        changed = ", ".join(f'"{name}" = excluded."{name}"' for name in schema.names if name not in (key, *keep))
        statement = (
            f'INSERT INTO {name} VALUES ({places}) ON CONFLICT ("{key}") DO UPDATE SET {changed} WHERE {only_if}'
        )
        with self._writing():
            before = self._count(name)
            self._base.executemany(statement, ([_plain(row.get(field.name)) for field in schema] for row in rows))
            return self._count(name) - before

    def _count(self, name: str) -> int:
        return int(self._base.execute(f"SELECT count(*) FROM {name}").fetchone()[0])

    def _table(self, name: str, where: str = "true", *values: str) -> pa.Table:
        schema = _TABLES[name]
        rows = self._base.execute(f'SELECT * FROM {name} WHERE {where} ORDER BY "{schema.names[0]}"', values).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        arrays = [
            pa.array([_rich(value, field.type) for value in column], field.type)
            for column, field in zip(columns, schema, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=schema)


@contextmanager
def book_of(campaign: Path) -> Iterator[Book]:
    """Yield the book beside a campaign's file.

    Raises: InputError if there is none yet.
    """
    path = campaign.parent / BOOK
    if not path.is_file():
        raise InputError(f"{path}: no book of a campaign; make it with: aya annotate push {campaign}")
    with closing(Book(path)) as book:
        yield book


def _plain(value: object) -> object:
    """Return a value as SQLite keeps it: times as microseconds since 1970, lists as JSON."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return value


def _rich(value: Any, type_: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_list(type_):
        return json.loads(value)
    return bool(value) if pa.types.is_boolean(type_) else value
