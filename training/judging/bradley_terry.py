"""Strengths of two or many systems from verdicts on pairs, with ties and with what being shown first is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.judging.resampling import Estimate, Floats, Ints, Resampling

# Shapes: V verdicts, D draws, S systems, P = S * S ordered pairs (first shown, second shown), 3 outcomes (first,
# tie, second), F = S + 2 parameters (strengths, order, tie).

FIRST, TIE, SECOND = 0, 1, 2
_PRIOR = 0.01
"""Precision of a normal prior around 0: next to nothing, but with it who won all is not infinitely strong."""
_LONGEST_STEP = 2.0
_ROUNDS, _TOLERANCE = 100, 1e-8


@dataclass(frozen=True, kw_only=True, slots=True)
class Strengths:
    """Log strengths, 0 on average: of two systems that are log 2 apart one wins twice as often as the other."""

    systems: dict[str, Estimate]
    order: Estimate
    """What is added to the log odds of the answer that is shown first."""
    tie: Estimate
    """Log of how often two equal answers tie, for each time that one of them wins."""


def strengths(
    systems: Sequence[str], first_V: Ints, second_V: Ints, outcomes_V: Ints, prompts_V: Ints, how: Resampling
) -> Strengths:
    """Return the likeliest strengths; `first_V` and `second_V` are numbers of systems, resampled are prompts.

    The odds of first : tie : second are e^(d/2) : e^tie : e^(-d/2), with d the difference of the strengths plus order.
    References: Bradley & Terry 1952, Rank Analysis of Incomplete Block Designs; Davidson 1970 on ties; Davidson &
    Beaver 1977 on the order of presentation.
    """
    num = len(systems)
    places_V = np.unique(prompts_V, return_inverse=True)[1]
    table = np.zeros((int(places_V.max(initial=-1)) + 1, num * num * 3))
    np.add.at(table, (places_V, (first_V * num + second_V) * 3 + outcomes_V), 1.0)
    used = table.sum(axis=0) > 0
    pairs = np.flatnonzero(used.reshape(-1, 3).any(axis=1))
    features = _features(num)[pairs]
    cells = table.reshape(len(table), num * num, 3)[:, pairs].reshape(len(table), 3 * len(pairs))
    fitted = fit(cells.sum(axis=0)[None], features)[0]
    drawn = fit(how.resample(cells), features) if len(cells) else fitted[None]
    return Strengths(
        systems={name: how.interval(drawn[:, at], float(fitted[at])) for at, name in enumerate(systems)},
        order=how.interval(drawn[:, num], float(fitted[num])),
        tie=how.interval(drawn[:, num + 1], float(fitted[num + 1])),
    )


def fit(counts: Floats, features_P3F: Floats) -> Floats:
    """Return the likeliest parameters of each row of counts (D, 3P), by Newton's method on all rows at once."""
    counts_DP3 = counts.reshape(len(counts), len(features_P3F), 3)
    of_DP = counts_DP3.sum(axis=2)
    found_DF = np.zeros((len(counts), features_P3F.shape[2]))
    for _ in range(_ROUNDS):
        odds_DP3 = np.exp(np.einsum("pof,df->dpo", features_P3F, found_DF))
        shares_DP3 = odds_DP3 / odds_DP3.sum(axis=2, keepdims=True)
        rest_DP3 = counts_DP3 - of_DP[:, :, None] * shares_DP3
        slope_DF = np.einsum("dpo,pof->df", rest_DP3, features_P3F) - _PRIOR * found_DF
        step_DF = np.linalg.solve(_curvature(shares_DP3, of_DP, features_P3F), slope_DF[:, :, None])[:, :, 0]
        longest_D = np.abs(step_DF).max(axis=1, keepdims=True)
        found_DF += step_DF * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest_D, _TOLERANCE))
        if longest_D.max(initial=0.0) < _TOLERANCE:
            break
    found_DF[:, :-2] -= found_DF[:, :-2].mean(axis=1, keepdims=True)
    return found_DF


def _curvature(shares_DP3: Floats, of_DP: Floats, features_P3F: Floats) -> Floats:
    means_DPF = np.einsum("dpo,pof->dpf", shares_DP3, features_P3F)
    weighted = shares_DP3 * of_DP[:, :, None]
    squares = np.einsum("dpo,pof,pog->dfg", weighted, features_P3F, features_P3F, optimize=True)
    found: Floats = squares - np.einsum("dp,dpf,dpg->dfg", of_DP, means_DPF, means_DPF, optimize=True)
    return found + _PRIOR * np.eye(features_P3F.shape[2])


def _features(num: int) -> npt.NDArray[np.float64]:
    """Return what each outcome of each ordered pair adds of each parameter: shape (P, 3, F)."""
    made = np.zeros((num, num, 3, num + 2))
    for first in range(num):
        for second in range(num):
            made[first, second, FIRST, first] += 0.5
            made[first, second, FIRST, second] -= 0.5
            made[first, second, FIRST, num] = 0.5
            made[first, second, TIE, num + 1] = 1.0
            made[first, second, SECOND] = -made[first, second, FIRST]
    return made.reshape(num * num, 3, num + 2)
