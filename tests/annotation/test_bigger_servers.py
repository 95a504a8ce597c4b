"""Argilla over a real PostgreSQL and a real Redis: nothing is lost by a kill, and jobs that wait are still there."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from annotation.pull import pull
from tests import servers
from tests.argilla import Argilla
from tests.campaigns import Fair, item

pytestmark = pytest.mark.slow


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
