"""The Ray engine: the tasks of a plan on a cluster, in which a lost worker or machine costs the tasks it had.

Ray places the tasks; this module keeps a bounded number of them in flight, and asks again for what was lost. A task
with a model runs on a worker that keeps the model (an actor), any other on whatever worker is free. What a task reads
and writes are files; what goes through Ray are settings, paths and receipts.
"""

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aya.engines.attempts import MOST_ATTEMPTS, failed, given_up
from aya.engines.events import Event, Retried
from aya.engines.needs import Needs, Told, needs_of
from aya.engines.parcels import Parcel, Parcels
from aya.engines.ray_worker import Home, Outcome, Worker, work
from aya.errors import UserError, needs
from aya.task import Task

os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "^")  # else Ray prints what it has to say among the results
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # and tells its makers of every cluster
with needs("ray"):
    import ray
    from ray import exceptions

MOST_MACHINES = 10
"""Machines that may go down under one task before it is given up; that is seldom its fault."""
LOOK = 1.0
"""Seconds between two looks at what the cluster has."""
_MACHINE = (
    exceptions.NodeDiedError,
    exceptions.LocalRayletDiedError,
    exceptions.ObjectLostError,
    exceptions.ActorUnavailableError,
)
_LOST = (*_MACHINE, exceptions.WorkerCrashedError, exceptions.RayActorError, exceptions.OutOfMemoryError)

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Crew:
    """The workers of one run that keep one model."""

    needs: Needs
    waiting: deque[Task] = field(default_factory=deque)
    idle: list[Any] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What Ray was asked for: a task, a worker's start, or a task on that worker."""

    task: Task | None = None
    crew: _Crew | None = None
    actor: Any = None


class Ray:
    """Runs tasks on a Ray cluster: the one at `address`, else one of this machine with `workers` processes.

    With a `url`, what tasks read and write lies there. Use it in a `with` block; leaving it ends what runs, and a
    cluster that it started.
    """

    def __init__(
        self,
        *,
        address: str | None = None,
        workers: int | None = None,
        told: Told | None = None,
        url: str | None = None,
    ) -> None:
        if address and address.startswith("ray://"):
            raise UserError(f"{address}: aya runs on a machine of the cluster; give its own address, as host:6379")
        self._address, self._workers, self._told = address, workers, told or {}
        self._url, self._parcels = url, Parcels(url) if url else None
        self._running: dict[Any, _Job] = {}

    def __enter__(self) -> Self:
        """Join the cluster, or start one.

        Raises: UserError if there is none at the address.
        """
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if self._address:
            try:
                _knock(self._address)
                ray.init(address=self._address, **quiet)
            except (OSError, ValueError, RuntimeError) as error:
                said = f"no Ray cluster to join at {self._address}: {_line(error)}"
                raise UserError(f"{said}; does it ask for a token (RAY_AUTH_MODE=token)?") from error
        else:
            ray.init("local", num_cpus=self._workers, include_dashboard=False, object_store_memory=1 << 27, **quiet)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster, which ends what runs for who has left.

        Tasks are not cancelled one by one: one that ends just then makes Ray 2.60 abort this process.
        """
        self._running.clear()
        ray.shutdown()

    def run(self, tasks: Iterable[Task]) -> Iterator[Event]:
        """Yield events until every task is finished or failed.

        Raises: UserError when going on is pointless.
        """
        waiting = deque(tasks)
        if waiting:
            with Home.shown(Path(waiting[0].folder).parent, self._url) as home:
                yield from _Run(self._running, self._told, self._parcels, home).events(waiting)


class _Run:
    """One pass in progress."""

    def __init__(self, running: dict[Any, _Job], told: Told, parcels: Parcels | None, home: Home) -> None:
        self._running, self._told, self._parcels, self._home = running, told, parcels, home
        self._plain: deque[Task] = deque()
        self._crews: dict[str, _Crew] = {}
        self._needs: dict[str, Needs] = {}
        self._losses: dict[str, tuple[int, int]] = {}
        self._machines: list[dict[str, float]] = []
        self._looked = 0.0

    def events(self, tasks: Iterable[Task]) -> Iterator[Event]:
        """Yield events until every task is finished or failed."""
        self._look()
        for task in tasks:
            self._queue(task).append(task)
        while self._submit():
            ready, _ = ray.wait(list(self._running), timeout=LOOK)
            for ref in ready:
                job = self._running.pop(ref)
                if (event := self._event(ref, job)) is not None:
                    yield event

    # -- placing ---------------------------------------------------------------------------------

    def _look(self) -> None:
        """See what machines there are; they come and go."""
        if time.monotonic() - self._looked > LOOK or not self._machines:
            self._machines = [node["Resources"] for node in _nodes() if node["Alive"]]
            self._looked = time.monotonic()

    def _queue(self, task: Task) -> deque[Task]:
        """Return where a task waits for its turn."""
        gpus = any(machine.get("GPU") for machine in self._machines)
        needs = self._fit(needs_of(task, told=self._told, gpus=gpus), task)
        if not needs.model:
            self._needs[task.key] = needs
            return self._plain
        crew = self._crews.setdefault(needs.model, _Crew(needs=needs))
        crew.needs = max(crew.needs, needs, key=lambda each: each.memory)
        return crew.waiting

    def _fit(self, needs: Needs, task: Task) -> Needs:
        """Return what a task may ask for: no more memory than the largest machine has."""
        most = {name: max(machine.get(name, 0) for machine in self._machines) for name in ("CPU", "GPU", "memory")}
        for name, wanted in (("CPU", needs.cpus), ("GPU", needs.gpus)):
            if wanted > most[name]:
                what = f"{task.source} {task.kind}".strip()
                raise UserError(f"{what} asks for {wanted:g} {name} on one machine; the cluster has {most[name]:g}")
        if needs.memory > most["memory"]:
            said = "%s %s wants %d MB of memory; the largest machine has %d and gets it alone"
            log.warning(said, task.kind, task.key, needs.memory / 1e6, most["memory"] / 1e6)
        return replace(needs, memory=min(needs.memory, most["memory"]))

    def _submit(self) -> bool:
        """Keep the cluster busy, and no more than that; return whether anything runs."""
        self._look()
        room = 2 * sum(machine.get("CPU", 0) for machine in self._machines)
        while self._plain and len(self._running) < max(2, room):
            task = self._plain.popleft()
            needs = self._needs[task.key]
            remote = _work.options(**_options(needs))
            self._running[remote.remote(task, self._parcel(task), self._home, needs.cpus)] = _Job(task=task)
        for crew in self._crews.values():
            self._man(crew)
        return bool(self._running)

    def _parcel(self, task: Task) -> Parcel:
        return self._parcels.of(task) if self._parcels else Parcel()

    def _man(self, crew: _Crew) -> None:
        """Give a crew as many workers as it has tasks and the machines have room; send those home that nobody needs."""
        while crew.idle and crew.waiting:
            actor, task = crew.idle.pop(), crew.waiting.popleft()
            self._running[actor.run.remote(task, self._parcel(task), self._home)] = _Job(
                task=task, crew=crew, actor=actor
            )
        starting = [ref for ref, job in self._running.items() if job.crew is crew and job.task is None]
        if not crew.waiting:
            for actor in (*crew.idle, *(self._running.pop(ref).actor for ref in starting)):
                ray.kill(actor)
            crew.size -= len(crew.idle) + len(starting)
            crew.idle.clear()
        most = max(1, sum(_room(machine, crew.needs) for machine in self._machines))
        for _ in range(min(len(crew.waiting) - len(starting), most - crew.size)):
            actor = _Worker.options(**_options(crew.needs)).remote(crew.needs.cpus)
            crew.size += 1
            self._running[actor.ready.remote()] = _Job(crew=crew, actor=actor)

    # -- outcomes --------------------------------------------------------------------------------

    def _event(self, ref: Any, job: _Job) -> Event | None:
        try:
            outcome: Outcome = ray.get(ref)
        except _LOST as error:
            return self._lost(job, error)
        except exceptions.RayTaskError as error:
            if job.task is None or isinstance(error.cause, ImportError):
                raise UserError(f"a machine of the cluster can not run aya: {_line(error.cause or error)}") from error
            outcome = failed(job.task, error)
        if job.crew is not None:
            job.crew.idle.append(job.actor)
        if isinstance(outcome, UserError):
            raise outcome
        return outcome

    def _lost(self, job: _Job, error: BaseException) -> Event | None:
        """Put a lost task in front again, unless it was lost too often."""
        if job.crew is not None:
            ray.kill(job.actor)  # it may only have been out of reach
            job.crew.size -= 1
        if job.task is None:
            return None
        workers, machines = self._losses.get(job.task.key, (0, 0))
        by_machine = isinstance(error, _MACHINE) or _died_with_its_machine(error)
        workers, machines = workers + (not by_machine), machines + by_machine
        self._losses[job.task.key] = workers, machines
        if workers >= MOST_ATTEMPTS or machines >= MOST_MACHINES:
            return given_up(job.task, workers + machines, _line(error))
        queue = self._plain if job.crew is None else job.crew.waiting
        queue.appendleft(job.task)
        return Retried(task=job.task, attempt=1 + workers + machines)


_nodes: Any = ray.nodes
_work: Any = ray.remote(max_retries=0, scheduling_strategy="SPREAD")(work)
_Worker: Any = ray.remote(max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD")(Worker)


def _knock(address: str) -> None:
    """Raise OSError when nobody is there; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=10).close()


def _options(needs: Needs) -> dict[str, float]:
    return {"num_cpus": needs.cpus, "num_gpus": needs.gpus, "memory": int(needs.memory)}


def _room(machine: dict[str, float], needs: Needs) -> int:
    """Return how many workers a machine has room for."""
    wanted = {"CPU": needs.cpus, "GPU": needs.gpus, "memory": needs.memory}
    return int(min((machine.get(name, 0) // value for name, value in wanted.items() if value), default=0))


def _died_with_its_machine(error: BaseException) -> bool:
    return isinstance(error, exceptions.ActorDiedError) and "its node has died" in str(error)


def _line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
