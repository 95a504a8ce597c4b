"""One request as the routes see it, and the answer that they give."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.hub.repos import Refusal


@dataclass
class Answer:
    """A status, headers and a body: bytes, or a file of which a range may be wanted."""

    status: int = 200
    body: bytes | Path = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


class Call:
    """A request, read as far as the routes ask."""

    def __init__(self, method: str, target: str, headers: Message, blocks: Iterator[bytes], base: str) -> None:
        self.method, self.headers, self.blocks, self.base = method, headers, blocks, base
        self.path, _, query = target.partition("?")
        self.query = {name: values[0] for name, values in parse_qs(query).items()}
        self.parts = [unquote(part) for part in self.path.strip("/").split("/")]
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        role, _, user = token.removeprefix("hf_").partition("_")
        self.role, self.user = (role, user) if token.startswith("hf_") else ("", "")

    def body(self) -> bytes:
        return b"".join(self.blocks)

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body() or b"{}") or {}
        return value

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body().decode())

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body().splitlines() if line.strip()]

    def need(self, role: str) -> None:
        """Refuse a caller without a token, or with one that may only read."""
        if not self.role:
            raise Refusal(401, "RepoNotFound", "Invalid credentials")
        if role == "write" != self.role:
            raise Refusal(403, "Forbidden", "You don't have the rights to write to this repo")

    def range(self) -> tuple[int, int | None] | None:
        """Return the first and last byte that are wanted."""
        if "Range" not in self.headers:
            return None
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        return int(first), int(last) if last else None
