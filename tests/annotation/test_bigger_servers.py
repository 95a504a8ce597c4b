"""Argilla over a real PostgreSQL and a real Redis: what it was given outlives a kill, and so do jobs that wait."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests import servers
from tests.argilla import Argilla

pytestmark = pytest.mark.slow
RATING = {"rating": {"type": "rating", "options": [{"value": value} for value in range(1, 6)]}}


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


def test_nothing_is_lost_when_the_server_is_killed(bigger: Argilla, queues: Redis) -> None:
    workspace = bigger.call("POST", "workspaces", {"name": "ከተማ"})["id"]
    dataset = bigger.dataset(workspace, "cities", settings=RATING, overlap=2)
    records = bigger.add(dataset, [{"external_id": f"r{at}", "fields": {"prompt": f"ጥያቄ {at}"}} for at in range(3)])
    user, token = bigger.person("amina", workspace)
    nobody = f"http://127.0.0.1:{servers.free_port()}/"
    bigger.call("POST", "webhooks", {"url": nobody, "events": ["response.created"]})
    answer = {"status": "submitted", "values": {"rating": {"value": 4}}}
    bigger.call("POST", f"records/{records[1]['id']}/responses", answer, token=token)
    deadline = time.monotonic() + 60
    while not queues.zcard("rq:scheduled:high") and time.monotonic() < deadline:  # the webhook is to be told later
        time.sleep(0.1)
    bigger.kill()
    assert not (bigger.folder / "argilla.db").exists()
    (bigger.folder / "index.db").unlink()
    assert queues.zcard("rq:scheduled:high") == 1
    bigger.restart()
    (kept,) = bigger.call("GET", f"records/{records[1]['id']}")["responses"]
    assert (kept["user_id"], kept["values"]) == (user, answer["values"])
    pending = {"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["pending"]}
    assert sorted(bigger.find(dataset, token, filters={"and": [pending]})[0]) == ["r0", "r2"]
    assert bigger.find(dataset, query={"text": {"q": "ጥያቄ"}})[1] == 3
