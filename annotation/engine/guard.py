"""What every answer of the server says to a browser: run only the interface's own scripts, ask nobody else.

Argilla shows plain fields as HTML and long ones in a frame without a sandbox, so a text may hold a script. The policy
stops it: inline handlers and scripts of a text run neither in the page nor in such a frame, which inherits the policy.
"""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

PUBLISHED: Final = ("1234", "12345678", "argilla", "argilla.apikey", "owner.apikey", "admin.apikey", "password")
"""Passwords and keys of Argilla's own images and guides, and the commonest one."""

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def policy(pages: Iterable[bytes]) -> str:
    """Return the content security policy that lets only these pages' own scripts run."""
    inline = {script for page in pages for script in _INLINE.findall(page)}
    hashes = sorted("'sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode() + "'" for script in inline)
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(["script-src 'self'", *hashes]),
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


def pages_of(folder: Path) -> list[bytes]:
    """Return the pages of the interface."""
    return [path.read_bytes() for path in sorted(folder.rglob("*.html"))]


def guarded(inner: Application, content_policy: str) -> Application:
    """Return the application with headers that bind the browser, and without passwords that everybody knows."""
    headers = [
        (b"content-security-policy", content_policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]

    async def application(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        if scope["type"] == "http" and scope["method"] in ("POST", "PATCH") and "/users" in scope["path"]:
            body = await _body(receive)
            if _is_published(body):
                await _refuse(send_on)
                return
            receive = _again(body, receive)
        await inner(scope, receive, send_on)

    return application


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read, then what comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _is_published(body: bytes) -> bool:
    try:
        given = json.loads(body)
    except ValueError:
        return False
    password = given.get("password") if isinstance(given, dict) else None
    return isinstance(password, str) and password.lower() in (*PUBLISHED, str(given.get("username", "")).lower())


async def _refuse(send: Send) -> None:
    body = json.dumps({"detail": "this password is known to everybody; choose another"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 422, "headers": headers})
    await send({"type": "http.response.body", "body": body})
