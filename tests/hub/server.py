"""A small Hugging Face Hub on this machine, that the real clients talk to over HTTP.

    with Hub(folder, xet=True) as hub:
        HfApi(endpoint=hub.url, token=hub.token("ada"))

Not here: rules of the Hub for cards beyond `configs`, rate limits of its own, checks of xorb hashes, global
deduplication, the viewer, copies between repositories, deletion of large files.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.hub.api import Api
from tests.hub.call import Answer, Call, as_json
from tests.hub.faults import Fault, Request, Weather
from tests.hub.repos import Contents, Refusal, Repo
from tests.hub.transfer import Transfer
from tests.hub.xet import Xet

_BLOCK = 1 << 18


class Hub:
    """The server, from `with` to its end; `weather` holds faults and the log, `repos` what was pushed."""

    def __init__(self, folder: Path, *, xet: bool = False) -> None:
        contents, self.has_xet = Contents(folder / "contents"), xet
        store = Xet(folder / "xorbs") if xet else None
        self.api, self.transfer, self.weather = Api(contents, store), Transfer(contents, store), Weather()
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def repos(self) -> dict[str, Repo]:
        return self.api.repos

    def token(self, user: str, role: str = "write") -> str:
        return f"hf_{role}_{user}"

    def environment(self, home: Path, user: str = "ada", **more: str) -> dict[str, str]:
        """Return the environment of a process that talks to this Hub alone, with caches of its own."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        return clean | {
            "HF_ENDPOINT": self.url, "HF_HOME": str(home), "HF_TOKEN": self.token(user),
            "HF_HUB_DISABLE_XET": "0" if self.has_xet else "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", **more,
        }  # fmt: skip

    def fault(self, match: str, status: int | None = 503, **more: Any) -> None:
        """Let a fault meet the next requests that match; see `Fault`."""
        self.weather.faults.append(Fault(match, status, **more))

    def answer(self, call: Call) -> Answer:
        """Serve a request; whatever changes a repository does so alone."""
        try:
            if call.parts[0] in ("lfs", "xet"):
                return self.transfer.lfs(call) if call.parts[0] == "lfs" else self.transfer.chunks(call)
            body = call.body()
            call.blocks = iter([body])
            with self._lock:
                return self._route(call)
        except Refusal as no:
            headers = {"X-Error-Code": no.code, "X-Error-Message": no.message}
            return as_json({"error": no.message, **no.more}, no.status, headers)

    def _route(self, call: Call) -> Answer:
        match call.parts:
            case ["api", "whoami-v2"]:
                return self.api.account(call)
            case ["api", "validate-yaml"]:
                return self.api.validate(call)
            case ["api", "repos", "create"]:
                return self.api.create(call)
            case ["api", "datasets", organisation, name, *rest]:
                return self._of_repo(call, f"{organisation}/{name}", rest or ["revision", "main"])
            case ["datasets", organisation, name, "info", "lfs", "objects", "batch"]:
                self.api.repo(call, f"{organisation}/{name.removesuffix('.git')}", write=True)
                return self.transfer.batch(call)
            case ["datasets", organisation, name, "resolve", revision, *path]:
                return self.api.resolve(call, self.api.repo(call, f"{organisation}/{name}"), revision, "/".join(path))
        raise Refusal(404, "NotFound", call.path)

    def _of_repo(self, call: Call, name: str, rest: list[str]) -> Answer:
        changes = (call.method != "GET" and rest[0] != "paths-info") or rest[0] == "xet-write-token"
        repo = self.api.repo(call, name, write=changes)
        match rest:
            case ["revision", revision]:
                return self.api.about(call, repo, revision)
            case ["tree", revision, *path]:
                return self.api.tree(call, repo, revision, "/".join(path))
            case ["paths-info", revision]:
                return self.api.paths(call, repo, revision)
            case ["refs"]:
                return self.api.refs(repo)
            case ["commits", revision]:
                return self.api.commits(repo, revision)
            case ["preupload", revision]:
                return self.api.preupload(call, repo, revision)
            case ["commit", revision]:
                return self.api.commit(call, repo, revision)
            case ["tag", revision] if call.method == "POST":
                repo.tag(call.json()["tag"], revision)
                return as_json({})
            case ["branch", name_]:
                if call.method == "DELETE":
                    repo.delete_branch(name_)
                else:
                    repo.create_branch(name_, call.json().get("startingPoint", "main"))
                return as_json({})
            case ["settings"]:
                asked = call.json()
                repo.private = asked.get("visibility", "private" if repo.private else "public") == "private"
                repo.gated = asked.get("gated", repo.gated)
                return as_json({"private": repo.private, "gated": repo.gated})
            case ["discussions", *more]:
                return self.api.discussions(call, repo, more)
            case ["xet-read-token" | "xet-write-token" as kind, _]:
                return self.api.token(call, repo, kind)
        raise Refusal(404, "NotFound", call.path)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client goes away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None: ...

    def _serve(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        seen = Request(self.command, self.path.partition("?")[0], token="Authorization" in self.headers)
        fault = self.hub.weather.strike(seen.method, seen.path)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        if fault is not None and fault.before is not None:
            fault.before()
        blocks = self._body(seen)
        if fault is None or fault.status in (None, -1):
            base = f"http://{self.headers.get('Host')}"
            answer = self.hub.answer(Call(self.command, self.path, self.headers, blocks, base))
        else:
            answer = as_json({"error": "a fault was asked for"}, fault.status or 0, fault.headers)
        seen.status = answer.status
        self.hub.weather.note(seen)
        if fault is not None and fault.status in (0, -1):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        for _ in blocks:
            pass  # what the route did not read would be taken for the next request
        self._send(answer, seen)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve

    def _body(self, seen: Request) -> Iterator[bytes]:
        """Yield the body as it comes, counted."""
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        left = 0 if chunked else int(self.headers.get("Content-Length", 0))
        while chunked or left:
            left = left or int(self.rfile.readline().split(b";")[0], 16)
            chunked = chunked and left > 0
            while left:
                block = self.rfile.read(min(left, _BLOCK))
                if not block:
                    raise ConnectionResetError
                left -= len(block)
                seen.bytes_in += len(block)
                yield block
            if self.headers.get("Transfer-Encoding"):
                self.rfile.readline()

    def _send(self, answer: Answer, seen: Request) -> None:
        size = len(answer.body) if isinstance(answer.body, bytes) else answer.body.stat().st_size
        first, last = 0, size - 1
        wanted = Call("", "/", self.headers, iter(()), "").range()
        if wanted is not None and answer.status == 200 and isinstance(answer.body, Path):
            first, last = wanted[0], min(last, wanted[1] if wanted[1] is not None else last)
            answer.status, answer.headers["Content-Range"] = 206, f"bytes {first}-{last}/{size}"
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(answer.body, bytes):
            self.wfile.write(answer.body)
            return
        with answer.body.open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left and (block := file.read(min(left, _BLOCK))):
                self.wfile.write(block)
                seen.bytes_out += len(block)
                left -= len(block)
