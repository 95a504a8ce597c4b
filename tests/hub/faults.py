"""Faults that a test asks for, and the log of what was asked of the server."""

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Fault:
    """What befalls the requests that match `METHOD /path` (a glob), after `after` of them and `times` in number.

    `status` answers with an error; 0 cuts the connection before the request is served, -1 serves it and then cuts
    the answer. `delay` only makes it slow (seconds), when `status` is None. `before` is what somebody
    else does just before the request is served.
    """

    match: str
    status: int | None = 503
    times: int = 1
    after: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    before: Callable[[], object] | None = None


@dataclass
class Request:
    """A request that was served: method, path, status, bytes of both bodies, whether a token came with it."""

    method: str
    path: str
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    token: bool = False


class Weather:
    """The faults to come and the log, safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.faults: list[Fault] = []
        self.log: list[Request] = []

    def strike(self, method: str, path: str) -> Fault | None:
        """Return the fault that meets this request."""
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fnmatch.fnmatch(f"{method} {path}", fault.match):
                    if fault.after > 0:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def note(self, request: Request) -> None:
        with self._lock:
            self.log.append(request)

    def requests(self, match: str = "*") -> list[Request]:
        """Return the requests that match `METHOD /path`, a glob."""
        with self._lock:
            return [one for one in self.log if fnmatch.fnmatch(f"{one.method} {one.path}", match)]

    def data_in(self) -> int:
        """Return the bytes of file contents that arrived, by LFS and by Xet."""
        return sum(one.bytes_in for match in ("PUT /lfs/*", "POST /xet/*/v1/xorbs/*") for one in self.requests(match))

    def clear(self) -> None:
        with self._lock:
            self.faults.clear()
            self.log.clear()
