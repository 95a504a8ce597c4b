"""The embedded engine, through the real server, against Argilla's queries written out in plain Python.

What Elasticsearch would answer follows from Argilla's query builder (`argilla_server/search_engine/commons.py`): a
filter is a term or a range on a document, responses are nested documents of their own, `pending` is that there is none.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from annotation.engine.text import fold
from tests.argilla import Argilla

pytestmark = [pytest.mark.xdist_group("argilla"), pytest.mark.slow]

RECORDS, PEOPLE = 300, ("amina", "badr", "chen")
LANGUAGES, LABELS = ("amh", "arb", "tha", "yor", "zho"), ("qa", "summary", "translation")
TEXTS = (
    "የኢትዮጵያ ዋና ከተማ ማን ናት", "ما هي عاصمةُ المغرب", "法国的首都是哪里", "เมืองหลวงของไทยชื่ออะไร", "Kí ni olú ìlú Nàìjíríà",
    "भारत की राजधानी क्या है", "తెలంగాణ రాజధాని ఏది", "မြန်မာနိုင်ငံ၏မြို့တော်", "Name the capital, café or naïve",
    "Three rivers of the North",
)  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "rating": {"type": "rating", "options": [{"value": value} for value in range(1, 6)]},
    "label": {"type": "label_selection", "options": [{"value": name, "text": name} for name in LABELS]},
    "labels": {"type": "multi_label_selection", "options": [{"value": name, "text": name} for name in LABELS]},
    "#language": {"type": "terms"},
    "#length": {"type": "integer"},
    "#perplexity": {"type": "float"},
}
Query = dict[str, Any]


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


def row(chance: random.Random) -> Query:
    """Return a record by chance: three fields may be missing, up to three people have answered."""
    metadata = {
        "language": chance.choice(LANGUAGES), "length": chance.randrange(40), "perplexity": chance.randrange(80) / 4,
    }  # fmt: skip
    suggestions = {
        "rating": (chance.randrange(1, 6), chance.randrange(8) / 8), "label": (chance.choice(LABELS), None),
        "labels": (chance.sample(LABELS, 2), [chance.randrange(8) / 8, chance.randrange(8) / 8]),
    }  # fmt: skip
    answered = chance.sample(PEOPLE, chance.choice((0, 0, 0, 1, 1, 2, 3)))
    return {
        "prompt": " ".join(chance.sample(TEXTS, 2)),
        "completion": chance.choice(TEXTS),
        "metadata": {name: value for name, value in metadata.items() if chance.random() < 0.9},
        "suggestions": {name: value for name, value in suggestions.items() if chance.random() < 0.7},
        "responses": {name: answer(chance) for name in answered},
    }


def answer(chance: random.Random) -> Query:
    values = {
        "rating": chance.randrange(1, 6), "label": chance.choice(LABELS), "labels": chance.sample(LABELS, 2),
    }  # fmt: skip
    return {"status": chance.choice(("submitted", "submitted", "draft", "discarded")), "values": values}


def body(id_: str, row: Query, questions: dict[str, str], users: dict[str, str]) -> Query:
    suggestions = [
        {"question_id": questions[name], "value": value, "score": score, "agent": f"model-{name}"}
        for name, (value, score) in row["suggestions"].items()
    ]
    responses = [
        {"user_id": users[name], "status": a["status"], "values": {q: {"value": v} for q, v in a["values"].items()}}
        for name, a in row["responses"].items()
    ]
    fields = {"prompt": row["prompt"], "completion": row["completion"]}
    return {"external_id": id_, "fields": fields, "metadata": row["metadata"], "suggestions": suggestions,
            "responses": responses}  # fmt: skip


def values_of(row: Query, scope: Query, user: str | None) -> list[Any]:
    """Return the values of a record that a filter over that scope looks at."""
    entity = scope["entity"]
    if entity == "metadata":
        found = row["metadata"].get(scope["metadata_property"])
    elif entity == "suggestion":
        given = row["suggestions"].get(scope["question"])
        found = None
        if given:
            found = {"value": given[0], "score": given[1], "agent": f"model-{scope['question']}"}[scope["property"]]
    elif entity == "record":
        submitted = sum(answer["status"] == "submitted" for answer in row["responses"].values())
        found = "completed" if submitted >= 2 else "pending"
    else:
        answers = [answer for name, answer in row["responses"].items() if user in (None, name)]
        many = [answer["values"][scope["question"]] for answer in answers]
        found = [item for value in many for item in (value if isinstance(value, list) else [value])]
    return [] if found is None else found if isinstance(found, list) else [found]


def holds(row: Query, wanted: Query, user: str | None) -> bool:
    scope = wanted["scope"]
    if scope["entity"] == "response" and scope.get("property") == "status":
        statuses = [answer["status"] for name, answer in row["responses"].items() if user in (None, name)]
        return any(status in wanted["values"] for status in statuses) or (
            "pending" in wanted["values"] and not statuses
        )
    values = values_of(row, scope, user)
    if wanted["type"] == "terms":
        return any(str(value) in wanted["values"] for value in values)
    return any(wanted.get("ge", value) <= value <= wanted.get("le", value) for value in values)


def some_filter(chance: random.Random) -> Query:
    def terms(values: tuple[Any, ...]) -> Query:
        return {"type": "terms", "values": [str(value) for value in chance.sample(values, chance.choice((1, 2)))]}

    def between(most: float) -> Query:
        low, high = sorted((chance.uniform(0, most), chance.uniform(0, most)))
        return {"type": "range"} | chance.choice(({"ge": low}, {"le": high}, {"ge": low, "le": high}))

    def of(entity: str, **more: str) -> Query:
        return {"scope": {"entity": entity, **more}}

    numbers = tuple(range(1, 6))
    kinds: list[Callable[[], Query]] = [
        lambda: of("metadata", metadata_property="language") | terms(LANGUAGES),
        lambda: of("metadata", metadata_property="length") | terms(tuple(range(40))),
        lambda: of("metadata", metadata_property="length") | between(40),
        lambda: of("metadata", metadata_property="perplexity") | between(20),
        lambda: of("suggestion", question="rating", property="value") | chance.choice((terms(numbers), between(6))),
        lambda: of("suggestion", question="labels", property="value") | terms(LABELS),
        lambda: of("suggestion", question=chance.choice(("rating", "labels")), property="score") | between(1),
        lambda: of("suggestion", question="label", property="agent") | terms(("model-label", "nobody")),
        lambda: of("record", property="status") | terms(("pending", "completed")),
        lambda: of("response", property="status") | terms(("pending", "submitted", "draft", "discarded")),
        lambda: of("response", question="rating") | chance.choice((terms(numbers), between(6))),
        lambda: of("response", question=chance.choice(("label", "labels"))) | terms(LABELS),
    ]
    return chance.choice(kinds)()


@pytest.mark.parametrize("seed", range(30))
def test_filters_find_what_upstream_finds(book: Book, seed: int) -> None:
    chance = random.Random(seed)
    user = chance.choice((*PEOPLE, None))
    filters = [some_filter(chance) for _ in range(chance.choice((1, 1, 2, 3)))]
    want = {id_ for id_, row in book.rows.items() if all(holds(row, wanted, user) for wanted in filters)}
    token = book.tokens[user] if user else None
    found, total = book.argilla.find(book.dataset, token, filters={"and": filters})
    assert total == len(want), filters
    assert len(found) == min(total, 100)
    assert set(found) <= want
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("scope", "key"),
    [
        ({"entity": "metadata", "metadata_property": "perplexity"}, lambda row: row["metadata"].get("perplexity")),
        ({"entity": "metadata", "metadata_property": "language"}, lambda row: row["metadata"].get("language")),
        (
            {"entity": "suggestion", "question": "rating", "property": "score"},
            lambda row: row["suggestions"].get("rating", (0, None))[1],
        ),
        (
            {"entity": "response", "question": "rating"},
            lambda row: row["responses"].get("amina", {"values": {"rating": None}})["values"]["rating"],
        ),
    ],
)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_orders_are_by_value_with_the_missing_last(
    book: Book, scope: Query, key: Callable[[Query], Any], order: str
) -> None:
    keys, ids = [], set()
    for offset in range(0, RECORDS, 200):
        page, total = book.argilla.find(
            book.dataset, book.tokens["amina"], sort=[{"scope": scope, "order": order}], offset=offset, limit=200
        )
        keys += [key(book.rows[id_]) for id_ in page]
        ids |= set(page)
    given = [value for value in keys if value is not None]
    assert total == len(keys) == len(ids) == RECORDS
    assert given == sorted(given, reverse=order == "desc")
    assert keys == given + [None] * (RECORDS - len(given))


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
    assert progress["completed"] == sum(
        values_of(row, {"entity": "record"}, None) == ["completed"] for row in book.rows.values()
    )


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
