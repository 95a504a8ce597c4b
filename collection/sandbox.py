"""The sandbox in which templates run: allowed attributes, bounded operators, loops that are paid for.

A template may compute with the values it is given and nothing else: no other file, no inside of
Python, a counted number of steps, and sizes that are checked before anything of that size is made.
"""

from collections.abc import Iterable
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Undefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from collection.template_filters import (
    FILTERS,
    FUNCTIONS,
    TESTS,
    check_format,
    check_method,
    is_allowed,
    meter_of,
)
from collection.template_limits import MOST_BITS, SCALARS, STEP, TooLarge, fits, whole


class NullValue(Exception):
    """A template prints a null."""


_PRINTED = (int, float, Decimal, date, time, timedelta)


@pass_context
def _printed(context: Context, value: Any) -> Any:
    """Return what `{{ }}` prints of a value."""
    if type(value) is str or isinstance(value, _PRINTED):
        return value
    if value is None:
        raise NullValue("a null is printed")
    if isinstance(value, list | tuple | dict):
        return meter_of(context).settle(str(meter_of(context).settle(value)))
    if isinstance(value, str | Undefined):
        return str(value)
    raise SecurityError(f"a template prints data only, not a {type(value).__name__}")


@pass_context
def _concatenated(context: Context, parts: list[Any]) -> str:
    texts = [str(_printed(context, part)) for part in parts]
    fits(sum(map(len, texts)))
    return str(meter_of(context).settle("".join(texts)))


@pass_context
def _counted(context: Context, values: Any) -> Any:
    """Pay for the turns of a loop before it starts."""
    if isinstance(values, Undefined):
        return values
    items = values if isinstance(values, list | tuple | dict | str | range) else whole(values)
    meter_of(context).pay(STEP * (1 + len(items)))
    return items


@pass_context
def _weighed(context: Context, value: Any) -> Any:
    if type(value) not in SCALARS:
        meter_of(context).weigh(value)
    return value


# Names with a space can not be written in a template.
COUNTED, WEIGHED, CONCATENATED = " counted", " weighed", " concatenated"
_INNER = {COUNTED: _counted, WEIGHED: _weighed, CONCATENATED: _concatenated}


def _joined(parts: Iterable[str]) -> str:
    found = list(parts)
    fits(sum(map(len, found)))
    return "".join(found)


class Sandbox(SandboxedEnvironment):
    """Jinja's own sandbox, narrower: allowed attributes instead of forbidden ones, and bounded operators."""

    concat = staticmethod(_joined)
    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=_printed, optimized=False, extensions=())
        self.globals = dict(FUNCTIONS)
        self.filters = {**FILTERS, **_INNER}
        self.tests = dict(TESTS)
        self.loader = None

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow what is on the list."""
        return is_allowed(obj, attr)

    def wrap_str_format(self, value: Any) -> None:
        """Give no `str.format`: its widths are not bounded, its fields reach attributes."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an item; unlike Jinja, never an attribute."""
        if isinstance(argument, tuple | list | dict):
            return self.undefined(f"a {type(argument).__name__} is no key")
        try:
            return obj[argument]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute if the outcome fits."""
        meter = meter_of(context)
        meter.weigh(left, right)
        if operator == "%" and isinstance(left, str):
            check_format(left)
        elif operator in "**" and isinstance(left, int) and isinstance(right, int):
            size = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
            _check_bits(size)
        elif operator == "*":
            _check_repetition(left, right)
        elif operator == "+" and isinstance(left, str) and isinstance(right, str):
            fits(len(left) + len(right))
        return meter.settle(super().call_binop(context, operator, left, right))

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method, macro or function that a template may reach."""
        meter = meter_of(context)
        meter.pay(STEP)
        meter.weigh(*args, *kwargs.values())
        check_method(function, args)
        result = meter.settle(super().call(context, function, *args, **kwargs))
        meter.weigh(getattr(function, "__self__", None))
        return result


def _check_bits(size: int) -> None:
    """Refuse an integer of `size` bits.

    Raises: TooLarge.
    """
    if size > MOST_BITS:
        raise TooLarge(f"a number of more than {MOST_BITS} bits")


def _check_repetition(left: Any, right: Any) -> None:
    for values, times in ((left, right), (right, left)):
        if isinstance(values, str | list | tuple) and isinstance(times, int):
            fits(len(values) * times)


@cache
def environment() -> Sandbox:
    """Return the environment, made once per process; nothing in it changes."""
    return Sandbox()
