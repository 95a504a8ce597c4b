"""The server's one process tells webhooks of what people do, and tells again whom it could not reach."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from annotation.webhook import genuine
from tests.argilla import Argilla

pytestmark = [pytest.mark.xdist_group("argilla"), pytest.mark.slow]
Message = tuple[bytes, dict[str, str]]


class Receiver(ThreadingHTTPServer):
    """Answers with the next of `codes`, later with 204, and keeps what it was told."""

    def __init__(self, codes: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes, self.told = codes, Queue[Message]()


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.server.codes.pop(0) if self.server.codes else 204)
        self.end_headers()
        self.server.told.put((body, dict(self.headers.items())))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # upstream's name
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that fails once."""
    with Receiver([500]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_webhook_that_failed_is_told_again(argilla: Argilla, receiver: Receiver) -> None:
    workspace = argilla.call("POST", "workspaces", {"name": "webhook"})["id"]
    rating: dict[str, Any] = {"type": "rating", "options": [{"value": value} for value in range(1, 6)]}
    dataset = argilla.dataset(workspace, "webhook", settings={"rating": rating})
    (record,) = argilla.add(dataset, [{"external_id": "1", "fields": {"prompt": "Kí ni èyí?"}}])
    user, token = argilla.person("hawa", workspace)
    url = f"http://127.0.0.1:{receiver.server_port}/"
    webhook = argilla.call("POST", "webhooks", {"url": url, "events": ["response.created"]})
    answer = {"status": "submitted", "values": {"rating": {"value": 4}}}
    argilla.call("POST", f"records/{record['id']}/responses", answer, token=token)
    (failed, _), (body, headers) = (receiver.told.get(timeout=60) for _ in range(2))  # Argilla waits 10 s between
    argilla.call("DELETE", f"webhooks/{webhook['id']}")
    assert json.loads(failed) == json.loads(body)
    assert genuine(body, headers, secret=webhook["secret"], now=int(headers["webhook-timestamp"]))
    told = json.loads(body)
    assert (told["type"], told["data"]["user"]["id"], told["data"]["values"]) == (
        "response.created",
        user,
        answer["values"],
    )
