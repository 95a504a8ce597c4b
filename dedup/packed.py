"""Rows with texts in a few packed pieces by the first bits of a number: small, and unpacked one after the other."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

BITS = 5
"""Of the number: rows that agree in them are one piece. More bits take less memory, fewer pack better."""
_SHIFT = np.uint64(64 - BITS)
_PACKING = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3))


def packed(rows: pa.Table, *, by: str) -> pa.Table:
    """Return (first bits, the rows that have them packed) of a table in the order of its uint64 column `by`."""
    parts, starts = np.unique(rows[by].to_numpy() >> _SHIFT, return_index=True)
    rows = rows.combine_chunks()
    bounds = pairwise([*starts.tolist(), len(rows)])
    pieces = [_pack(rows.slice(start, stop - start)) for start, stop in bounds]
    return pa.table({"part": pa.array(parts << _SHIFT, pa.uint64()), "rows": pa.array(pieces, pa.large_binary())})


def unpacked(pieces: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of each part, those of all its pieces together."""
    parts = pieces["part"].to_numpy()
    for part in np.unique(parts):
        of_part = pieces["rows"].take(pa.array(np.flatnonzero(parts == part)))
        yield pa.concat_tables(pa.ipc.open_stream(piece.as_buffer()).read_all() for piece in of_part).combine_chunks()


def _pack(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_PACKING) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())
