"""Argilla over real PostgreSQL and Redis, and over its own engine of OpenSearch: nothing is lost by a kill."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from annotation.pull import pull
from tests import servers
from tests.argilla import Argilla
from tests.campaigns import Fair, item
from tests.elastic.server import elastic

pytestmark = pytest.mark.slow
RATING = {"rating": {"type": "rating", "options": [{"value": value} for value in range(1, 6)]}}
PENDING = {"and": [{"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["pending"]}]}


@pytest.fixture
def queues(tmp_path: Path) -> Iterator[Redis]:
    """A Redis server of this test alone."""
    with servers.redis(tmp_path) as port, Redis(port=port) as client:
        yield client


@pytest.fixture
def bigger(tmp_path: Path, queues: Redis) -> Iterator[Argilla]:
    """An Argilla over PostgreSQL and Redis."""
    redis = f"redis://127.0.0.1:{queues.get_connection_kwargs()['port']}/0"
    with servers.postgresql() as database:
        server = Argilla(tmp_path / "server", database=database, redis=redis)
        yield server
        server.stop()


def test_a_campaign_of_hundreds_outlives_kills(bigger: Argilla, queues: Redis, tmp_path: Path) -> None:
    fair = Fair(tmp_path / "walk", bigger, wave=300, tasks={"reannotation": {"overlap": 2}})
    fair.sign_up("amina,ara", "badr,ara")
    assert fair.push(*(item(str(number)) for number in range(300))) == 300
    dataset = fair.datasets("amina")["ara", "reannotation"]
    nobody = f"http://127.0.0.1:{servers.free_port()}/"
    bigger.call("POST", "webhooks", {"url": nobody, "events": ["record.completed"]})
    answered = sorted(fair.queue("amina", dataset), key=lambda record: str(record["external_id"]))[:30]
    for name, num in (("amina", 30), ("badr", 10)):
        for record in answered[:num]:
            fair.answer(name, record, approved="up", prompt="ما؟", completion=f"{name} {record['external_id']}")
    deadline = time.monotonic() + 60
    while queues.zcard("rq:scheduled:high") < 10 and time.monotonic() < deadline:  # webhooks are to be told later
        time.sleep(0.1)
    bigger.kill()  # between submit and pull
    assert not (bigger.folder / "argilla.db").exists()
    (bigger.folder / "index.db").unlink()
    assert queues.zcard("rq:scheduled:high") == 10
    bigger.restart()
    assert len(fair.queue("badr", dataset)) == 290
    fair.die_while_pulling(0.6, 1.2, 1.8)
    read = fair.pull()
    assert (read.refused, fair.pull().new) == ({}, 0)
    responses = fair.book().responses()
    assert len(responses) == len(set(responses["id"].to_pylist())) == 40
    with fair.desk() as desk:
        assert pull(desk, whole=True).new == 0
    assert (len(fair.queue("amina", dataset)), fair.push()) == (270, 0)


def test_a_search_engine_by_setting_is_waited_for_and_filled_again(tmp_path: Path) -> None:
    port = servers.free_port()
    made: list[Argilla] = []
    said: list[str] = []

    def start() -> None:
        url = f"http://aya:secret@127.0.0.1:{port}"
        made.append(Argilla(tmp_path, said, search="opensearch", search_url=url))

    starting = threading.Thread(target=start)
    starting.start()
    deadline = time.monotonic() + 60
    while f"waiting for opensearch at http://127.0.0.1:{port}" not in said and time.monotonic() < deadline:
        time.sleep(0.1)
    with elastic(port=port, product="OpenSearch") as engine:
        starting.join()
        (argilla,) = made
        workspace = argilla.call("POST", "workspaces", {"name": "ከተማ"})["id"]
        dataset = argilla.dataset(workspace, "cities", settings=RATING)
        rows = [{"external_id": f"r{at}", "fields": {"prompt": f"city {at}"}} for at in range(3)]
        records = argilla.add(dataset, rows)
        _, token = argilla.person("amina", workspace)
        answer = {"status": "submitted", "values": {"rating": {"value": 4}}}
        argilla.call("POST", f"records/{records[1]['id']}/responses", answer, token=token)
        argilla.kill()
        engine.indexes.clear()
        argilla.restart()
        assert "indexing cities: 3 records" in argilla.said
        assert sorted(argilla.find(dataset, token, filters=PENDING)[0]) == ["r0", "r2"]
        assert argilla.find(dataset, query={"text": {"q": "city"}})[1] == 3
        argilla.stop()
    assert {"PUT INDEX", "POST /_bulk", "POST INDEX/_search", "POST INDEX/_update"} <= {*engine.asked}
