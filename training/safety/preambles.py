"""What a teacher is told before a request: to refuse what harms, in the language of the request where we have it."""

import string
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from aya import languages
from aya.errors import InputError
from aya.text import hash64

ANY = "any"
"""The file for languages without one of their own; `$language` in it is the language's name in English."""


class Preamble(NamedTuple):
    """A filled preamble."""

    text: str
    name: str
    """Its file and a hash of its words, for provenance: `spa@9f3c01aa`."""


def preamble(language: str, own: Path | None = None) -> Preamble:
    """Return the preamble of a language; `own` is a folder with files `CODE.txt` that go before those of aya.

    It is one question with two answers, after the one that the paper chose: role play and mere wishes to be harmless
    made its teacher refuse half-heartedly.
    References: Üstün et al. 2024 (Aya Model), section 6.2.

    Raises: InputError if a file of `own` can not be read.
    """
    known = {**_known(), **(_files(own) if own else {})}
    name = language if language in known else ANY
    words = " ".join(known[name].split())
    text = string.Template(words).safe_substitute(language=languages.get(language).name)
    return Preamble(text, f"{name}@{hash64(words):016x}")


@cache
def _known() -> Mapping[str, str]:
    folder = files("training.safety").joinpath("preambles")
    return {file.name.removesuffix(".txt"): file.read_text(encoding="utf-8") for file in folder.iterdir()}


def _files(folder: Path) -> Mapping[str, str]:
    try:
        found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{folder}: can not be read: {error}") from error
    if not found:
        raise InputError(f"{folder} has no preambles (CODE.txt)")
    return found
