"""What an engine reports while it runs tasks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from aya.task import Receipt, Task


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A task is done and has its receipt."""

    task: Task
    receipt: Receipt


@dataclass(frozen=True, kw_only=True)
class Retried:
    """A task was lost (its worker died) and runs again."""

    task: Task
    attempt: int


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A task can not be done; `message` is one line, `traceback` is for whoever mends it."""

    task: Task
    message: str
    traceback: str


Event = Finished | Retried | Failed


class Engine(Protocol):
    """Runs tasks in any order, retries the lost ones, reports events; nothing else."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Event]:
        """Yield events until every task is finished or failed."""
