"""Intervals of shares that several folders report."""

from math import sqrt


def wilson(right: float, asked: int, *, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson score interval of a share, by default of 95 %; all of 0 to 1 where nobody was asked.

    References: Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference.
    """
    if not asked:
        return 0.0, 1.0
    share, weight = right / asked, z * z / asked
    middle, half = share + weight / 2, z * sqrt(share * (1 - share) / asked + weight / (4 * asked))
    return max(0.0, (middle - half) / (1 + weight)), min(1.0, (middle + half) / (1 + weight))
