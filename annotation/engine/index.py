"""The embedded index: one SQLite file with plain tables for filters, orders and counts, and FTS5 trigrams for texts.

It holds nothing that the database of Argilla does not hold; a file that is missing, damaged or of another version is
made anew. Trigrams serve scripts without spaces as well; a query of one or two characters scans the texts.
"""

import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

VERSION: Final = 1
PRIORITY: Final = "priority"
"""The number among a record's metadata by which the queue of every annotator is ordered, larger first."""

SCHEMA: Final = """
CREATE TABLE datasets (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE records (
    rec INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, dataset INTEGER NOT NULL, external_id TEXT,
    status TEXT NOT NULL, inserted_at TEXT NOT NULL, updated_at TEXT NOT NULL, shuffle INTEGER NOT NULL, priority REAL);
CREATE INDEX records_status ON records (dataset, status);
CREATE TABLE terms (rec INTEGER NOT NULL, dataset INTEGER NOT NULL, name TEXT NOT NULL, text TEXT, num REAL);
CREATE INDEX terms_rec ON terms (rec, name);
CREATE INDEX terms_text ON terms (dataset, name, text, rec);
CREATE INDEX terms_num ON terms (dataset, name, num, rec);
CREATE TABLE suggestions (
    rec INTEGER NOT NULL, question TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (rec, question)) WITHOUT ROWID;
CREATE TABLE responses (
    id TEXT PRIMARY KEY, rec INTEGER NOT NULL, dataset INTEGER NOT NULL, user TEXT NOT NULL, status TEXT NOT NULL,
    updated_at TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX responses_rec ON responses (rec, user, status);
CREATE INDEX responses_user ON responses (dataset, user, status, rec);
CREATE TABLE answers (
    response TEXT NOT NULL, rec INTEGER NOT NULL, dataset INTEGER NOT NULL, user TEXT NOT NULL, question TEXT NOT NULL,
    text TEXT, num REAL);
CREATE INDEX answers_response ON answers (response);
CREATE INDEX answers_rec ON answers (rec, question);
CREATE INDEX answers_question ON answers (dataset, question, user, text, num, rec);
CREATE TABLE vectors (
    rec INTEGER NOT NULL, settings TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (rec, settings)) WITHOUT ROWID;
CREATE INDEX vectors_settings ON vectors (settings);
CREATE TABLE text_rows (row INTEGER PRIMARY KEY, rec INTEGER NOT NULL, dataset INTEGER NOT NULL, field TEXT NOT NULL);
CREATE INDEX text_rows_rec ON text_rows (rec);
CREATE VIRTUAL TABLE texts USING fts5(body, tokenize = 'trigram');
"""
_TABLES = ("terms", "suggestions", "responses", "answers", "vectors", "text_rows")
_LONGEST = 500  # characters of a label in Argilla; longer answers are texts, which no filter asks for

Scalar = tuple[str, float | None]


@dataclass(frozen=True)
class Suggestion:
    """What a filter can ask of a suggestion: value, score, agent, type."""

    question: str
    properties: Mapping[str, Any]
    updated_at: str


@dataclass(frozen=True)
class Response:
    """What a filter can ask of a response: its status, and its answers by question."""

    id: str
    user: str
    status: str
    answers: Mapping[str, Any]
    updated_at: str


@dataclass(frozen=True)
class Document:
    """A record as the index holds it; texts are folded."""

    id: str
    external_id: str | None
    status: str
    inserted_at: str
    updated_at: str
    texts: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    suggestions: Sequence[Suggestion] = ()
    responses: Sequence[Response] = ()
    vectors: Mapping[str, bytes] = field(default_factory=dict)


def scalars(value: Any) -> Iterator[Scalar]:
    """Yield what a filter or an order can use of a value: labels, terms, numbers."""
    for item in value if isinstance(value, list | tuple | set) else (value,):
        if isinstance(item, bool):
            yield str(item).lower(), None
        elif isinstance(item, int | float):
            yield str(item), float(item)
        elif isinstance(item, str) and len(item) <= _LONGEST:
            yield str(item), None


class Index:
    """The file of the index; safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    def is_sound(self) -> bool:
        """Return whether the file is there, undamaged, and of this version."""
        if not self.path.exists():
            return False
        try:
            connection = sqlite3.connect(self.path)
            try:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                return bool(version == VERSION) and connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            finally:
                connection.close()
        except sqlite3.DatabaseError:
            return False

    def make(self) -> None:
        """Make an empty file in place of what is there."""
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        with self.writing() as connection:
            for statement in SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    @property
    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes, the check at start brings back
            self._local.connection = connection
        made: sqlite3.Connection = self._local.connection
        return made

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a transaction that is taken back on any error."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def number(self, dataset: str) -> int:
        """Return the number of a dataset; -1, which no row has, if it is not known."""
        row = self.connection.execute("SELECT number FROM datasets WHERE id = ?", [dataset]).fetchone()
        return row[0] if row else -1

    def datasets(self) -> list[str]:
        """Return the ids of all datasets."""
        return [id_ for (id_,) in self.connection.execute("SELECT id FROM datasets")]

    def add_dataset(self, dataset: str) -> None:
        """Make a dataset known."""
        with self.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO datasets (id) VALUES (?)", [dataset])

    def drop_dataset(self, dataset: str) -> None:
        """Forget a dataset with all its records; one that is not known is no error."""
        with self.writing() as connection:
            number = self.number(dataset)
            recs = [rec for (rec,) in connection.execute("SELECT rec FROM records WHERE dataset = ?", [number])]
            _clear(connection, recs)
            connection.execute("DELETE FROM records WHERE dataset = ?", [number])
            connection.execute("DELETE FROM datasets WHERE number = ?", [number])

    def put(self, dataset: str, documents: Iterable[Document]) -> None:
        """Add records, or replace them with all that hangs on them."""
        with self.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO datasets (id) VALUES (?)", [dataset])
            number = self.number(dataset)
            for document in documents:
                _put(connection, number, document)

    def remove(self, records: Iterable[str]) -> None:
        """Remove records with all that hangs on them."""
        with self.writing() as connection:
            recs = [rec for id_ in records if (rec := _rec(connection, id_)) is not None]
            _clear(connection, recs)
            connection.executemany("DELETE FROM records WHERE rec = ?", [(rec,) for rec in recs])

    def update(self, record: str, **columns: str) -> None:
        """Change columns of a record."""
        sets = ", ".join(f"{name} = ?" for name in columns)
        with self.writing() as connection:
            connection.execute(f"UPDATE records SET {sets} WHERE id = ?", [*columns.values(), record])

    def put_response(self, record: str, response: Response) -> None:
        """Add or replace a response. A record that is not known waits for the check at start."""
        with self.writing() as connection:
            rec, number = _found(connection, record)
            _drop_response(connection, response.id)
            _put_response(connection, number, rec, response)

    def remove_response(self, response: str) -> None:
        """Remove a response."""
        with self.writing() as connection:
            _drop_response(connection, response)

    def put_suggestion(self, record: str, suggestion: Suggestion) -> None:
        """Add or replace the suggestion of a question."""
        with self.writing() as connection:
            rec, number = _found(connection, record)
            _drop_suggestion(connection, rec, suggestion.question)
            _put_suggestion(connection, number, rec, suggestion)

    def remove_suggestion(self, record: str, question: str) -> None:
        """Remove the suggestion of a question."""
        with self.writing() as connection:
            if (rec := _rec(connection, record)) is not None:
                _drop_suggestion(connection, rec, question)


def metadata_name(name: str) -> str:
    """Return the name under which a metadata property is held in `terms`."""
    return f"metadata {name}"


def suggestion_name(question: str, of: str) -> str:
    """Return the name under which a property of a suggestion is held in `terms`."""
    return f"suggestion {of} {question}"


def _rec(connection: sqlite3.Connection, record: str) -> int | None:
    row = connection.execute("SELECT rec FROM records WHERE id = ?", [record]).fetchone()
    return row[0] if row else None


def _found(connection: sqlite3.Connection, record: str) -> tuple[int, int]:
    """Return a record's rowid and the number of its dataset."""
    row: tuple[int, int] | None = connection.execute(
        "SELECT rec, dataset FROM records WHERE id = ?", [record]
    ).fetchone()
    if row is None:
        raise LookupError(f"record {record} is not in the search index; starting the server again puts it there")
    return row


def _put(connection: sqlite3.Connection, number: int, document: Document) -> None:
    priority = document.metadata.get(PRIORITY)
    row = (
        document.id, number, document.external_id, document.status, document.inserted_at, document.updated_at,
        zlib.crc32(document.id.encode()) >> 1, float(priority) if isinstance(priority, int | float) else None,
    )  # fmt: skip
    connection.execute(
        "INSERT INTO records (id, dataset, external_id, status, inserted_at, updated_at, shuffle, priority)"
        " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id,"
        " status = excluded.status, inserted_at = excluded.inserted_at, updated_at = excluded.updated_at,"
        " priority = excluded.priority",
        row,
    )
    rec, _ = _found(connection, document.id)
    _clear(connection, [rec])
    for name, body in document.texts.items():
        at = connection.execute("INSERT INTO texts (body) VALUES (?)", [body]).lastrowid
        connection.execute("INSERT INTO text_rows VALUES (?,?,?,?)", [at, rec, number, name])
    for name, value in document.metadata.items():
        _put_terms(connection, number, rec, metadata_name(name), value)
    for suggestion in document.suggestions:
        _put_suggestion(connection, number, rec, suggestion)
    for response in document.responses:
        _put_response(connection, number, rec, response)
    connection.executemany("INSERT INTO vectors VALUES (?,?,?)", [(rec, *item) for item in document.vectors.items()])


def _clear(connection: sqlite3.Connection, recs: Sequence[int]) -> None:
    """Remove all that hangs on records."""
    for rec in recs:
        rows = connection.execute("SELECT row FROM text_rows WHERE rec = ?", [rec]).fetchall()
        connection.executemany("DELETE FROM texts WHERE rowid = ?", rows)
        for table in _TABLES:
            connection.execute(f"DELETE FROM {table} WHERE rec = ?", [rec])


def _put_terms(connection: sqlite3.Connection, number: int, rec: int, name: str, value: Any) -> None:
    rows = [(rec, number, name, *scalar) for scalar in scalars(value)]
    connection.executemany("INSERT INTO terms VALUES (?,?,?,?,?)", rows)


def _put_suggestion(connection: sqlite3.Connection, number: int, rec: int, suggestion: Suggestion) -> None:
    for name, value in suggestion.properties.items():
        _put_terms(connection, number, rec, suggestion_name(suggestion.question, name), value)
    connection.execute("INSERT INTO suggestions VALUES (?,?,?)", [rec, suggestion.question, suggestion.updated_at])


def _drop_suggestion(connection: sqlite3.Connection, rec: int, question: str) -> None:
    names = [(rec, suggestion_name(question, of)) for of in ("value", "score", "agent", "type")]
    connection.executemany("DELETE FROM terms WHERE rec = ? AND name = ?", names)
    connection.execute("DELETE FROM suggestions WHERE rec = ? AND question = ?", [rec, question])


def _put_response(connection: sqlite3.Connection, number: int, rec: int, response: Response) -> None:
    row = (response.id, rec, number, response.user, response.status, response.updated_at)
    connection.execute("INSERT INTO responses VALUES (?,?,?,?,?,?)", row)
    rows = [
        (response.id, rec, number, response.user, question, *scalar)
        for question, value in response.answers.items()
        for scalar in scalars(value)
    ]
    connection.executemany("INSERT INTO answers VALUES (?,?,?,?,?,?,?)", rows)


def _drop_response(connection: sqlite3.Connection, response: str) -> None:
    connection.execute("DELETE FROM answers WHERE response = ?", [response])
    connection.execute("DELETE FROM responses WHERE id = ?", [response])
