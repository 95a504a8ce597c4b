"""The local engine: a pool of spawned processes, in which a killed worker costs one task.

Memory is bounded by workers times shard: at most twice as many tasks as workers wait in the pool.
"""

import errno
import multiprocessing
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessPool

from aya.engines.events import Event, Failed, Finished, Retried
from aya.errors import UserError
from aya.task import Task, run

MOST_ATTEMPTS = 3
_FATAL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
}


class Local:
    """Runs tasks in `workers` processes of this machine; 0 runs them in this very process.

    Use it in a `with` block: the processes start with the first task and end with the block.
    """

    def __init__(self, *, workers: int) -> None:
        if workers < 0:
            raise ValueError(f"workers must be 0 or more, not {workers}")
        self._workers = workers
        self._pool: Any = None

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes: at once if something went wrong."""
        if self._pool is not None:
            self._pool.stop() if error is not None else self._pool.close()
            self._pool.join()
            self._pool = None

    def run(self, tasks: Iterable[Task]) -> Iterator[Event]:
        """Yield events until every task is finished or failed.

        Raises: UserError when going on is pointless (the disk is full).
        """
        if self._workers == 0:
            return self._run_here(tasks)
        return self._run_in_pool(deque(tasks))

    def _run_here(self, tasks: Iterable[Task]) -> Iterator[Event]:
        for task in tasks:
            try:
                event: Event = Finished(task=task, receipt=run(task))
            except Exception as error:
                event = _failed(task, error)
            yield event

    def _run_in_pool(self, waiting: deque[Task]) -> Iterator[Event]:
        attempts: dict[str, int] = {}
        running: dict[Future[Any], Task] = {}
        while waiting or running:
            while waiting and len(running) < 2 * self._workers:
                task = waiting.popleft()
                running[self._start().schedule(run, args=[task])] = task
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                task = running.pop(future)
                event = _event(task, future, attempts)
                if isinstance(event, Retried):
                    waiting.appendleft(task)
                yield event

    def _start(self) -> Any:
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._workers,
                context=multiprocessing.get_context("spawn"),
                initializer=_one_thread,
            )
        return self._pool


def _one_thread() -> None:
    """Leave the cores to the other workers: one thread for Arrow and polars in each."""
    import pyarrow

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)


def _event(task: Task, future: Future[Any], attempts: dict[str, int]) -> Event:
    error = future.exception()
    if error is None:
        return Finished(task=task, receipt=future.result())
    if not isinstance(error, ProcessExpired):
        return _failed(task, error)
    attempts[task.key] = attempts.get(task.key, 1) + 1
    if attempts[task.key] <= MOST_ATTEMPTS:
        return Retried(task=task, attempt=attempts[task.key])
    message = f"the worker died {MOST_ATTEMPTS} times (out of memory?), exit code {error.exitcode}"
    return Failed(task=task, message=message, traceback=str(error))


def _failed(task: Task, error: BaseException) -> Failed:
    """Return the failure of a task; raise when every other task would fail likewise."""
    if isinstance(error, OSError) and error.errno in _FATAL:
        raise UserError(f"{_FATAL[error.errno]} ({task.folder}); make room and run the same command again") from error
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    message = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    first = (message.splitlines() or [""])[0]
    return Failed(task=task, message=first, traceback="".join(traceback.format_exception(error)))
