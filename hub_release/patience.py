"""Ask the Hub again when it is busy or the line was cut, and say in one line what it refused."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from aya.errors import UserError, needs

with needs("hub"):
    import httpx2  # what huggingface_hub speaks HTTP with, from 2.0 on
    from huggingface_hub import errors

T = TypeVar("T")

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before each further try; the Hub's own `Retry-After` counts when it is longer."""
FIRST_WAITS = (1.0, 2.0)
"""The same of a Hub that never answered yet: more likely the network or the address is wrong than that it is busy."""

BUSY = frozenset({408, 429, 500, 502, 503, 504})
LONGEST = 300.0
"""Seconds that `Retry-After` is obeyed for; the Hub counts requests in windows of five minutes."""


_log = logging.getLogger(__name__)


def patiently(call: Callable[[], T], *, of: str = "the Hub", waits: Sequence[float] = WAITS) -> T:
    """Return what `call` returns, calling it again after a failure that may pass, and saying so.

    Only for calls that do no harm when they are done twice.
    """
    for wait in waits:
        try:
            return call()
        except Exception as error:
            if isinstance(error, errors.OfflineModeIsEnabled) or not may_pass(error):
                raise
            longer = max(wait, _asked_to_wait(error))
            _log.warning("%s does not answer well (%s); asking again in %.0f s", of, _first_line(error), longer)
            time.sleep(longer)
    return call()


def may_pass(error: BaseException) -> bool:
    """Return whether a failure is the network's or a busy server's, so that the same call may go well later."""
    for cause in _causes(error):
        if isinstance(cause, errors.HfHubHTTPError):
            return cause.response.status_code in BUSY
        if isinstance(cause, ConnectionError) and "client error (4" in str(cause):
            return False  # as hf_xet says that it was refused
        if isinstance(cause, httpx2.TransportError | ConnectionError | TimeoutError | errors.XetDownloadError):
            return True
    return False


def refused_with(error: BaseException, *statuses: int) -> bool:
    """Return whether the Hub answered with one of these statuses."""
    return any(
        isinstance(cause, errors.HfHubHTTPError) and cause.response.status_code in statuses for cause in _causes(error)
    )


@contextmanager
def in_words(repo: str, endpoint: str) -> Iterator[None]:
    """Turn what the Hub refuses into a `UserError` of one line that says what to do."""
    try:
        yield
    except (errors.HfHubHTTPError, errors.HFValidationError, httpx2.TransportError, OSError, RuntimeError) as error:
        said = _words(error, repo, endpoint)
        if said is None:
            raise
        raise UserError(said) from error


def _words(error: BaseException, repo: str, endpoint: str) -> str | None:
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"{endpoint} is not asked: HF_HUB_OFFLINE is set"
    answers = [cause for cause in _causes(error) if isinstance(cause, errors.HfHubHTTPError)]
    status = answers[0].response.status_code if answers else None
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repo} has no such revision at {endpoint}: {_first_line(error)}"
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return f"{repo} has no such file: {_first_line(error)}"
    if isinstance(error, errors.GatedRepoError):
        return f"{repo} is gated: ask for access at {endpoint}/datasets/{repo}"
    if isinstance(error, errors.RepositoryNotFoundError) or status == 401:
        return f"no dataset {repo} at {endpoint} that your token may see; log in with: hf auth login (or set HF_TOKEN)"
    if status == 403:
        return f"your token may not do that to {repo}: {_first_line(error)}"
    if status is not None:
        return f"{endpoint} answered {status} for {repo}: {_first_line(error)}"
    if isinstance(error, errors.HFValidationError):
        return _first_line(error)
    help_ = "look at the network, the proxy and HF_ENDPOINT; the same command goes on"
    return f"can not reach {endpoint}: {_first_line(error)}; {help_}" if may_pass(error) else None


def _first_line(error: BaseException) -> str:
    """Return the client's message without its empty lines; it holds no token."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _asked_to_wait(error: BaseException) -> float:
    for cause in _causes(error):
        if isinstance(cause, errors.HfHubHTTPError):
            asked = cause.response.headers.get("Retry-After", "")
            return min(float(asked), LONGEST) if asked.isdecimal() else 0
    return 0


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from; the client wraps failures of uploads."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
