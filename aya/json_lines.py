"""JSON Lines that people bring or a run writes as it goes: a row is an object, and a line that is none is named."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from aya.errors import InputError


def objects(lines: Iterable[str | bytes], place: Callable[[int], str]) -> Iterator[dict[str, Any]]:
    """Yield the object of each line; blank lines are passed over. `place` names the line of a number, from 1.

    Raises: InputError for a line that is no object.
    """
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{place(number)}: broken JSON: {error.msg}, column {error.colno}") from error
        except ValueError as error:
            raise InputError(f"{place(number)}: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{place(number)}: not an object")
        yield row


def resumed(journal: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects that a run wrote down so far; a line that a killed process left half-written is cut off."""
    if not journal.exists():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(journal, whole)
    lines = content[:whole].split(b"\n")  # not splitlines: texts may hold other ends of lines
    yield from objects((line or b"\n" for line in lines), lambda number: f"{journal}:{number}")
