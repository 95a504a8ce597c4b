"""Jinja over the columns of a row: prompts, choices, answers, languages."""

import ast
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from aya.errors import InputError

PARTS = "|||"
"""Parts several texts that one template writes, as in PromptSource."""


def render(template: str, row: Mapping[str, Any], *, place: str) -> str:
    """Return what a template makes of a row, without white space at its ends.

    Raises: InputError that names the place, for a template that is none or a column that is not there.
    """
    try:
        return _compiled(template).render(row).strip()
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise InputError(f"{place}: '{template}': {error}") from error


def parts(template: str, row: Mapping[str, Any], *, place: str) -> tuple[str, ...]:
    """Return the texts that a template writes, parted by `|||`."""
    return tuple(part.strip() for part in render(template, row, place=place).split(PARTS))


@cache
def _compiled(template: str) -> Template:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    environment.filters["parsed"] = parsed
    return environment.from_string(template)


def parsed(text: str) -> Any:
    """Return the value of a column that holds JSON, or a literal of Python as pandas writes lists."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return ast.literal_eval(text)
