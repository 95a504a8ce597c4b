"""A server for one version on this computer's own address: reads alone, answers no other site."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from aya.browse.desk import Desk
from aya.errors import UserError

HOST = "127.0.0.1"

PARTS = {
    "/": ("aya.browse", "page/index.html", "text/html"),
    "/page.css": ("aya", "page.css", "text/css"),
    "/style.css": ("aya.report", "page/style.css", "text/css"),
    "/browse.css": ("aya.browse", "page/browse.css", "text/css"),
    **{
        f"/{name}": (package, f"page/{name}", "text/javascript")
        for package, name in (
            ("aya.report", "numbers.js"), ("aya.report", "texts.js"), ("aya.report", "parts.js"),
            ("aya.browse", "address.js"), ("aya.browse", "filters.js"), ("aya.browse", "list.js"),
            ("aya.browse", "graph.js"), ("aya.browse", "story.js"), ("aya.browse", "main.js"),
        )
    },
}  # fmt: skip

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_ID = re.compile(r"[0-9a-f]{32}")


class Handler(BaseHTTPRequestHandler):
    """Answers GET for the page, and for what it asks for below `/api/`."""

    desk: ClassVar[Desk]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "aya", ""

    def do_GET(self) -> None:
        """Answer; a request that another site may have made is refused."""
        split = urlsplit(self.path)
        if not self._is_ours():
            self._say(HTTPStatus.FORBIDDEN, {"error": "this page answers to its own address alone"})
            return
        try:
            if split.path in PARTS:
                self._part(*PARTS[split.path])
            elif split.path.startswith("/api/"):
                self._answer(split.path.removeprefix("/api/"), split.query)
            else:
                self._say(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})
        except UserError as error:
            self._say(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _is_ours(self) -> bool:
        """Return whether the request names this address, as none does that another site's name led here."""
        _, port = cast(tuple[str, int], self.server.server_address)
        hosts = {f"{HOST}:{port}", f"localhost:{port}"}
        site = self.headers.get("Sec-Fetch-Site", "none")
        is_page = self.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        return self.headers.get("Host") in hosts and (is_page or site in ("same-origin", "none"))

    def _answer(self, name: str, query: str) -> None:
        if name == "about":
            self._say(HTTPStatus.OK, self.desk.about())
        elif name == "rows":
            self._say(HTTPStatus.OK, self.desk.rows(query))
        elif name.startswith("row/") and _ID.fullmatch(name[4:]):
            found = self.desk.row(name[4:], query)
            status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
            self._say(status, found or {"error": f"no row {name[4:]} in this version"})
        elif name in ("download.jsonl", "download.csv"):
            form = "csv" if name.endswith("csv") else "jsonl"
            self._send_rows(self.desk.download(query, form), f"rows.{form}")  # type: ignore[arg-type]  # one of two
        else:
            self._say(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})

    def _part(self, package: str, name: str, kind: str) -> None:
        self._send(HTTPStatus.OK, files(package).joinpath(name).read_bytes(), kind)

    def _say(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self._begin(status, f"{kind}; charset=utf-8", {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _send_rows(self, pieces: Iterator[bytes], name: str) -> None:
        """Send rows as they are read, in chunks, so that none has to wait for the last."""
        headers = {"Transfer-Encoding": "chunked", "Content-Disposition": f'attachment; filename="{name}"'}
        self._begin(HTTPStatus.OK, "text/plain; charset=utf-8", headers)
        for piece in pieces:
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _begin(self, status: HTTPStatus, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": kind} | headers | HEADERS).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as the parent calls it
        """Say nothing: addresses hold what was searched for."""


class Server(ThreadingHTTPServer):
    """Serves one desk; its address is `address`."""

    daemon_threads = True

    def __init__(self, desk: Desk, *, port: int = 0) -> None:
        super().__init__((HOST, port), type("Handler", (Handler,), {"desk": desk}))

    def close(self) -> None:
        """End what another thread serves, and give the port back."""
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """Return where the page is."""
        return f"http://{HOST}:{self.server_address[1]}/"
