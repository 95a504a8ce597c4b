"""Quotas: whole numbers in proportion to weights, below capacities, that sum to the total exactly."""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Weights = NDArray[np.float64]


def apportion(total: int, weights: Weights, capacities: Counts) -> Counts:
    """Return how many of `total` each weight gets, none of them more than its capacity.

    What is above a capacity goes to the others in proportion to their weights. Fractions go by the
    largest remainder, the earlier one first where two are alike.

    An item of weight 0 gets nothing. Raises `ValueError` when the capacities do not hold the total.
    """
    quotas = np.zeros(len(weights), np.int64)
    open_ = (weights > 0) & (capacities > 0)
    if total > int(capacities[open_].sum()):
        raise ValueError(f"{total} is more than the capacities hold ({int(capacities[open_].sum())})")
    while True:
        left = total - int(quotas.sum())
        ideal = _in_proportion(left, np.where(open_, weights, 0))
        full = open_ & (ideal >= capacities)
        if not full.any():
            return quotas + _rounded(left, ideal)
        quotas[full] = capacities[full]
        open_ &= ~full


def _in_proportion(total: int, weights: Weights) -> Weights:
    """Return the shares of the total; all zero when no weight is."""
    largest = weights.max(initial=0)
    if largest == 0:
        return np.zeros(len(weights))
    scaled = weights / largest  # tiny and huge weights would under- or overflow in the sum
    shares: Weights = scaled / scaled.sum() * total
    return shares


def _rounded(total: int, ideal: Weights) -> Counts:
    """Round to whole numbers that sum to the total, by the largest remainder."""
    floors = np.floor(ideal).astype(np.int64)
    missing = total - int(floors.sum())
    order = np.argsort(floors - ideal, kind="stable")
    floors[order[:missing]] += 1
    return floors
