"""Pack examples into the rows of a batch: each into the row that it leaves the least room in.

Array shapes: E examples, S sides (prompt and completion of an encoder-decoder, or one for both together), R rows.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Lengths = NDArray[np.int64]


class Filler:
    """The rows of one batch while they fill up.

    `most` is how many tokens a row holds on each side. An example goes into the open row where the larger of the rooms
    that it leaves is smallest; a new row is opened when it fits into none of the `pool` rows that were opened last
    (all rows if left out). The batch is full once an example fits nowhere.
    """

    def __init__(self, rows: int, most: tuple[int, ...], *, pool: int | None = None) -> None:
        self.most = most
        self.opened = 0
        self.full = False
        self._room_RS = np.tile(np.asarray(most, np.int64), (rows, 1))
        self._pool = pool or rows

    def add(self, lengths_ES: Lengths) -> Lengths:
        """Return the row of each example, in order, up to the first one that fits nowhere.

        Raises: ValueError for an example that is longer than an empty row.
        """
        if (lengths_ES > np.asarray(self.most)).any():
            raise ValueError(f"an example is longer than a row of {self.most} tokens")
        rows_E = np.empty(len(lengths_ES), np.int64)
        done, self.opened = _fill(lengths_ES, self._room_RS, rows_E, self.opened, self._pool)
        self.full = self.full or done < len(lengths_ES)
        return rows_E[:done]


@numba.njit(cache=True, nogil=True)
def _fill(lengths_ES: Lengths, room_RS: Lengths, rows_E: Lengths, opened: int, pool: int) -> tuple[int, int]:
    """Place examples until one fits nowhere; return how many were placed and how many rows are open."""
    num_sides = lengths_ES.shape[1]
    for example in range(len(lengths_ES)):
        best, least = -1, np.int64(1) << 62
        for row in range(max(0, opened - pool), opened):
            largest = np.int64(0)
            for side in range(num_sides):
                left = room_RS[row, side] - lengths_ES[example, side]
                if left < 0:
                    largest = np.int64(1) << 62
                    break
                largest = max(largest, left)
            if largest < least:
                best, least = row, largest
        if best < 0:
            if opened == len(room_RS):
                return example, opened
            best, opened = opened, opened + 1
        for side in range(num_sides):
            room_RS[best, side] -= lengths_ES[example, side]
        rows_E[example] = best
    return len(lengths_ES), opened
