"""Mann and Whitney's test of every pair of samples, and p values put right for how many there are.

References: Mann & Whitney 1947, On a Test of Whether one of Two Random Variables is Stochastically Larger than the
Other; Benjamini & Hochberg 1995, Controlling the False Discovery Rate.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from math import comb, erfc, sqrt

import numpy as np

from training.judging.resampling import Floats, Ints

# Shapes: J samples that one is compared with, N and M their values, B both together, P pairs.

FEW = 8
"""Up to so many values in one of two samples without ties, p is exact, as in scipy."""

_erfc = np.vectorize(erfc, otypes=[np.float64])


def pairs(num: int) -> list[tuple[int, int]]:
    """Return the pairs of so many samples, in the order of their p values."""
    return [(first, second) for first in range(num) for second in range(first + 1, num)]


def pairwise(samples: Sequence[Floats]) -> Floats:
    """Return the two-sided p of each pair of samples (P)."""
    found: dict[tuple[int, int], float] = {}
    for first, one_N in enumerate(samples):
        others = defaultdict[int, list[int]](list)
        for second in range(first + 1, len(samples)):
            others[len(samples[second])].append(second)
        for places in others.values():
            p_J = _against(one_N, np.stack([samples[place] for place in places]))
            found |= {(first, place): float(p) for place, p in zip(places, p_J, strict=True)}
    return np.array([found[pair] for pair in pairs(len(samples))])


def _against(one_N: Floats, others_JM: Floats) -> Floats:
    """Return the p of one sample against each of others."""
    n, m = len(one_N), others_JM.shape[1]
    greater_J = (one_N[None, :, None] > others_JM[:, None, :]).sum(axis=(1, 2))
    equal_J = (one_N[None, :, None] == others_JM[:, None, :]).sum(axis=(1, 2))
    u_J = greater_J + equal_J / 2
    u_J = np.maximum(u_J, n * m - u_J)
    both_JB = np.concatenate([np.broadcast_to(one_N, (len(others_JM), n)), others_JM], axis=1)
    alike_JB = (both_JB[:, :, None] == both_JB[:, None, :]).sum(axis=2)
    ties_J = (alike_JB.astype(np.float64) ** 2 - 1).sum(axis=1)  # of t that are equal each has t² - 1: t³ - t
    p_J = _by_normal(u_J, ties_J, n, m)
    if min(n, m) <= FEW:
        exact = np.array([_exact(round(u), n, m) for u in u_J])
        p_J = np.where(ties_J == 0, exact, p_J)
    return p_J


def _by_normal(u_J: Floats, ties_J: Floats, n: int, m: int) -> Floats:
    both = n + m
    variance_J = n * m / 12 * (both + 1 - ties_J / (both * max(1, both - 1)))
    above_J = u_J - n * m / 2 - 0.5  # half a step, since U is a whole number
    with np.errstate(invalid="ignore", divide="ignore"):
        z_J = np.where(variance_J > 0, above_J / np.sqrt(np.maximum(variance_J, 0)), -np.inf)
    found: Floats = np.minimum(1.0, _erfc(z_J / sqrt(2)))
    return found


def _exact(u: int, n: int, m: int) -> float:
    return min(1.0, 2 * sum(_ways(n, m)[u:]) / comb(n + m, n))


@cache
def _ways(n: int, m: int) -> tuple[int, ...]:
    """Return in how many orders of n and m values U is 0, 1, ...: the coefficients of a Gaussian binomial."""
    found = [1] + [0] * (n * m)
    for step in range(1, min(n, m) + 1):
        for place in range(n * m, max(n, m) + step - 1, -1):
            found[place] -= found[place - max(n, m) - step]
        for place in range(step, n * m + 1):
            found[place] += found[place - step]
    return tuple(found)


def discoveries(p_P: Floats, level: float = 0.05) -> int:
    """Return how many tests are significant if no more than this share of them may be so by chance."""
    ordered_P = np.sort(p_P)
    ranks_P: Ints = np.arange(1, len(p_P) + 1)
    good = np.flatnonzero(ordered_P <= level * ranks_P / len(p_P))
    return int(good[-1]) + 1 if len(good) else 0
