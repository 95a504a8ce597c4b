"""What the command line prints with: results, talk, JSON, and rows that any terminal can show."""

import json
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
talk = Console(stderr=True, highlight=False, soft_wrap=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for scripts")]

_SOON = 0.2
"""Seconds, in which compiled code is most likely left."""

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


def hear_interrupts() -> None:
    """Let Ctrl-C come again that came while compiled code had called back into Python, where it is lost."""
    before = sys.unraisablehook

    def again(lost: "sys.UnraisableHookArgs") -> None:
        if lost.exc_type is not KeyboardInterrupt:
            before(lost)
            return
        threading.Timer(_SOON, os.kill, (os.getpid(), signal.SIGINT)).start()

    sys.unraisablehook = again


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


def counted(num: int, noun: str) -> str:
    """Return `1 row`, `2 rows`."""
    return f"{num:,} {noun}{'s' * (num != 1)}"


def left(stages: Iterable[Mapping[str, Any]], *, most: int = 3) -> str:
    """Return a line that begins anew and says how many rows left and mostly why; nothing if none left."""
    reasons = {reason: num for stage in stages for reason, num in stage["dropped"].items()}
    listed = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{num:,} {reason.partition(': ')[2] or reason}" for reason, num in listed[:most]]
    more = [f"{sum(num for _, num in listed[most:]):,} for other reasons"] if listed[most:] else []
    return f"\n  left  {sum(reasons.values()):,}: {', '.join([*told, *more])}" if reasons else ""


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
