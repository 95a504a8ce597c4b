"""Intervals by resampling prompts: what is said of one prompt, in several languages or orders, stays together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aya.intervals import wilson

# Shapes: C comparisons, G prompts (clusters), L languages, D draws of the bootstrap.
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CELLS = 2_000_000
"""Weights of a bootstrap that are in memory at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure with its interval; None where there is nothing to tell it from."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def width(self) -> float:
        """How wide the interval is; infinite where there is none."""
        return np.inf if self.low is None or self.high is None else self.high - self.low


NOTHING = Estimate(value=None, low=None, high=None)


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How intervals are drawn."""

    draws: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def resample(self, table: Floats) -> Floats:
        """Return the sums of the rows of each resample of a table of clusters: shape (draws, the columns)."""
        random = np.random.default_rng(self.seed)
        size, at_once = len(table), max(1, _CELLS // max(1, len(table)))
        even = np.full(size, 1 / size)
        made = [
            random.multinomial(size, even, size=min(at_once, self.draws - start)).astype(np.float64) @ table
            for start in range(0, self.draws, at_once)
        ]
        return np.concatenate(made)

    def interval(self, drawn: Floats, value: float) -> Estimate:
        """Return a value with the percentile interval of its draws; those that are no number are passed over.

        A value at the edge of what is possible can lie outside the middle of its draws; the interval reaches to it.
        """
        drawn = drawn[np.isfinite(drawn)]
        if not len(drawn):
            return Estimate(value=value, low=None, high=None)
        low, high = np.quantile(drawn, [(1 - self.confidence) / 2, (1 + self.confidence) / 2])
        return Estimate(value=value, low=min(value, float(low)), high=max(value, float(high)))


def share(values_C: Floats, prompts_C: Ints, how: Resampling) -> Estimate:
    """Return the mean of values from 0 to 1 with its interval; what is NaN does not count.

    Where all values are the same no resample differs, so the interval is Wilson's.
    References: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    return mean_share(values_C, prompts_C, np.zeros(len(values_C), np.int64), how)


def mean_share(values_C: Floats, prompts_C: Ints, groups_C: Ints, how: Resampling) -> Estimate:
    """Return the mean over groups (languages), each counted the same, of the mean of each; see `share`."""
    counts = np.isfinite(values_C)
    if not counts.any():
        return NOTHING
    values_C, prompts_C, groups_C = values_C[counts], prompts_C[counts], groups_C[counts]
    if np.ptp(values_C) == 0:
        low, high = wilson(float(values_C.sum()), len(values_C))
        return Estimate(value=float(values_C[0]), low=low, high=high)
    places_C = np.unique(prompts_C, return_inverse=True)[1]
    groups_C = np.unique(groups_C, return_inverse=True)[1]
    num_L = int(groups_C.max()) + 1
    table = np.zeros((int(places_C.max()) + 1, 2 * num_L))
    np.add.at(table, (places_C, groups_C), values_C)
    np.add.at(table, (places_C, num_L + groups_C), 1.0)
    drawn = how.resample(table)
    return how.interval(_mean_of_ratios(drawn, num_L), float(_mean_of_ratios(table.sum(axis=0)[None], num_L)[0]))


def _mean_of_ratios(sums_D2L: Floats, num_L: int) -> Floats:
    """Return the mean of the groups' means; a group that a resample has nothing of takes no part in it."""
    sums_DL, counts_DL = sums_D2L[:, :num_L], sums_D2L[:, num_L:]
    there = counts_DL > 0
    ratios_DL = np.divide(sums_DL, counts_DL, out=np.zeros_like(sums_DL), where=there)
    means: Floats = ratios_DL.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return means
