"""Errors that a user can put right, said in one line with the nearest good name.

UserError
├── RecipeError       the recipe is wrong; holds every fault at once
├── InputError        a file or a row of the input can not be read
└── MissingExtra      an optional package is not installed
"""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Something the user can put right; its text is one line and says what and where."""


class InputError(UserError):
    """A file of the input can not be read; the text names the file and, if known, the row."""


class MissingExtra(UserError):
    """An optional package is not installed; the text says how to install it."""

    def __init__(self, extra: str, package: str) -> None:
        self.extra, self.package = extra, package
        super().__init__(f"{package} is not installed; install it with: pip install 'aya[{extra}]'")

    def __reduce__(self) -> tuple[type["MissingExtra"], tuple[str, str]]:
        """Pickle by the names, so that the error survives a process border."""
        return MissingExtra, (self.extra, self.package)


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Import packages of an extra inside; one that is not there is a MissingExtra with its name."""
    try:
        yield
    except ImportError as error:
        raise MissingExtra(extra=extra, package=str(error.name).partition(".")[0]) from error


class RecipeError(UserError):
    """A recipe has faults; `faults` holds one line for each of them."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))

    def __reduce__(self) -> tuple[type["RecipeError"], tuple[tuple[str, ...]]]:
        """Pickle by the faults, so that the error survives a process border."""
        return RecipeError, (self.faults,)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` with the nearest of `known`, or an empty text."""
    lowered = {item.lower(): item for item in known}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f"; did you mean '{lowered[close[0]]}'?" if close else ""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return one line saying that there is no such `kind`, with the nearest good name."""
    return f"no {kind} '{name}'{nearest(name, known)}"
