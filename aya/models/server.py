"""Any server that speaks OpenAI's protocol: vLLM, llama.cpp, TGI, a vendor."""

import importlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from aya.errors import needs
from aya.models.model import Again, Answer, Heard, ModelError, Request, Usage

if TYPE_CHECKING:
    import httpx2

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_HOPELESS = {401: "refuses the key", 403: "allows no use of it", 404: "knows no such model or address"}
_CONNECT_SECONDS = 10


class Server:
    """A model behind an address such as `http://127.0.0.1:8000/v1`.

    One call is one HTTP request: repeating, limits and memory are `aya.models.caller.Caller`'s. Needs the extra
    `synthesis`.
    """

    def __init__(
        self, url: str, name: str, *, revision: str = "", api_key: str | None = None, timeout: float = 300
    ) -> None:
        self.url, self.name, self.revision = url.rstrip("/"), name, revision
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client: httpx2.AsyncClient | None = None
        with needs("synthesis"):
            importlib.import_module("httpx2")  # said before the first request

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the answer; with `heard` it is streamed.

        Raises: Again, ModelError.
        """
        path, body = _written(request, self.name)
        if heard is None:
            return self._read(request, await self._post(path, body))
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        with self._reached():
            async with self._open().stream("POST", f"{self.url}{path}", json=body) as response:
                return await self._listen(request, response, heard)

    async def _post(self, path: str, body: Mapping[str, Any]) -> "httpx2.Response":
        with self._reached():
            return await self._open().post(f"{self.url}{path}", json=body)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say of what failed on the way whether it may pass."""
        import httpx2

        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise Again(f"{self.url} can not be reached: {error}") from error
        except httpx2.TransportError as error:
            raise Again(f"{self.url}: {type(error).__name__} {error}", lost=True) from error
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise ModelError(f"{self.url} is no address of a server: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _open(self) -> "httpx2.AsyncClient":
        import httpx2

        if self._client is None:
            host = httpx2.URL(self.url).host
            self._client = httpx2.AsyncClient(
                headers=self._headers,
                timeout=httpx2.Timeout(self._timeout, connect=_CONNECT_SECONDS),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
                trust_env=host not in ("localhost", "127.0.0.1", "::1"),  # no proxy to this computer
            )
        return self._client

    def _read(self, request: Request, response: "httpx2.Response") -> Answer:
        if response.status_code != 200:
            return self._refused(response)
        try:
            said = response.json()
            (choice, *_) = said["choices"]
            text = choice["text"] if request.prompt is not None else choice["message"]["content"]
            return Answer(text=text or "", finish=str(choice.get("finish_reason")), usage=_usage(said, request))
        except (ValueError, KeyError, TypeError) as error:
            raise Again(f"{self.url} sent no answer: {error!r}", lost=True) from error

    async def _listen(self, request: Request, response: "httpx2.Response", heard: Heard) -> Answer:
        if response.status_code != 200:
            await response.aread()
            return self._refused(response)
        pieces: list[str] = []
        finish, usage = None, request.most
        async for event in _events(response):
            for choice in event.get("choices") or ():
                piece = choice.get("text") or (choice.get("delta") or {}).get("content") or ""
                pieces.append(piece)
                heard(piece)
                finish = choice.get("finish_reason") or finish
            usage = _usage(event, request) if event.get("usage") else usage
        if finish is None:
            raise Again(f"{self.url}: the answer broke off", lost=True)
        return Answer(text="".join(pieces), finish=finish, usage=usage)

    def _refused(self, response: "httpx2.Response") -> Answer:
        """Return the answer to a request that the server will never take.

        Raises: Again if it may take it later, ModelError if it takes none.
        """
        status = response.status_code
        if status in _PASSING or status >= 500:
            raise Again(f"{self.url}: {status}", wait=_retry_after(response.headers))
        if status in _HOPELESS:
            raise ModelError(f"{self.url} {_HOPELESS[status]} ({status}): {self.name}: {_said(response)}")
        return Answer(text="", finish="", fault=f"{status}: {_said(response)}")


def _written(request: Request, model: str) -> tuple[str, dict[str, Any]]:
    """Return the path and body of a request."""
    decoding = request.decoding
    body: dict[str, Any] = {
        "model": model,
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "max_tokens": decoding.max_tokens,
        "seed": request.seed,
        **({"stop": list(decoding.stop)} if decoding.stop else {}),
        **decoding.more,
    }
    if request.prompt is not None:
        return "/completions", body | {"prompt": request.prompt}
    return "/chat/completions", body | {"messages": [message._asdict() for message in request.messages]}


def _usage(said: Mapping[str, Any], request: Request) -> Usage:
    """Return the tokens that a server counted; of one that counts none, the most that it can have been."""
    counted = said.get("usage")
    if not counted:
        return request.most
    return Usage(int(counted.get("prompt_tokens") or 0), int(counted.get("completion_tokens") or 0))


async def _events(response: "httpx2.Response") -> AsyncIterator[dict[str, Any]]:
    """Yield the server-sent events of a streamed answer; a broken one ends them."""
    async for line in response.aiter_lines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data:
            try:
                event = json.loads(data)
            except ValueError:
                return
            yield event


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After`, a number or a date; None without a good one."""
    said = headers.get("retry-after")
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _said(response: "httpx2.Response") -> str:
    """Return what a server says of a fault, in one short line."""
    try:
        said = response.json()
        error = said.get("error", said) if isinstance(said, dict) else said
        text = error.get("message", error) if isinstance(error, dict) else error
    except ValueError:
        text = response.text
    return " ".join(str(text).split())[:200]
