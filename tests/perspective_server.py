"""A server on this machine that behaves as Perspective API does: scores, quotas, languages it does not know, keys."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "a-key"
BAD = {"bad": 0.5, "idiot": 0.9, "سيئ": 0.7, "bête": 0.6}
"""What the greatest score of a word in a text is; of all other texts it is .1."""


def toxic(text: str) -> float:
    return max((score for word, score in BAD.items() if word in text), default=0.1)


class PerspectiveServer:
    """`asked` has every body that came, `refused` how many of them were refused for the quota: every third, once."""

    def __init__(self, *, quota: bool = False) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.refused = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(body)
                outer.paths.append(self.path)
                status, said = outer.answer(body, self.headers.get("X-Goog-Api-Key"))
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._quota = quota
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def answer(self, body: dict[str, Any], key: str | None) -> tuple[int, dict[str, Any]]:
        if key != KEY:
            return 400, {"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}
        if self._quota and len(self.asked) % 3 == 0:
            self.refused += 1
            return 429, {"error": {"code": 429, "message": "Quota exceeded"}}
        if not body["comment"]["text"].strip():
            return 400, {"error": {"code": 400, "message": "COMMENT_EMPTY"}}
        if body["languages"] == ["sv"]:
            return 400, {"error": {"code": 400, "message": "Attribute TOXICITY does not support request languages: sv"}}
        (attribute,) = body["requestedAttributes"]
        value = toxic(body["comment"]["text"])
        return 200, {"attributeScores": {attribute: {"summaryScore": {"value": value, "type": "PROBABILITY"}}}}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1alpha1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
