"""A small server that Argilla tells of every answer, so that nothing has to be asked for.

A message only says that it is time to read: what counts is read from Argilla itself, so a message that is lost, forged
or sent twice changes nothing. Its signature is checked all the same (https://www.standardwebhooks.com).
"""

import base64
import binascii
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from annotation.argilla_api import Argilla

EVENTS: Final = ("response.created", "response.updated")
SKEW: Final = 300
"""Seconds that a message may be old, or early."""
LARGEST: Final = 10_000_000  # bytes of a message


def genuine(body: bytes, headers: Mapping[str, str], *, secret: str, now: float) -> bool:
    """Return whether a message was signed with the secret of the webhook, less than five minutes ago."""
    given = {name.lower(): value for name, value in headers.items()}
    id_, at, signatures = (given.get(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not (id_ and at and signatures and at.isascii() and at.isdigit()) or abs(now - int(at)) > SKEW:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
    except binascii.Error:
        return False
    right = base64.b64encode(hmac.new(key, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(f"v1,{right}".encode(), text.encode()) for text in signatures.split())


@contextmanager
def listening(argilla: Argilla, *, host: str, port: int) -> Iterator[threading.Event]:
    """Yield an event that is set by every genuine message; Argilla is told to send them here, and in the end not to."""
    told = threading.Event()
    secrets: list[str] = []
    server = ThreadingHTTPServer((host, port), _handler(told, secrets))
    url = f"http://{host}:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        for old in argilla.get("webhooks")["items"]:  # of a run that was killed
            if old["url"] == url:
                argilla.delete(f"webhooks/{old['id']}")
        webhook = argilla.post("webhooks", {"url": url, "events": list(EVENTS), "description": "aya annotate pull"})
        secrets.append(webhook["secret"])
        try:
            yield told
        finally:
            argilla.delete(f"webhooks/{webhook['id']}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(told: threading.Event, secrets: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = self.headers.get("content-length", "0")
            body = self.rfile.read(min(int(size) if size.isdigit() else 0, LARGEST))
            good = any(genuine(body, dict(self.headers.items()), secret=secret, now=time.time()) for secret in secrets)
            if good:
                told.set()
            self.send_response(204 if good else 401)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # upstream's name
            """Say nothing: messages hold people's texts."""

    return Handler
