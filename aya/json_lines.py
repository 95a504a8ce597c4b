"""JSON Lines that people bring: a row is an object, and a line that is none is named."""

import json
from collections.abc import Callable, Iterable, Iterator
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
