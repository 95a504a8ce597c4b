"""Connected components of pairs."""

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel


@kernel
def roots_of_pairs(num: int, pairs: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Return for each of `num` things the lowest that it is connected with by `one << 32 | other` and others."""
    roots = np.arange(num).astype(np.uint32)
    for i in range(len(pairs)):
        one, other = _low_root(roots, pairs[i] >> np.uint64(32)), _low_root(roots, pairs[i] & np.uint64(0xFFFFFFFF))
        roots[max(one, other)] = min(one, other)
    for i in range(num):
        roots[i] = _low_root(roots, np.uint64(i))
    return roots


@inlined
def _low_root(roots: npt.NDArray[np.uint32], thing: np.uint64) -> np.uint64:
    while np.uint64(roots[thing]) != thing:
        roots[thing] = roots[roots[thing]]
        thing = np.uint64(roots[thing])
    return thing
