"""A thin client of Argilla's REST interface: JSON in, JSON out, a new connection for each call."""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from aya.errors import UserError

PAGE: Final = 500
"""Records asked for or sent at a time; the server takes no more than 500."""
TIMEOUT: Final = 120  # seconds
TRIES: Final = 4
"""Of a call that may be made twice: after an error of its own the server drops the connection."""


class ArgillaError(UserError):
    """Argilla refused a call; `status` is HTTP's, 0 when no answer came."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Argilla:
    """Calls one server as its owner."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url.rstrip("/"), key

    def get(self, path: str, **query: Any) -> Any:
        """Return what the server has at a path below `/api/v1`."""
        return self._again("GET", path, query=query)

    def post(self, path: str, body: Any) -> Any:
        """Make something; never tried twice."""
        return self._call("POST", path, body=body)

    def put(self, path: str, body: Any = None) -> Any:
        """Make or replace something."""
        return self._again("PUT", path, body=body)

    def patch(self, path: str, body: Any) -> Any:
        """Change something."""
        return self._again("PATCH", path, body=body)

    def delete(self, path: str, **query: Any) -> Any:
        """Take something away."""
        return self._again("DELETE", path, query=query)

    def find(self, path: str) -> Any:
        """Return what is at a path, None if nothing is."""
        return self._unless_gone("GET", path)

    def drop(self, path: str) -> None:
        """Take something away that may be gone already."""
        self._unless_gone("DELETE", path)

    def records(self, dataset: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a data set with all responses, oldest first."""
        start = 0
        while True:
            page = self.get(f"datasets/{dataset}/records", include="responses", limit=PAGE, offset=start)["items"]
            yield from page
            start += len(page)
            if len(page) < PAGE:
                return

    def responses(self, dataset: str, *, since: datetime) -> Iterator[dict[str, Any]]:
        """Yield the responses of a data set from a moment on (UTC), oldest change first, each with its `external_id`.

        A server that `aya annotate serve` did not start can not tell, and yields those of all records.
        """
        query = {"since": since.isoformat(), "limit": PAGE}
        while True:
            try:
                page = self.get(f"aya/datasets/{dataset}/responses", **query)["items"]
            except ArgillaError as error:
                if error.status != 404:
                    raise
                yield from self.all_responses(dataset)
                return
            yield from page
            if len(page) < PAGE:
                return
            query |= {"since": page[-1]["updated_at"], "after": page[-1]["id"]}

    def all_responses(self, dataset: str) -> Iterator[dict[str, Any]]:
        """Yield the responses of all records of a data set, each with its `external_id`; any Argilla can tell."""
        for record in self.records(dataset):
            yield from (response | {"external_id": record["external_id"]} for response in record["responses"])

    def upsert(self, dataset: str, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make records or replace them by their external ids; return them."""
        made: list[dict[str, Any]] = []
        for start in range(0, len(records), PAGE):
            made += self.put(f"datasets/{dataset}/records/bulk", {"items": list(records[start : start + PAGE])})[
                "items"
            ]
        return made

    def remove(self, dataset: str, records: Sequence[str]) -> None:
        """Take records away, with what was answered to them there."""
        for start in range(0, len(records), 100):
            self.delete(f"datasets/{dataset}/records", ids=",".join(records[start : start + 100]))

    def _again(self, method: str, path: str, **more: Any) -> Any:
        for number in range(1, TRIES):
            try:
                return self._call(method, path, **more)
            except ArgillaError as error:
                if error.status and error.status < 500:
                    raise
            time.sleep(0.2 * 2**number)
        return self._call(method, path, **more)

    def _unless_gone(self, method: str, path: str) -> Any:
        try:
            return self._again(method, path)
        except ArgillaError as error:
            if error.status != 404:
                raise
            return None

    def _call(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        url = f"{self._url}/api/v1/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Argilla-Api-Key": self._key, "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode("utf-8", "replace")
            raise ArgillaError(f"Argilla refused {method} {path}: {error.code} {said}", status=error.code) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise ArgillaError(f"no answer from Argilla at {self._url}: {reason}", status=0) from error
        return json.loads(text) if text else None
