"""The local engine: a pool of spawned processes, in which a killed worker costs one task.

Memory is bounded by workers times shard: at most twice as many tasks as workers wait in the pool.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessPool

from aya.engines.attempts import MOST_ATTEMPTS, attempt, failed, given_up
from aya.engines.events import Event, Finished, Retried
from aya.task import Task, run


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
            return map(attempt, tasks)
        return self._run_in_pool(deque(tasks))

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
            with _deaf_to_ctrl_c():
                assert self._pool.active  # which starts it
        return self._pool


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start processes inside that Ctrl-C does not reach; a terminal sends it to all, and this one ends them.

    They would ignore it on their own as soon as they have imported what they need, which takes a second.
    """
    resource_tracker.ensure_running()  # it would lift the block, were it started inside
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        return failed(task, error)
    attempts[task.key] = attempts.get(task.key, 1) + 1
    if attempts[task.key] <= MOST_ATTEMPTS:
        return Retried(task=task, attempt=attempts[task.key])
    return given_up(task, MOST_ATTEMPTS, f"exit code {error.exitcode}")
