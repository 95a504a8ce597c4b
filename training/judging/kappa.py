"""How far two say the same beyond chance: Cohen's kappa, with its interval.

References: Cohen 1960, A Coefficient of Agreement for Nominal Scales.
"""

from collections.abc import Sequence

import numpy as np

from training.judging.resampling import NOTHING, Estimate, Floats, Resampling

# Shapes: U units, L labels, D draws.


def kappa(pairs: Sequence[tuple[str, str]], how: Resampling) -> Estimate:
    """Return the kappa of what two said of each unit; nothing where both say one thing alone, so that chance does all.

    The interval is of units drawn again; where no draw differs there is none.
    """
    names = sorted({label for pair in pairs for label in pair})
    if len(names) < 2:
        return NOTHING
    table = np.zeros((len(pairs), len(names), len(names)))
    for place, (one, other) in enumerate(pairs):
        table[place, names.index(one), names.index(other)] = 1
    value = float(_kappas(table.sum(axis=0)[None])[0])
    drawn_D = _kappas(how.resample(table.reshape(len(pairs), -1)).reshape(-1, len(names), len(names)))
    if np.ptp(drawn_D[np.isfinite(drawn_D)]) == 0:
        return Estimate(value=value, low=None, high=None)
    return how.interval(drawn_D, value)


def _kappas(counts_DLL: Floats) -> Floats:
    """Return kappa of each table of counts; not a number where chance does all."""
    shares_DLL = counts_DLL / counts_DLL.sum(axis=(1, 2), keepdims=True)
    same_D = np.trace(shares_DLL, axis1=1, axis2=2)
    chance_D = (shares_DLL.sum(axis=1) * shares_DLL.sum(axis=2)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(chance_D < 1, (same_D - chance_D) / (1 - chance_D), np.nan)
    return found
