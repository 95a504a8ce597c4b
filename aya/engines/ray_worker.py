"""What runs on the machines of a cluster: one attempt at a task, once it is sure that the files are shared."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import aya
from aya import languages
from aya.engines.attempts import attempt
from aya.engines.away import Away, attempt_away
from aya.engines.events import Failed, Finished
from aya.engines.parcels import Parcel
from aya.errors import UserError
from aya.task import FORMAT, Task, done

Outcome = Finished | Failed | UserError


@dataclass(frozen=True, kw_only=True)
class Home:
    """What a worker must find where it works: the same aya, and the same files."""

    aya: str
    sign: str = ""
    """A file beside the work, made for this run; none if the files are in an object store."""
    away: Away | None = None

    @classmethod
    @contextmanager
    def shown(cls, folder: Path, url: str | None) -> Iterator[Self]:
        """Yield the home of tasks whose files lie below a folder, or a URL; the sign stands while they run."""
        if url:
            yield cls(aya=_aya(), away=Away(url=url, folder=str(folder)))
            return
        sign = folder / "shared" / f"{secrets.token_hex(8)}.{os.getpid()}.tmp"
        sign.parent.mkdir(parents=True, exist_ok=True)
        sign.touch()
        try:
            yield cls(aya=_aya(), sign=str(sign))
        finally:
            with suppress(OSError):
                sign.unlink(missing_ok=True)


def _aya() -> str:
    """Return all of this aya that enters a content key."""
    return f"aya {aya.__version__}, format {FORMAT}, languages {languages.VERSION}"


def work(task: Task, parcel: Parcel, home: Home, cpus: float) -> Outcome:
    """Do a task unless it is done; a UserError is returned, since every other task would fail likewise."""
    try:
        _check(home)
        _use_threads(max(1, int(cpus)))
        if home.away:
            return attempt_away(task, home.away, parcel)
        if receipt := done(task):
            return Finished(task=task, receipt=receipt)
        return attempt(task)
    except UserError as error:
        return error


class Worker:
    """A worker that keeps the plug-ins of its tasks, set up once."""

    def __init__(self, cpus: float) -> None:
        self._cpus = cpus

    def ready(self) -> None:
        """Return once the worker has its place."""

    def run(self, task: Task, parcel: Parcel, home: Home) -> Outcome:
        """Do a task."""
        return work(task, parcel, home, self._cpus)


@lru_cache(maxsize=1)
def _check(home: Home) -> None:
    here = os.uname().nodename
    if home.aya != _aya():
        raise UserError(f"machine {here} has {_aya()}; the build runs with {home.aya}: install the same everywhere")
    if home.sign and not Path(home.sign).exists():
        work = Path(home.sign).parent.parent
        raise UserError(f"machine {here} does not see {work}; build in a folder that all machines share, or see --work")


@lru_cache(maxsize=1)
def _use_threads(num: int) -> None:
    """Leave the other cores to other workers."""
    import pyarrow

    pyarrow.set_cpu_count(num)
    pyarrow.set_io_thread_count(num)
