"""The embedded engine against Argilla's own: the same records and queries go to two real servers.

One has the embedded engine; the other has Argilla's engine of Elasticsearch, unchanged, whose queries an interpreter of
Elasticsearch's query language answers (`tests/elastic`): what is compared with is what Argilla asks, not our reading.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.argilla import Argilla
from tests.elastic.server import Elastic, elastic
from tests.labelled import LABELS, LANGUAGES, PEOPLE, SETTINGS, Query, body, row
from tests.servers import free_port

pytestmark = [pytest.mark.xdist_group("argilla"), pytest.mark.slow]

WORDS = ("rivers", "north", "capital", "name", "three")  # none is a part of another; the fixed texts have them all


@dataclass
class Side:
    """A data set in one of the servers, and who is who there."""

    argilla: Argilla
    name: str
    people: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        workspace = self.argilla.call("POST", "workspaces", {"name": self.name})["id"]
        self.people = {name: self.argilla.person(f"{name}-{self.name}", workspace) for name in PEOPLE}
        settings = SETTINGS | {"#number": {"type": "integer"}}
        self.dataset = self.argilla.dataset(workspace, self.name, settings=settings, overlap=2)
        asked = self.argilla.call("GET", f"datasets/{self.dataset}/questions")["items"]
        self.questions = {item["name"]: item["id"] for item in asked}

    def put(self, rows: dict[str, Query]) -> None:
        """Add records, or replace those with the same ids; in another call, let one person answer one of them."""
        users = {name: id_ for name, (id_, _) in self.people.items()}
        bodies = [body(id_, rows[id_], self.questions, users) for id_ in rows]
        self.argilla.call("PUT", f"datasets/{self.dataset}/records/bulk", {"items": bodies})

    def ask(self, who: str | None, **query: Any) -> tuple[list[str], int]:
        """Return what a query finds, in order, and how much."""
        return self.argilla.find(self.dataset, self.people[who][1] if who else None, **query)


@dataclass
class Upstream:
    """A server with Argilla's own engine, started before the search engine that it asks was there."""

    argilla: Argilla
    engine: Elastic


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    """Yield the other server."""
    port, said, made = free_port(), list[str](), list[Argilla]()
    settings = {"search": "elasticsearch", "search_url": f"http://aya:secret@127.0.0.1:{port}"}
    folder = tmp_path_factory.mktemp("upstream")
    starting = threading.Thread(target=lambda: made.append(Argilla(folder, said, **settings)))
    starting.start()
    deadline = time.monotonic() + 120
    while not any(state.startswith("waiting") for state in said) and time.monotonic() < deadline:
        time.sleep(0.1)
    with elastic(port=port) as engine:
        starting.join()
        yield Upstream(made[0], engine)
        made[0].stop()


@pytest.fixture(scope="module")
def sides(argilla: Argilla, upstream: Upstream) -> list[Side]:
    """Return the same data set in the server with the embedded engine and in the one with Argilla's own."""
    return [Side(argilla, "compared"), Side(upstream.argilla, "compared")]


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


def some_order(chance: random.Random) -> Query:
    scopes: list[Query] = [
        {"entity": "metadata", "metadata_property": chance.choice(("language", "length", "perplexity"))},
        {"entity": "suggestion", "question": chance.choice(("rating", "label")), "property": "score"},
        {"entity": "suggestion", "question": "rating", "property": "value"},
        {"entity": "record", "property": "status"},
        {"entity": "response", "question": "rating"},
    ]
    return {"scope": chance.choice(scopes), "order": chance.choice(("asc", "desc"))}


def some_text(chance: random.Random) -> str:
    words = [f"{chance.choice(('', '', '-'))}{word}" for word in chance.sample(WORDS, chance.choice((1, 2, 3)))]
    joined = chance.choice((" ", " | ")).join(words)
    return chance.choice((joined, f"({joined}) | {chance.choice(WORDS)}", f'"of the north" {joined}'))


@settings(max_examples=15)
@given(chance=st.randoms(use_true_random=True))
def test_both_engines_find_the_same_records_in_the_same_order(sides: list[Side], chance: random.Random) -> None:
    rows = {f"r{number}": row(chance) for number in range(chance.randrange(1, 7))}
    for number, made in enumerate(rows.values()):
        made["metadata"]["number"] = number
    for side in sides:
        side.put(rows)
    by_number = {"scope": {"entity": "metadata", "metadata_property": "number"}, "order": "asc"}
    for _ in range(10):
        who = chance.choice((*PEOPLE, None))
        query: Query = {"sort": [some_order(chance), by_number]}
        if filters := [some_filter(chance) for _ in range(chance.choice((0, 1, 1, 2)))]:
            query["filters"] = {"and": filters}
        if chance.random() < 0.3:
            field_ = chance.choice(({}, {"field": "completion"}))
            query["query"] = {"text": {"q": some_text(chance)} | field_}
        ours, theirs = (side.ask(who, **query) for side in sides)
        assert ours == theirs, (who, query)


def test_both_engines_follow_what_people_do(sides: list[Side]) -> None:
    rows = {f"s{number}": row(random.Random(number)) | {"responses": {}} for number in range(4)}
    for side in sides:
        side.put(rows)
    scope = {"entity": "response", "property": "status"}

    def waiting(who: str, status: str) -> list[list[str]]:
        filters = {"and": [{"type": "terms", "scope": scope, "values": [status]}]}
        found = [side.ask(who, filters=filters, limit=1000)[0] for side in sides]
        return [sorted(id_ for id_ in ids if id_ in rows) for ids in found]

    responses = []
    for side in sides:
        records = side.argilla.call("GET", f"datasets/{side.dataset}/records?limit=1000")["items"]
        ids = {record["external_id"]: record["id"] for record in records}
        token = side.people["amina"][1]
        said = {"status": "submitted", "values": {"rating": {"value": 2}}}
        responses.append(side.argilla.call("POST", f"records/{ids['s1']}/responses", said, token=token)["id"])
        side.argilla.call("DELETE", f"datasets/{side.dataset}/records?ids={ids['s3']}")
    assert waiting("amina", "pending") == [["s0", "s2"]] * 2
    assert waiting("amina", "submitted") == [["s1"]] * 2
    for side, response in zip(sides, responses, strict=True):
        changed = {"status": "discarded", "values": {}}
        side.argilla.call("PUT", f"responses/{response}", changed, token=side.people["amina"][1])
    assert waiting("amina", "discarded") == [["s1"]] * 2
    for side, response in zip(sides, responses, strict=True):
        side.argilla.call("DELETE", f"responses/{response}", token=side.people["amina"][1])
    assert waiting("amina", "pending") == [["s0", "s1", "s2"]] * 2
    ours, theirs = (side.argilla.call("GET", f"datasets/{side.dataset}/progress") for side in sides)
    assert {name: ours[name] for name in ("total", "completed", "pending")}.items() <= theirs.items()


def test_a_search_engine_is_waited_for_and_filled_again_even_another_one(sides: list[Side], upstream: Upstream) -> None:
    theirs, engine = upstream.argilla, upstream.engine
    assert f"waiting for elasticsearch at {engine.url}" in theirs.said  # without the password
    assert {"PUT INDEX", "POST INDEX/_search", "POST INDEX/_update"} <= {*engine.asked}
    before = sides[1].ask("badr", limit=1000)
    theirs.kill()
    engine.indexes.clear()
    theirs.settings = theirs.settings.model_copy(update={"search": "opensearch"})
    theirs.restart()
    assert f"indexing compared: {before[1]} records" in theirs.said
    found, total = sides[1].ask("badr", limit=1000)
    assert (sorted(found), total) == (sorted(before[0]), before[1])
