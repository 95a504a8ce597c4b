"""How far long work has come, on a terminal: bars with rate and remaining time, or lines where nobody watches."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from aya.build import PassEnded, PassStarted, Report
from aya.engines.events import Event, Failed, Finished, Retried
from aya.stage import Tell, silent
from aya.terminal import counted, talk

EVERY = 10.0
"""Seconds between two lines where nobody watches; work that is done sooner says nothing."""

Quiet = Annotated[bool, typer.Option("--quiet", help="say only what went wrong")]


@contextmanager
def telling(*, quiet: bool, console: Console = talk, every: float = EVERY) -> Iterator[Tell]:
    """Yield a function that shows how far work has come, with its rate and the time that is left."""
    if quiet:
        yield silent
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), _Rate(),
            TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=console) as bars:
            yield _Bars(bars)
    else:
        yield _Lines(console, every)


class _Rate(ProgressColumn):
    """What is done in a second."""

    def render(self, task: Task) -> Text:
        """Return it in words, nothing as long as nobody knows."""
        speed = task.finished_speed or task.speed
        return Text(_rate(speed) if speed else "")


class _Bars:
    """Draws a bar for each step."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._what = bars, ""

    def __call__(self, what: str, done: int, of: int) -> None:
        if what != self._what:
            self._what, self._bar = what, self._bars.add_task(what, total=None)
        self._bars.update(self._bar, completed=done, total=of or None)


class _Lines:
    """Prints a line from time to time."""

    def __init__(self, console: Console, every: float) -> None:
        self._console, self._every, self._what = console, every, ""

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._first, self._started, self._said = what, done, now, now
        if now - self._said < self._every:
            return
        self._said = now
        rate = (done - self._first) / max(now - self._started, 1e-9)
        total = f" of {of:,} ({done / of:.0%})" if of else ""
        left = f", {_clock((of - done) / rate)} left" if of > done and rate else ""
        self._console.print(f"{what}: {done:,}{total}, {_rate(rate)}{left}", markup=False)


def _rate(speed: float) -> str:
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


# -- a build ---------------------------------------------------------------------------------------


@contextmanager
def progress(console: Console, *, quiet: bool) -> Iterator[Report]:
    """Yield a function that draws the events of a build: a bar for every pass, or lines if nobody watches."""
    if quiet:
        yield lambda event: _say(console, event)
    elif not console.is_terminal:
        yield _PassLines(console)
    else:
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=console) as bars:
            yield _Passes(bars)


class _Passes:
    """Draws one bar a pass, with rows a second."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._rows = 0

    def __call__(self, event: Event | PassStarted | PassEnded) -> None:
        if isinstance(event, PassStarted):
            self._rows = 0
            self._bar = self._bars.add_task(event.name, total=event.num_tasks, completed=event.num_done, rate="")
        elif isinstance(event, Finished):
            self._rows += sum(sum(count.rows_in.values()) for count in event.receipt.counts[:1])
            elapsed = self._bars.tasks[self._bar].elapsed or 1
            rate = f"{self._rows / elapsed:,.0f} rows/s" if self._rows else ""
            self._bars.update(self._bar, advance=1, rate=rate)
        else:
            _say(self._bars.console, event)


class _PassLines:
    """Prints a line for each pass, and how far a long one has come."""

    def __init__(self, console: Console) -> None:
        self._console, self._tell = console, _Lines(console, EVERY)

    def __call__(self, event: Event | PassStarted | PassEnded) -> None:
        if isinstance(event, PassStarted):
            self._name, self._done, self._of = f"{event.name}, tasks", event.num_done, event.num_tasks
            done = f", {event.num_done} done before" if event.num_done else ""
            self._console.print(f"{event.name}: {counted(event.num_tasks, 'task')}{done}", markup=False)
            self._tell(self._name, self._done, self._of)
        elif isinstance(event, Finished):
            self._done += 1
            self._tell(self._name, self._done, self._of)
        _say(self._console, event)


def _say(console: Console, event: Event | PassStarted | PassEnded) -> None:
    """Print what nobody should miss."""
    if isinstance(event, Retried):
        console.print(f"a worker died; trying again (attempt {event.attempt})", style="yellow")
    elif isinstance(event, Failed):
        part = event.task.options.get("part", {}).get("name", event.task.kind)
        where = event.task.source if event.message.startswith(part) else f"{event.task.source} {part}"
        console.print(f"error: {where}: {event.message}", style="red", markup=False)
