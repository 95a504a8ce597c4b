"""Random bits from a number: the same on every machine, in compiled code."""

import numpy as np

from dedup.kernel import kernel


@kernel
def mixed(value: np.uint64) -> np.uint64:
    """Return 64 bits that look random (splitmix64)."""
    value = value * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
