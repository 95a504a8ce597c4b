"""What a template may spend: steps, sizes, and random draws that repeat.

Every value that reaches an operation written in C (a filter, a method, a comparison, a conversion to
text) is weighed first, and every step is paid for. So the end of a template does not depend on how
fast the machine is, nor on an alarm: the time limit is a second net.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from jinja2 import Undefined

from aya.text import hash64

MOST_TEXT = 1_000_000  # characters of one value, and of a whole output
MOST_ITEMS = 100_000  # of what a generator gives
MOST_WEIGHT = 250_000  # values and quarters of texts inside one container, counted along every path
MOST_RANGE = 10_000  # numbers of one `range`
MOST_BITS = 1024  # of an integer
MOST_PADDING = 1_000  # characters that a width or an indent may add to a line

BUDGET = 5_000_000  # of one rendering, in characters or the like
RATE = 10  # what a filter costs for each item that it is given
STEP = 50  # what one turn of a loop or one call costs: so at most 100,000 of them


class TooLarge(Exception):
    """A value or the output is larger than a template may make it."""


class TooManySteps(Exception):
    """The template does more than one rendering may."""


class Meter:
    """Counts what one rendering spends, and gives it its random numbers."""

    __slots__ = ("_draws", "_left", "_name", "_seed")

    def __init__(self, *, seed: int, name: str) -> None:
        self._left, self._draws = BUDGET, 0
        self._seed, self._name = seed, name

    def pay(self, cost: int) -> None:
        """Take `cost` from the budget.

        Raises: TooManySteps.
        """
        self._left -= cost
        if self._left < 0:
            raise TooManySteps("more loops, calls or text than one rendering may have")

    def draw(self, num: int) -> int:
        """Return a number below `num` that depends on the seed, the record and the draws before."""
        self._draws += 1
        return hash64(f"{self._name}\0{self._draws}", seed=self._seed) % num

    def weigh(self, *values: object, rate: int = 1) -> None:
        """Pay for handling the values, `rate` for each item of a container; refuse one that is too large.

        Raises: TooLarge, TooManySteps.
        """
        for value in values:
            kind = type(value)
            if kind in SCALARS:
                continue
            if isinstance(value, str):
                fits(len(value))
                self.pay(len(value) >> 2)
            elif isinstance(value, list | tuple | dict):
                self.pay(rate * weight(value))

    def settle(self, value: Any) -> Any:
        """Return a result that is whole and paid for: a generator or a view becomes a list.

        Raises: TooLarge, TooManySteps.
        """
        if is_lazy(value):
            value = whole(value)
        self.weigh(value)
        return value


SCALARS = frozenset({int, bool, float, type(None)})
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


def is_lazy(value: object) -> bool:
    """Tell whether a value has its items only once: an iterator, or a view of a dictionary."""
    return hasattr(type(value), "__next__") or isinstance(value, _VIEWS)


def weight(value: object) -> int:
    """Return the number of values and quarters of texts inside a container, along every path.

    A list that holds another one twice counts it twice: so many steps it takes to print or compare.
    Raises: TooLarge, and UndefinedError for what is undefined inside.
    """
    waiting, total = [value], 0
    while waiting:
        item = waiting.pop()
        if type(item) is str:
            total += len(item) >> 2
        elif isinstance(item, list | tuple | dict):
            total += len(item)
        elif isinstance(item, Undefined):
            str(item)  # raises what is wrong with it
        if total > MOST_WEIGHT:
            raise TooLarge("a list or mapping has more in it than a template may handle")
        if isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return total


def fits(num: int, *, most: int = MOST_TEXT) -> None:
    """Refuse a text of `num` characters.

    Raises: TooLarge.
    """
    if num > most:
        raise TooLarge(f"a text of more than {most} characters")


def whole(values: Iterable[Any]) -> list[Any]:
    """Return the values as a list.

    Raises: TooLarge.
    """
    found = list(islice(values, MOST_ITEMS + 1))
    if len(found) > MOST_ITEMS:
        raise TooLarge(f"more than {MOST_ITEMS} items")
    return found
