"""Connected components of pairs."""

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel


@kernel
def components(num: int, ones: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return for each of `num` things the lowest thing that it is connected with, directly or through others."""
    roots = np.arange(num)
    for i in range(len(ones)):
        one, other = _root(roots, ones[i]), _root(roots, others[i])
        roots[max(one, other)] = min(one, other)
    for i in range(num):
        roots[i] = _root(roots, i)
    return roots


@inlined
def _root(roots: npt.NDArray[np.int64], thing: int) -> int:
    while roots[thing] != thing:
        roots[thing] = roots[roots[thing]]
        thing = roots[thing]
    return thing
