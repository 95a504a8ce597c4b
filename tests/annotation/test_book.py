import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.book import Book
from annotation.tables import ITEMS, PEOPLE, RESPONSES
from tests.strategies import texts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Return an empty book."""
    return Book(tmp_path / "book.sqlite")


def item(id_: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": id_, "task": "original", "language": "yor", "script": "Latn", "prompt": "", "harmful": False} | more


def response(id_: str = "r", *, minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = NOON + timedelta(minutes=minutes)
    return {"id": id_, "item": "1", "annotator": "a" * 64, "status": "draft", "values": "{}", "updated_at": at} | more


def test_an_empty_book_has_the_tables_of_a_campaign(book: Book) -> None:
    assert (book.items().schema, book.responses().schema, book.people().schema) == (ITEMS, RESPONSES, PEOPLE)
    assert len(book.items()) == len(book.responses()) == len(book.people()) == 0


def test_writing_twice_changes_nothing(book: Book) -> None:
    assert (book.put_items([item("1"), item("2")]), book.put_items([item("1"), item("2")])) == (2, 0)
    assert book.items()["id"].to_pylist() == ["1", "2"]


def test_a_later_answer_replaces_an_earlier_one_whatever_comes_first(book: Book) -> None:
    book.put_responses([response(status="submitted", minutes=5)])
    book.put_responses([response(status="draft")])
    (row,) = book.responses().to_pylist()
    assert (row["status"], row["updated_at"]) == ("submitted", NOON + timedelta(minutes=5))


def test_who_withdrew_stays_withdrawn(book: Book) -> None:
    person = {"annotator": "a", "languages": ["yor", "hau"], "joined_at": NOON}
    book.put_people([person])
    assert (book.withdraw("a"), book.withdraw("b")) == (True, False)
    book.put_people([person | {"country": "NG"}])
    (row,) = book.people().to_pylist()
    assert (row["withdrawn"], row["country"], row["languages"]) == (True, "NG", ["yor", "hau"])


def test_the_file_is_for_its_owner_alone(book: Book) -> None:
    assert book.path.stat().st_mode & 0o777 == 0o600


def test_a_column_that_is_not_there_is_an_error(book: Book) -> None:
    with pytest.raises(ValueError, match="items have no column 'colour'"):
        book.put_items([item(colour="red")])


@given(prompt=texts(), priority=st.floats(-1, 9), harmful=st.booleans())
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_comes_back_as_it_went_in(book: Book, prompt: str, priority: float, harmful: bool) -> None:
    made = item("x", prompt=prompt, priority=priority, harmful=harmful)
    book.put_items([made])
    (row,) = book.items().to_pylist()
    assert {name: row[name] for name in made} == made


def test_a_second_book_on_the_file_reads_what_the_first_wrote(book: Book) -> None:
    book.put_sent([{"item": "1", "record": "u", "dataset": "d"}])
    book.put_note("cursor", "7")
    other = Book(book.path)
    assert (other.sent(), other.note("cursor"), other.note("nothing")) == ({"1": "d"}, "7", None)


WRITER = """
import sys
from pathlib import Path
from annotation.book import Book
book = Book(Path(sys.argv[1]))
for start in range(0, 10**9, 100):
    book.put_items([{"id": f"{start:09}-{number:02}", "prompt": "ẹ kú àárọ̀"} for number in range(100)])
    print(start, flush=True)
"""


def test_a_killed_writer_leaves_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "book.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        said = [int(writer.stdout.readline()) for _ in range(5)]
        os.kill(writer.pid, signal.SIGKILL)
    num = len(Book(path).items())
    assert num % 100 == 0
    assert num >= said[-1] + 100
