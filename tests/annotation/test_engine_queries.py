"""The embedded engine, through the real server: what it does as it wants, not as Elasticsearch does."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from annotation.engine.text import fold
from tests.argilla import Argilla
from tests.labelled import LANGUAGES, PEOPLE, SETTINGS, TEXTS, Query, body, row

pytestmark = [pytest.mark.xdist_group("argilla"), pytest.mark.slow]

RECORDS = 150


@dataclass
class Book:
    """A dataset in the server, and the same in Python."""

    argilla: Argilla
    dataset: str
    tokens: dict[str, str]
    rows: dict[str, Query] = field(default_factory=dict)


@pytest.fixture(scope="module")
def book(argilla: Argilla) -> Book:
    workspace = argilla.call("POST", "workspaces", {"name": "queries"})["id"]
    people = {name: argilla.person(name, workspace) for name in PEOPLE}
    dataset = argilla.dataset(workspace, "queries", settings=SETTINGS, overlap=2)
    questions = {item["name"]: item["id"] for item in argilla.call("GET", f"datasets/{dataset}/questions")["items"]}
    chance = random.Random(7)
    made = Book(argilla, dataset, {name: token for name, (_, token) in people.items()})
    for number in range(RECORDS):
        made.rows[f"r{number}"] = row(chance)
    bodies = [body(id_, made.rows[id_], questions, {n: i for n, (i, _) in people.items()}) for id_ in made.rows]
    argilla.add(dataset, bodies)
    return made


@pytest.mark.parametrize("query", ["首都", "หลวง", "capital", "cafe", "المغرب", "ከተማ", "राज", "ర", "olu ilu", "မြို့တော်"])
def test_a_text_is_found_in_any_script(book: Book, query: str) -> None:
    """Upstream finds whole words of space-separated scripts; here, every record that holds each part as a text."""

    def bodies(row: Query) -> list[str]:
        return [fold(row["prompt"]), fold(row["completion"])]

    want = {
        id_ for id_, row in book.rows.items()
        if all(any(fold(word) in body for body in bodies(row)) for word in query.split())
    }  # fmt: skip
    found, total = book.argilla.find(book.dataset, query={"text": {"q": query}})
    assert 0 < total == len(want)
    assert set(found) <= want
    of_field = {id_ for id_, row in book.rows.items() if all(fold(w) in fold(row["completion"]) for w in query.split())}
    assert book.argilla.find(book.dataset, query={"text": {"q": query, "field": "completion"}})[1] == len(of_field)


def test_words_join_by_and_or_and_not(book: Book) -> None:
    def has(row: Query, text: str) -> bool:
        return fold(text) in fold(row["prompt"]) or fold(text) in fold(row["completion"])

    want = sum((has(row, "rivers") and not has(row, "首都")) or has(row, "राजधानी क्या") for row in book.rows.values())
    assert book.argilla.find(book.dataset, query={"text": {"q": 'rivers -首都 | "राजधानी क्या"'}})[1] == want


def test_each_annotator_has_an_order_of_their_own_that_pages_do_not_tear(book: Book) -> None:
    whole = {name: book.argilla.find(book.dataset, book.tokens[name])[0] for name in PEOPLE}
    pages = [
        id_ for offset in range(0, 100, 10)
        for id_ in book.argilla.find(book.dataset, book.tokens["badr"], offset=offset, limit=10)[0]
    ]  # fmt: skip
    assert pages == whole["badr"]
    assert len({tuple(order[:10]) for order in whole.values()}) == 3


def test_a_higher_priority_comes_first_in_every_queue(argilla: Argilla) -> None:
    workspace = argilla.call("POST", "workspaces", {"name": "priority"})["id"]
    dataset = argilla.dataset(workspace, "priority", settings={"rating": SETTINGS["rating"]})
    priorities = [2, 0.5, None, 10, 2, -1, None, 2, 10, 0.5, 2, None]
    rows: list[Query] = [
        {"external_id": str(at), "fields": {"prompt": TEXTS[0]}, "metadata": {} if of is None else {"priority": of}}
        for at, of in enumerate(priorities)
    ]
    argilla.add(dataset, rows)
    orders = [argilla.find(dataset, argilla.person(name, workspace)[1])[0] for name in ("esi", "farid", "gao")]
    for order in orders:
        shown = [priorities[int(id_)] for id_ in order]
        assert shown == [10, 10, 2, 2, 2, 2, 0.5, 0.5, -1, None, None, None]
    assert len({tuple(order) for order in orders}) > 1  # those of one priority are shuffled


VECTORS = {"east": [2.0, 0.0], "north": [0.0, 1.0], "west": [-3.0, 0.0], "north-east": [1.0, 1.0]}
NEAR_EAST = {"east": 1.0, "north-east": (1 + 0.5**0.5) / 2, "north": 0.5, "west": 0.0}  # (1 + cosine) / 2


def test_records_are_found_by_likeness(argilla: Argilla) -> None:
    workspace = argilla.call("POST", "workspaces", {"name": "likeness"})["id"]
    settings = {"rating": SETTINGS["rating"], "#language": {"type": "terms"}}
    dataset = argilla.dataset(workspace, "likeness", settings=settings)
    argilla.call("POST", f"datasets/{dataset}/vectors-settings", {"name": "place", "title": "place", "dimensions": 2})
    rows: list[Query] = [
        {"external_id": name, "fields": {"prompt": name}, "vectors": {"place": at}, "metadata": {"language": name[0]}}
        for name, at in VECTORS.items()
    ]
    rows.append({"external_id": "nowhere", "fields": {"prompt": "?"}})
    ids = {row["external_id"]: row["id"] for row in argilla.add(dataset, rows)}

    def near(limit: int = 10, **more: Any) -> dict[str, float]:
        body = {"query": {"vector": {"name": "place"} | more.pop("vector")}, **more}
        answer = argilla.call("POST", f"datasets/{dataset}/records/search?limit={limit}", body)
        return {item["record"]["external_id"]: item["query_score"] for item in answer["items"]}

    found = near(vector={"value": [5.0, 0.0]})
    assert list(found) == list(NEAR_EAST)
    assert found == pytest.approx(NEAR_EAST, abs=1e-6)
    assert list(near(vector={"value": [5.0, 0.0], "order": "least_similar"})) == [*NEAR_EAST][::-1]
    assert list(near(vector={"record_id": ids["east"]})) == ["north-east", "north", "west"]
    assert list(near(2, vector={"value": [0.0, 7.0]})) == ["north", "north-east"]
    scope = {"entity": "metadata", "metadata_property": "language"}
    northern = {"and": [{"type": "terms", "scope": scope, "values": ["n"]}]}
    assert list(near(vector={"value": [5.0, 0.0]}, filters=northern)) == ["north-east", "north"]


def test_progress_counts_ones_own_responses(book: Book) -> None:
    """Elasticsearch counts those of everybody on the records that this person answered, which is wrong."""
    statuses = [row["responses"]["chen"]["status"] for row in book.rows.values() if "chen" in row["responses"]]
    counted = book.argilla.call("GET", f"me/datasets/{book.dataset}/metrics", token=book.tokens["chen"])["responses"]
    want = {name: statuses.count(name) for name in ("submitted", "draft", "discarded")}
    assert counted == {"total": RECORDS, **want, "pending": RECORDS - len(statuses)}
    progress = book.argilla.call("GET", f"datasets/{book.dataset}/progress")
    assert progress["total"] == RECORDS
    submitted = [[a["status"] for a in row["responses"].values()].count("submitted") for row in book.rows.values()]
    assert progress["completed"] == sum(num >= 2 for num in submitted)


def test_metadata_are_counted(book: Book) -> None:
    properties = book.argilla.call("GET", f"me/datasets/{book.dataset}/metadata-properties")["items"]
    metrics = {
        item["name"]: book.argilla.call("GET", f"metadata-properties/{item['id']}/metrics") for item in properties
    }
    lengths = [row["metadata"]["length"] for row in book.rows.values() if "length" in row["metadata"]]
    languages = [row["metadata"]["language"] for row in book.rows.values() if "language" in row["metadata"]]
    assert metrics["length"] == {"type": "integer", "min": min(lengths), "max": max(lengths)}
    assert metrics["language"]["total"] == len(languages)
    assert {item["term"]: item["count"] for item in metrics["language"]["values"]} == {
        code: languages.count(code) for code in LANGUAGES
    }
