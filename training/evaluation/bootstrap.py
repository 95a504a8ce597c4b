"""Intervals by drawing items again: the same draws for every model, language and average of a task.

How often an item counts in a draw is a Poisson number from its name alone, so figures of two models are drawn in pairs,
and translations of an item together, without either knowing of the other.

References: Chamandy et al. 2012, Estimating Uncertainty for Massive Data Streams (the Poisson bootstrap).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aya.text import hash64

DRAWS = 1_000
_POISSON = np.cumsum([math.exp(-1) / math.factorial(k) for k in range(13)])

Floats = NDArray[np.float64]


def counts(clusters: Sequence[str], *, seed: int = 0, draws: int = DRAWS) -> NDArray[np.uint8]:
    """Return how often each cluster counts in each draw, a column for each cluster.

    A number of 64 random bits is looked up in the distribution, since numpy promises its bits to stay the same, and
    nothing of its distributions.
    """
    found = np.empty((draws, len(clusters)), np.uint8)
    for place, cluster in enumerate(clusters):
        bits = np.random.Philox(key=hash64(cluster, seed=seed)).random_raw(draws)
        found[:, place] = np.searchsorted(_POISSON, bits / 2.0**64, side="right")
    return found


def interval(drawn: Floats, *, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of a figure, from its values in all draws; a draw without an item has none."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean(sums: Floats) -> Floats:
    """Return means of sums (..., value and number) as 0 to 100; not a number where there is no item."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = 100 * sums[..., 0] / sums[..., 1]
    return found
