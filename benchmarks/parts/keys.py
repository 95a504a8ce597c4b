"""What is kept of very many rows (`dedup.catalogue`), without texts: keys that look random, and those of their copies.

Of a hundred rows 72 are like no other before them, 7 are exact copies of a row before, and 21 near copies, which agree
in each band with a chance of .4 (as rows with a similarity of .89 do), and in most of their sketch.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.parts.random_bits import mixed
from dedup.catalogue import Catalogue, Part
from dedup.grouping import WHOLE
from dedup.signature import SKETCH_WORDS

kernel: Callable[..., Any] = numba.njit(cache=True)
AT_ONCE = 1_000_000


def write_keys(folder: Path, *, rows: int, bands: int) -> Catalogue:
    """Return the flat files of so many rows, written if they are not there."""
    catalogue = Catalogue(folder, bands=bands, settings={"synthetic": True})
    while catalogue.num_rows < rows:
        start, num = catalogue.num_rows, min(AT_ONCE, rows - catalogue.num_rows)
        keys, sketches, exact = _keys(start, num, bands)
        columns: dict[str, npt.NDArray[Any]] = {f"band_{band:02}": keys[band] for band in range(bands)}
        columns |= {"sketch": sketches, "exact": exact, "rank": np.zeros(num, np.uint32)}
        columns |= {"tie": exact.astype(np.uint32), "state": np.full(num, WHOLE, np.uint8)}
        catalogue.add(Part(file="keys", content="keys", first=start, rows=num), columns)
    catalogue.close()
    return catalogue


@kernel
def _origin(row: np.uint64) -> np.uint64:
    """Return the row that this one is like; itself for 72 of a hundred rows."""
    while row > 0 and mixed(row) % np.uint64(100) < np.uint64(28):
        row = mixed(row + np.uint64(1 << 50)) % row
    return row


@kernel
def _origins(rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    found = np.empty(len(rows), np.uint64)
    for i in range(len(rows)):
        found[i] = mixed(_origin(np.uint64(rows[i])))
    return found


def texts_of(rows: npt.NDArray[np.uint32], at_once: int = 100_000) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
    """Yield rows with short texts, the same for a row and its copies, in the place of reading them from files."""
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        yield some, pa.table({"text": pa.array(_origins(some) | np.uint64(1 << 63)).cast(pa.large_string())})


@kernel
def _keys(
    start: int, num: int, bands: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    keys = np.empty((bands, num), np.uint32)
    sketches, exact = np.empty((num, SKETCH_WORDS), np.uint64), np.empty(num, np.uint64)
    for i in range(num):
        row = np.uint64(start + i)
        first = _origin(row)
        is_near = first != row and mixed(row) % np.uint64(100) >= np.uint64(7)
        seed, own = mixed(first + np.uint64(1 << 40)), mixed(row + np.uint64(1 << 41))
        exact[i] = own if is_near else seed
        for band in range(bands):
            same = not is_near or mixed(own + np.uint64(band)) % np.uint64(10) < np.uint64(4)
            keys[band, i] = np.uint32(mixed((seed if same else own) + np.uint64(band + 100)) >> np.uint64(32))
        for word in range(SKETCH_WORDS):
            bits = mixed(seed + np.uint64(word + 1000))
            if is_near:  # one bit in eight is drawn again
                drawn = mixed(own + np.uint64(word)) & mixed(own + np.uint64(word + 10))
                bits ^= drawn & mixed(own + np.uint64(word + 20)) & mixed(own + np.uint64(word + 30))
            sketches[i, word] = bits
    return keys, sketches, exact
