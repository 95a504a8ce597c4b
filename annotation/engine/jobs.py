"""Run Argilla's jobs (webhooks, statuses after a changed overlap) in threads of the server's own process.

Without a Redis of one's own its place is taken by fakeredis, in memory. Jobs that were waiting when such a server died
are lost; the check at start does what a status job would have done, and whoever waits for webhooks polls as well.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis


@contextmanager
def redis_in_memory() -> Iterator[None]:
    """Let `redis.from_url` connect to this process; to be used around the first import of argilla_server."""
    import fakeredis

    server, original = fakeredis.FakeServer(), redis.from_url

    def from_url(url: str, **named: Any) -> Any:
        return fakeredis.FakeStrictRedis(server=server)

    redis.from_url = from_url
    try:
        yield
    finally:
        redis.from_url = original


def give_jobs_connections() -> None:
    """Let the threads of jobs have connections to PostgreSQL of their own.

    A connection belongs to the event loop that opened it, and every job has a loop; one that a job gave back to the
    pool would fail in the server's.
    """
    from argilla_server.database import AsyncSessionLocal, async_engine
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import NullPool

    of_jobs = create_async_engine(async_engine.url, poolclass=NullPool)

    class OfThread(Session):  # type: ignore[misc]  # sqlalchemy is in another environment than mypy
        def get_bind(self, *given: Any, **named: Any) -> Any:
            in_server = threading.current_thread() is threading.main_thread()
            return (async_engine if in_server else of_jobs).sync_engine

    AsyncSessionLocal.configure(sync_session_class=OfThread)


def start_worker() -> None:
    """Start the threads that run jobs and bring back those whose time to be tried again has come."""
    from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE, REDIS_CONNECTION
    from rq import SimpleWorker
    from rq.scheduler import RQScheduler
    from rq.timeouts import TimerDeathPenalty

    class Worker(SimpleWorker):  # type: ignore[misc]  # rq is in another environment than mypy
        death_penalty_class = TimerDeathPenalty

        def _install_signal_handlers(self) -> None:
            """Leave signals to the server; this is not the main thread."""

    def work() -> None:
        Worker([HIGH_QUEUE, DEFAULT_QUEUE], connection=REDIS_CONNECTION).work(logging_level="WARNING")

    def retry() -> None:
        scheduler = RQScheduler([HIGH_QUEUE, DEFAULT_QUEUE], connection=REDIS_CONNECTION)
        while True:
            scheduler.acquire_locks()
            scheduler.enqueue_scheduled_jobs()
            time.sleep(2)

    for run in (work, retry):
        threading.Thread(target=run, name=f"jobs {run.__name__}", daemon=True).start()
