"""Units of a text by the steps of `dedup.quick`; the few texts that these are not made for `dedup.units` writes."""

from functools import cache

import numpy as np
import numpy.typing as npt

from dedup.kernel import kernel
from dedup.quick import Scratch, Uint8s, Uint64s, entries, widen, write_entries
from dedup.units import kinds


@cache
def quick_table() -> Uint64s:
    """Return the units of the first 65,536 code points, flagged where they are dense; made once per process."""
    return entries(kinds())


@kernel
def write_quickly(
    data: Uint8s, start: int, stop: int, out: npt.NDArray[np.int32], scratch: Scratch, table: Uint64s
) -> tuple[int, bool]:
    """Write the units of one text to `out` as `write_units` does; return -1 where the text is left to that."""
    num, any_dense = write_entries(data, start, stop, scratch, table)
    if num > 0:
        widen(scratch.written, 0, num, out)
    return num, any_dense
