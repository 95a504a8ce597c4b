"""What the command line draws with: progress of a build, and rows that any terminal can show."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from aya.build import PassEnded, PassStarted, Report
from aya.engines.events import Event, Failed, Finished, Retried

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
talk = Console(stderr=True, highlight=False, soft_wrap=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for scripts")]

P = ParamSpec("P")
R = TypeVar("R")

_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def resumable(verb: Callable[P, R]) -> Callable[P, R]:
    """Return a verb that answers Ctrl-C with one line on how to go on; for verbs that take up their own work again."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except KeyboardInterrupt:
            talk.print("stopped; the same command goes on where it stopped")
            raise typer.Exit(1) from None

    return run


def safe(text: str) -> str:
    """Return a text that can do no harm to a terminal: control characters but newline and tab are shown by code.

    The text is isolated, so that a right-to-left text does not turn the line around it.
    """
    shown = "".join(
        letter if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs") else f"\\x{ord(letter):02x}"
        for letter in text
    )
    return "\n".join(f"{_ISOLATE}{line}{_END_ISOLATE}" if not line.isascii() else line for line in shown.split("\n"))


def print_json(value: Any, *, indent: int | None = 1) -> None:
    """Print JSON for scripts; `indent=None` gives one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent, default=dict) + "\n")


def short(text: str, most: int) -> str:
    """Return the text, cut after `most` characters."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"


def print_row(console: Console, row: Mapping[str, Any], *, most: int = 400) -> None:
    """Print a record: a line of facts, then prompt, completion, and why it left."""
    names = ("id", "language", "script", "source", "template_id", "origin", "license")
    facts = "  ".join(str(row[name]) for name in names if row.get(name))
    console.print(safe(facts), style="bold", markup=False)
    for name in ("inputs", "targets"):
        console.print(f"{name}:", style="cyan")
        console.print(safe(short(row[name] or "", most)), markup=False)
    if row.get("drop"):
        console.print(f"dropped: {safe(row['drop'])}  {safe(row.get('evidence') or '')}", style="yellow", markup=False)
    console.print()


@contextmanager
def progress(console: Console, *, quiet: bool) -> Iterator[Report]:
    """Yield a function that draws the events of a build: a bar for every pass, or lines if nobody watches."""
    if quiet:
        yield lambda event: _say(console, event)
    elif not console.is_terminal:
        yield lambda event: _lines(console, event)
    else:
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=console) as bars:
            yield _Bars(bars)


class _Bars:
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


def _lines(console: Console, event: Event | PassStarted | PassEnded) -> None:
    if isinstance(event, PassStarted):
        done = f", {event.num_done} done before" if event.num_done else ""
        console.print(f"{event.name}: {event.num_tasks} tasks{done}", markup=False)
    _say(console, event)


def _say(console: Console, event: Event | PassStarted | PassEnded) -> None:
    """Print what nobody should miss."""
    if isinstance(event, Retried):
        console.print(f"a worker died; trying again (attempt {event.attempt})", style="yellow")
    elif isinstance(event, Failed):
        part = event.task.options.get("part", {}).get("name", event.task.kind)
        console.print(f"error: {event.task.source} {part}: {event.message}", style="red", markup=False)
