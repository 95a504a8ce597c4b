"""Filters, functions and methods of templates: Jinja's that only compute, with bounds, and PromptSource's.

Left out: what marks up HTML, what prints the inside of Python, what breaks lines at English word
lengths, and `lipsum`. `random`, `choice` and `shuffle` repeat for the same seed and record.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from itertools import islice
from types import MappingProxyType
from typing import Any

from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as JINJA
from jinja2.runtime import Context, LoopContext
from jinja2.tests import TESTS as JINJA_TESTS
from jinja2.utils import Namespace

from collection.template_limits import MOST_PADDING, MOST_RANGE, RATE, STEP, Meter, TooLarge, fits, whole

METER = " meter"
"""Where the context keeps the meter: no template can write that name."""


def meter_of(context: Context) -> Meter:
    """Return the meter of the rendering that a context belongs to."""
    meter: Meter = context.parent[METER]
    return meter


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter or test that weighs what it is given and what it returns."""
    passed = getattr(function, "jinja_pass_arg", None)
    kind = "" if passed is None else str(passed.name)

    @wraps(function)
    def call(context: Context, /, *args: Any, **kwargs: Any) -> Any:
        meter = meter_of(context)
        meter.pay(STEP)
        meter.weigh(*args, *kwargs.values(), rate=RATE)
        first = {"": (), "context": (context,), "eval_context": (context.eval_ctx,)}.get(kind, (context.environment,))
        return meter.settle(function(*first, *args, **kwargs))

    call.__dict__.clear()  # `wraps` copies the mark of what the inner function is passed
    return pass_context(call)


# -- with bounds of their own --------------------------------------------------------------------

_FIELD = re.compile(r"%(?:\((?P<key>[^)]*)\))?(?P<flags>[-+ #0]*)(?P<width>\*|\d*)(?:\.(?P<precision>\*|\d*))?")


def check_format(text: str) -> None:
    """Refuse a `%` format whose widths are not written out or are above `MOST_PADDING`.

    Raises: TooLarge.
    """
    for field in _FIELD.finditer(text):
        for size in (field["width"], field["precision"]):
            if size and (size == "*" or len(size) > 4 or int(size) > MOST_PADDING):
                raise TooLarge(f"a format with a width above {MOST_PADDING}, or one that is not written out")


def _format(value: str, *args: Any, **kwargs: Any) -> str:
    check_format(str(value))
    return str(value) % (kwargs or args)


def _padding(num: object) -> int:
    if not isinstance(num, int) or not 0 <= num <= MOST_PADDING:
        raise TooLarge(f"a width or count must be between 0 and {MOST_PADDING}, not {num!r:.40}")
    return num


def _center(value: str, width: int = 80) -> str:
    return str(value).center(_padding(width))


def _indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    text = str(value)
    mark = width if isinstance(width, str) else " " * _padding(width)
    fits(len(text) + len(mark) * (text.count("\n") + 1))
    return str(JINJA["indent"](text, mark, first, blank))


def _replace(value: str, old: str, new: str, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    times = text.count(old) if count < 0 else min(count, text.count(old))
    fits(len(text) + times * len(new))
    return text.replace(old, new, count)


@pass_context
def _join(context: Context, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    parts = whole(value)
    if attribute is not None:
        parts = list(JINJA["map"](context, parts, attribute=attribute))
    return join(str(d), [str(part) for part in parts])


def join(separator: str, parts: list[str]) -> str:
    """Join the parts if the outcome fits."""
    fits(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _batch(value: Iterable[Any], linecount: int, fill_with: Any = None) -> list[Any]:
    return whole(JINJA["batch"](value, _padding(linecount), fill_with))


def _slice(value: Iterable[Any], slices: int, fill_with: Any = None) -> list[Any]:
    return whole(JINJA["slice"](value, _padding(slices), fill_with))


def _round(value: float, precision: int = 0, method: str = "common") -> float:
    _padding(abs(precision) * 10)
    return float(JINJA["round"](value, precision, method))


@pass_context
def _sum(context: Context, value: Iterable[Any], attribute: str | int | None = None, start: float = 0) -> Any:
    if attribute is not None:
        value = JINJA["map"](context, value, attribute=attribute)
    if not isinstance(start, int | float):
        raise TypeError("`sum` adds numbers")
    return sum(value, start)


def _tojson(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=None if indent is None else _padding(indent))


# -- PromptSource's, and what is random ----------------------------------------------------------


@pass_context
def _choice(context: Context, value: Iterable[Any]) -> Any:
    items = value if isinstance(value, list | tuple | str | range) else whole(value)
    if not items:
        raise IndexError("nothing to choose from")
    return items[meter_of(context).draw(len(items))]


@pass_context
def _shuffle(context: Context, value: Iterable[Any]) -> list[Any]:
    items, meter = whole(value), meter_of(context)
    for last in range(len(items) - 1, 0, -1):
        other = meter.draw(last + 1)
        items[last], items[other] = items[other], items[last]
    return items


def _most_frequent(value: Iterable[Any]) -> list[Any]:
    counts = Counter(value)
    most = max(counts.values(), default=0)
    return [item for item, count in counts.items() if count == most]


_TAKEN: dict[str, Callable[..., Any]] = {
    name: JINJA[name]
    for name in (
        "abs capitalize count d default dictsort first float groupby int items last length list lower map max min"
        " reject rejectattr reverse select selectattr sort string title trim truncate unique upper wordcount"
    ).split()
}
_OWN: dict[str, Callable[..., Any]] = {
    "batch": _batch, "center": _center, "choice": _choice, "format": _format, "indent": _indent, "join": _join,
    "most_frequent": _most_frequent, "random": _choice, "replace": _replace, "round": _round, "shuffle": _shuffle,
    "slice": _slice, "sum": _sum, "to_list": whole, "tojson": _tojson,
}  # fmt: skip

RANDOM = frozenset(["choice", "random", "shuffle"])
_ALL: dict[str, Callable[..., Any]] = _TAKEN | _OWN

FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {name: guarded(function) for name, function in sorted(_ALL.items())}
)
_JINJA_TESTS: Mapping[str, Any] = JINJA_TESTS
TESTS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {name: guarded(_JINJA_TESTS[name]) for name in sorted(_JINJA_TESTS) if name != "callable"}
)


# -- functions -----------------------------------------------------------------------------------


class Names(Namespace):
    """A namespace that prints nothing of what it holds."""

    def __repr__(self) -> str:
        return "<namespace>"


def _range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MOST_RANGE:
        raise TooLarge(f"a range of more than {MOST_RANGE} numbers")
    return numbers


def _zip(*args: Iterable[Any]) -> list[tuple[Any, ...]]:
    return list(islice(zip(*args, strict=False), MOST_RANGE + 1))


def _dict(*args: Any, **kwargs: Any) -> dict[Any, Any]:
    return dict(*args, **kwargs)


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"range": _range, "zip": _zip, "dict": _dict, "namespace": Names}
)

# -- attributes and methods ----------------------------------------------------------------------

_ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = (
    (str, frozenset("capitalize casefold count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric"
        " isspace istitle isupper join lower lstrip partition removeprefix removesuffix replace rfind rindex"
        " rpartition rsplit rstrip split splitlines startswith strip swapcase title upper".split())),
    (list, frozenset(["append", "count", "index", "pop"])),
    (tuple, frozenset(["count", "index", "grouper", "list"])),
    (dict, frozenset(["get", "items", "keys", "pop", "update", "values"])),
    (LoopContext, frozenset("cycle changed depth depth0 first index index0 last length nextitem previtem revindex"
        " revindex0".split())),
)  # fmt: skip
CHANGING = frozenset(["append", "pop", "update"])
"""Methods that change a value of the item: a template that uses one works on a copy."""


def is_allowed(value: object, attribute: str) -> bool:
    """Tell whether a template may reach an attribute of a value."""
    if attribute.startswith("_"):
        return False
    if isinstance(value, Names):
        return True
    return any(isinstance(value, kind) and attribute in allowed for kind, allowed in _ATTRIBUTES)


def check_method(function: Any, args: tuple[Any, ...]) -> None:
    """Refuse a call of a text's method whose result would not fit.

    Raises: SecurityError, TooLarge.
    """
    text, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(text, str) or not args:
        return
    if name == "join":
        join(text, [part for part in whole(args[0]) if isinstance(part, str)])
    elif name == "replace" and len(args) > 1:
        _replace(text, *args[:2])
    elif name in ("format", "format_map"):
        raise SecurityError("`format` as a method; use the filter")
