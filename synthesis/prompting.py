"""Prompts from template files, a folder for each method and a file for each language."""

import re
import string
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from aya import languages
from aya.text import hash64

_WRAPPED = re.compile(r"(?<=[^\]\n])\n(?=[^\n$\[])")
"""A line break inside a paragraph of a template: only for those who read the file."""
_LABEL = re.compile(r"^\[(.+)\]$", re.MULTILINE)


class Prompt(NamedTuple):
    """A filled template."""

    text: str
    template: str
    """Its name and a hash of its words, for provenance: `reverse/fra@9f3c01aa`."""


def prompt(method: str, language: str, **values: str) -> Prompt:
    """Return the template of a method in a language, in English if it has none, with `$name` replaced by the values.

    `$language` is the language's name. What is in a value is never read as a template.
    """
    path, words = _template(method, language)
    filled = string.Template(words).substitute({"language": languages.get(language).name} | values)
    return Prompt(filled.strip(), f"{path.removesuffix('.txt')}@{hash64(words):016x}")


def labels(method: str, language: str) -> list[str]:
    """Return what stands in brackets, on lines of their own, in the same template: `[Answer A]`."""
    return _LABEL.findall(_template(method, language)[1])


def spoken(name: str, language: str) -> Any:
    """Return what a YAML file of the prompts has for a language, in English if it has nothing."""
    known: dict[str, Any] = listed(name)
    return known.get(language, known["eng"])


def answer_in(language: str) -> str:
    """Return the wish to be answered in a language, in that language where we have it."""
    known: dict[str, str] = listed("answer_in")
    return known.get(language) or f"Please answer in {languages.get(language).name}."


@cache
def listed(name: str) -> Any:
    """Return the contents of a YAML file of the prompts."""
    return yaml.safe_load(_text(f"{name}.yaml") or "")


def _template(method: str, language: str) -> tuple[str, str]:
    """Return the path of a template and its words."""
    paths = (f"{method}/{language}.txt", f"{method}/eng.txt")
    return next((path, words) for path in paths if (words := _text(path)) is not None)


@cache
def _text(path: str) -> str | None:
    found = files("synthesis").joinpath("prompts", path)
    if not found.is_file():
        return None
    words = found.read_text(encoding="utf-8")
    return _WRAPPED.sub(" ", words) if path.endswith(".txt") else words
