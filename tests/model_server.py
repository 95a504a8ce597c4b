"""A model server on this machine that speaks OpenAI's protocol, with faults on demand, and remembers what it was paid.

    with ModelServer(faults=0.2) as server:
        Server(server.url, "parrot")

Its answers depend on the request alone. A fault is drawn by the number of the request, so a run is like the one before.
"""

import asyncio
import contextlib
import json
import math
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any, Self

Body = dict[str, Any]
Say = Callable[[Body], str]

KINDS = ("429", "500", "hang", "drop", "cut", "nonsense")
"""Faults: refused with Retry-After; broken; no answer in time; the connection closed unread, and in the middle of an
answer; bytes that are no JSON."""


def prompt_of(body: Body) -> str:
    return str(body["prompt"] if "prompt" in body else body["messages"][-1]["content"])


def parrot(body: Body) -> str:
    return f"{body.get('seed', 0)} {prompt_of(body)[::-1]}"


class ModelServer:
    """`answered` counts whole answers by prompt, `paid` tokens of all answers made, `asked` all requests."""

    def __init__(
        self, *, say: Say = parrot, faults: float = 0.0, kinds: tuple[str, ...] = KINDS, delay: float = 0.0,
        requests_a_second: float = math.inf, tokens_a_second: float = math.inf,
    ):  # fmt: skip
        self._say, self._faults, self._kinds, self._delay = say, faults, kinds, delay
        self.answered: Counter[str] = Counter()
        self.bodies: list[Body] = []
        self.headers: list[str] = []
        self.asked = self.paid = self.most_at_once = self._at_once = 0
        self._most = (requests_a_second, tokens_a_second)
        self._lately: deque[tuple[float, int]] = deque()
        self.faults: Counter[str] = Counter()
        self._draw = random.Random(0)
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def start(self) -> None:
        """Listen, at the same port each time."""
        self._listener = self._run(asyncio.start_server(self._serve, "127.0.0.1", self._port))
        self._port = self._listener.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close the port and every connection, whatever is under way."""

        async def close() -> None:
            self._loop.remove_reader(self._listener.sockets[0])
            while asyncio.all_tasks() - self._connections - {asyncio.current_task()}:
                await asyncio.sleep(0)  # connections just accepted: a closed listener would lose their sockets
            self._listener.close()
            tasks = [*self._connections]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._run(close())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # -- one connection ----------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(
                    int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length")
                )
                body = json.loads(await reader.readexactly(length))
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    await self._answer(head, body, writer)
                finally:
                    self._at_once -= 1
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _answer(self, head: str, body: Body, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        self.bodies.append(body)
        self.headers.append(head)
        fault = self._draw.choice(self._kinds) if self._draw.random() < self._faults else None
        fault = fault or ("429" if self._too_many(body) else None)
        self.faults.update([fault] if fault else [])
        if fault == "429":
            writer.write(_packed("429 Too Many Requests", _error("slow down"), "Retry-After: 0.05\r\n"))
        elif fault == "500":
            writer.write(_packed("500 Internal Server Error", _error("boom")))
        elif fault == "drop":
            writer.transport.abort()
        elif fault == "nonsense":
            self.paid += sum(_usage(body, self._say(body)).values())
            writer.write(_packed("200 OK", b"<html>"))
        elif (status := self._refusal(head, body)) is not None:
            writer.write(_packed(status, _error(status)))
        else:
            await asyncio.sleep(5 if fault == "hang" else self._delay)
            text = self._say(body)
            self.paid += sum(_usage(body, text).values())
            if fault in ("cut", "hang"):
                writer.write(_whole(body, text)[:-20])
                writer.transport.abort()
                return
            writer.write(_streamed(body, text) if body.get("stream") else _whole(body, text))
            self.answered[prompt_of(body)] += 1

    def _too_many(self, body: Body) -> bool:
        """Count a request, and say whether the last second has had more requests or tokens than it may."""
        now = time.monotonic()
        while self._lately and self._lately[0][0] < now - 1:
            self._lately.popleft()
        requests, tokens = len(self._lately) + 1, sum(num for _, num in self._lately)
        most_requests, most_tokens = self._most
        if requests > most_requests or tokens > most_tokens:
            return True
        self._lately.append((now, sum(_usage(body, self._say(body)).values())))
        return False

    def _refusal(self, head: str, body: Body) -> str | None:
        """Say what a real server says of what it will never take."""
        if body["model"] == "nobody":
            return "404 Not Found"
        if "Bearer wrong" in head:
            return "401 Unauthorized"
        return "400 Bad Request" if len(prompt_of(body)) > 10_000 else None


def _usage(body: Body, text: str) -> dict[str, int]:
    return {"prompt_tokens": len(prompt_of(body).split()) + 3, "completion_tokens": len(text.split())}


def _reply(body: Body, text: str) -> Body:
    usage = _usage(body, text)
    finish = "length" if usage["completion_tokens"] >= body["max_tokens"] else "stop"
    choice = {"text": text} if "prompt" in body else {"message": {"role": "assistant", "content": text}}
    return {"choices": [choice | {"index": 0, "finish_reason": finish}], "usage": usage}


def _whole(body: Body, text: str) -> bytes:
    return _packed("200 OK", json.dumps(_reply(body, text)).encode())


def _streamed(body: Body, text: str) -> bytes:
    pieces = [text[at : at + 5] for at in range(0, len(text), 5)]
    finish = _reply(body, text)["choices"][0]["finish_reason"]
    events: list[Body] = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    events += [{"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}]
    events += [{"choices": [], "usage": _usage(body, text)}]
    lines = b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events) + b"data: [DONE]\n\n"
    return _packed("200 OK", lines, kind="text/event-stream")


def _error(why: str) -> bytes:
    return json.dumps({"error": {"message": why}}).encode()


def _packed(status: str, body: bytes, more: str = "", kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def restart_after(server: ModelServer, num: int) -> threading.Thread:
    """Return a thread that stops the server once it has seen so many requests, and starts it again."""

    def watch() -> None:
        while server.asked < num:
            done.wait(0.005)
        server.stop()
        done.wait(0.3)
        server.start()

    done = threading.Event()
    thread = threading.Thread(target=watch, daemon=True)
    with contextlib.suppress(RuntimeError):
        thread.start()
    return thread
