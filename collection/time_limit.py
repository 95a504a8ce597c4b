"""A limit on the processor time of a piece of work, by a timer of the operating system."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")

AGAIN = 0.05  # seconds of processor time; a first alarm can be lost in a place that swallows exceptions


class OutOfTime(BaseException):
    """The limit is reached. No `Exception`, so that no handler in between takes it for its own."""


def limited(work: Callable[[], Result], *, seconds: float) -> Result:
    """Return what `work` returns, or raise `OutOfTime` after `seconds` of this process's processor time.

    Processor time, so that a busy or suspended machine fails nothing. Python delivers the alarm to
    the main thread between two instructions: elsewhere, and on systems without such timers, there is
    no limit, and the work has to be bounded by itself.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return work()
    armed = True

    def alarm(number: int, frame: FrameType | None) -> None:
        if armed:
            raise OutOfTime

    before = signal.signal(signal.SIGVTALRM, alarm)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
        try:
            return work()
        finally:
            armed = False
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
