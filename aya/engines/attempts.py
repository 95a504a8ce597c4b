"""What becomes of one attempt at a task: the same on every engine."""

import errno
import traceback

from aya.engines.events import Failed, Finished
from aya.errors import UserError
from aya.task import Task, run

MOST_ATTEMPTS = 3
_FATAL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
}


def attempt(task: Task) -> Finished | Failed:
    """Do a task in this process.

    Raises: UserError when going on is pointless (the disk is full).
    """
    try:
        return Finished(task=task, receipt=run(task))
    except Exception as error:
        return failed(task, error)


def failed(task: Task, error: BaseException) -> Failed:
    """Return the failure of a task; raise when every other task would fail likewise."""
    if isinstance(error, OSError) and error.errno in _FATAL:
        raise UserError(f"{_FATAL[error.errno]} ({task.folder}); make room and run the same command again") from error
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    message = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    first = (message.splitlines() or [""])[0]
    return Failed(task=task, message=first, traceback="".join(traceback.format_exception(error)))


def given_up(task: Task, attempts: int, why: str) -> Failed:
    """Return the failure of a task whose worker died each time; `why` is what is known of the last death."""
    message = f"the worker died {attempts} times (out of memory?)"
    return Failed(task=task, message=f"{message}, {why}", traceback=why)
