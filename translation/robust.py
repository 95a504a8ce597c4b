"""What is usual among numbers of which some are wrong: medians and spreads by group."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

NORMAL = 1.4826
"""Standard deviations of a normal distribution in its median distance from the median."""

Groups = Sequence[tuple[tuple[int, ...], npt.NDArray[np.int64]]]
"""The values of the keys, and the places of the rows that have them."""


class Usual(NamedTuple):
    """The middle of some numbers, and how far from it they usually are."""

    median: float
    spread: float


def groups(*keys: npt.NDArray[Any]) -> Groups:
    """Return the places of rows with the same keys, rising."""
    if not len(keys[0]):
        return []
    order = np.lexsort(keys[::-1])
    changes = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    starts = np.flatnonzero(np.append(True, changes))
    return [
        (tuple(int(key[order[start]]) for key in keys), rows)
        for start, rows in zip(starts, np.split(order, starts[1:]), strict=True)
    ]


def usual(values: npt.NDArray[np.float64], *, least_spread: float) -> Usual:
    """Return median and spread; neither moves much as long as the wrong numbers are few."""
    median = float(np.median(values))
    return Usual(median, max(NORMAL * float(np.median(np.abs(values - median))), least_spread))
