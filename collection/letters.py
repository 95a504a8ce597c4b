"""A column of texts as one array of code points, with facts of every character by table look-up.

A look-up costs a few nanoseconds a character, where a regular expression in Python costs a hundred.
Suffixes: `_C` one item a character, `_R` one item a row (text), `_P` one item a code point of Unicode.
"""

import sys
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

from aya.text import SCRIPTS

Counts = npt.NDArray[np.int64]

TABLE = 0x40000
"""Code points in the tables; there are no letters above (planes 4 to 16)."""

BATCH = 2_000_000
"""Characters looked at together: bounds the memory, changes no outcome."""


class Letters(NamedTuple):
    """The characters of some texts, one after the other."""

    points_C: npt.NDArray[np.uint32]
    starts_R: Counts
    """Where each text starts, and at the end where the last one stops."""

    def tally(self, table_P: npt.NDArray[np.uint8], counts: Counts) -> None:
        """Add to `counts` (texts x entries) how often each text has a character of each entry of `table_P`.

        The last entry of the table stands for all characters above.
        """
        _count(self.points_C, self.starts_R, table_P, counts)


def batches(texts: pa.ChunkedArray, *, most: int | None = None) -> Iterator[tuple[int, Letters]]:
    """Yield (first row, characters) for runs of texts of about `BATCH` characters; null is empty.

    Of a text longer than `most` characters the first `most` are taken.
    """
    if most is not None:
        texts = pc.utf8_slice_codeunits(texts, 0, most)
    filled = pc.fill_null(texts.cast(pa.large_string()), "")
    stops = np.cumsum(pc.utf8_length(filled).to_numpy(), dtype=np.int64)
    first = 0
    while first < len(filled):
        before = stops[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(stops, before + BATCH, side="right")))
        points = _points(filled.slice(first, last - first))
        yield first, Letters(points, np.concatenate([[0], stops[first:last] - before]))
        first = last


def _points(texts: pa.ChunkedArray) -> npt.NDArray[np.uint32]:
    joined = b"".join(_bytes(chunk) for chunk in texts.chunks).decode()
    return np.frombuffer(joined.encode(f"utf-32-{sys.byteorder[0]}e"), np.uint32)


def _bytes(chunk: pa.LargeStringArray) -> bytes:
    if not len(chunk):
        return b""
    _, offsets, data = chunk.buffers()
    start, stop = np.frombuffer(offsets, np.int64)[[chunk.offset, chunk.offset + len(chunk)]]
    return b"" if data is None else bytes(data.slice(start, stop - start))


@numba.njit(cache=True)
def _count(points_C: npt.NDArray[np.uint32], starts_R: Counts, table_P: npt.NDArray[np.uint8], counts: Counts) -> None:
    last = len(table_P) - 1
    for row in range(len(starts_R) - 1):
        for place in range(starts_R[row], starts_R[row + 1]):
            counts[row, table_P[min(points_C[place], last)]] += 1


@cache
def script_table() -> npt.NDArray[np.uint8]:
    """Return for every code point the place of its script in `aya.text.SCRIPTS`, from 1; 0 for no letter."""
    table_P = np.zeros(TABLE, np.uint8)
    runs = "|".join(rf"(?P<{code}>[\p{{Script={code}}}&&\p{{L}}]+)" for code in SCRIPTS)
    for run in regex.finditer(rf"(?V1){runs}", "".join(map(chr, range(TABLE)))):
        table_P[run.start() : run.end()] = SCRIPTS.index(str(run.lastgroup)) + 1
    return table_P
