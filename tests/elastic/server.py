"""A small server that answers as Elasticsearch 8 does, or OpenSearch 2, as far as Argilla asks: one for tests.

Indexes live in memory as long as the server does. A call that it does not know is answered with 400.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.elastic.query import Mapped, aggregated, matches, ordered

Answer = tuple[int, Any]


@dataclass
class Index:
    """The documents of an index by id."""

    mapped: Mapped
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Elastic:
    """A server that runs: its address, its indexes, and what it was asked."""

    url: str
    indexes: dict[str, Index] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, url: str, body: bytes) -> Answer:
        """Answer a call."""
        with self.lock:
            path, page = urlsplit(url).path, dict(parse_qsl(urlsplit(url).query))
            name, *rest = [unquote(part) for part in path.strip("/").split("/")]
            self.asked.append(" ".join([method, "/".join(["INDEX", *rest[:1]]) if name[:1] not in ("", "_") else path]))
            if not name:
                return 200, {"name": "tests", "cluster_name": "tests", "version": {"number": "8.7.0"}, "tagline": "-"}
            if name == "_bulk":
                return 200, self._bulk(body.decode().splitlines())
            given = json.loads(body) if body else {}
            given |= {key: int(page[key]) for key in ("from", "size") if key in page}  # as OpenSearch's client says it
            if not rest and method in ("PUT", "DELETE"):
                return self._index(method, name, given)
            if name not in self.indexes:
                error = {"type": "index_not_found_exception", "reason": f"no such index [{name}]"}
                return 404, {"error": error, "status": 404}
            return self._in_index(method, self.indexes[name], rest, given)

    def _index(self, method: str, name: str, given: Any) -> Answer:
        if method == "DELETE":
            self.indexes.pop(name, None)
            return 200, {"acknowledged": True}
        if name in self.indexes:
            return 400, {"error": {"type": "resource_already_exists_exception", "reason": name}, "status": 400}
        self.indexes[name] = Index(Mapped(given["mappings"]["properties"]))
        return 200, {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def _in_index(self, method: str, index: Index, rest: list[str], given: Any) -> Answer:
        match (method, *rest):
            case ("HEAD",):
                return 200, None
            case ("PUT" | "POST", "_mapping"):
                index.mapped.add(given["properties"])
                return 200, {"acknowledged": True}
            case ("POST", "_search"):
                return 200, _found(index, given)
            case ("POST", "_update", id_):
                return _updated(index, id_, given)
        return 400, {"error": {"type": "illegal_argument_exception", "reason": "/".join(rest)}, "status": 400}

    def _bulk(self, lines: list[str]) -> Any:
        items, waiting = [], [json.loads(line) for line in lines if line]
        while waiting:
            ((kind, about),) = waiting.pop(0).items()
            documents = self.indexes[about["_index"]].documents
            if kind == "index":
                documents[about["_id"]] = waiting.pop(0)
            else:
                documents.pop(about["_id"], None)
            items.append({kind: {"_index": about["_index"], "_id": about["_id"], "status": 200}})
        return {"took": 1, "errors": False, "items": items}


def _found(index: Index, given: Any) -> Any:
    query = given.get("query", {"match_all": {}})
    found = [document for document in index.documents.values() if matches(index.mapped, document, query)]
    start, size = given.get("from", 0), given.get("size", 10)
    page = ordered(index.mapped, found, given)[start : start + size]
    answer: dict[str, Any] = {"took": 1, "timed_out": False, "_shards": {"total": 1, "successful": 1, "failed": 0}}
    hits = [{"_index": "-", "_id": document["id"], "_score": 1.0} for document in page]
    answer["hits"] = {"total": {"value": len(found), "relation": "eq"}, "hits": hits}
    asked = given.get("aggregations") or given.get("aggs") or {}
    return answer | {"aggregations": {name: aggregated(index.mapped, found, node) for name, node in asked.items()}}


def _updated(index: Index, id_: str, given: Any) -> Answer:
    if id_ not in index.documents:
        return 404, {"error": {"type": "document_missing_exception", "reason": id_}, "status": 404}
    document, script = index.documents[id_], given.get("script")
    if isinstance(script, str):  # takes a suggestion away
        (name,) = re.findall(r'remove\("(.*)"\)', script)
        document.get("suggestions", {}).pop(name, None)
    elif script:  # takes a response away, and may add it again
        response = script["params"]["response"]
        others = [each for each in document.get("responses") or [] if each["id"] != response["id"]]
        document["responses"] = others + [response] * ("responses.add" in script["source"])
    else:
        _merge(document, given["doc"])
    return 200, {"_id": id_, "result": "updated"}


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


@contextmanager
def elastic(*, port: int) -> Iterator[Elastic]:
    """Yield a server at a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            size = int(self.headers.get("content-length", 0))
            status, body = server.answer(self.command, self.path, self.rfile.read(size))
            text = b"" if body is None or self.command == "HEAD" else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")  # its client talks to no other; OpenSearch's to any
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # upstream's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as listening:
        listening.daemon_threads = True
        server = Elastic(f"http://127.0.0.1:{listening.server_port}")
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield server
        listening.shutdown()
        thread.join()
