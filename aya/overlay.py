"""Shards of records: a file of whole rows, and, where later stages judged them, an overlay of what that changed.

An overlay names rows of its file by their places there (`_row`), those that stay or those that went, and holds for each
the columns that are other than in the file. So judging writes a few bytes a row in place of the row, as databases do
with deletion vectors, and a stage that asks for no texts reads none.
"""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from aya import table

ROW = "_row"
LONG = ("inputs", "targets", "provenance")
"""Columns that are most of a file; read for those alone that name them in `reads`."""

Places = npt.NDArray[np.uint32]


def read_shard(path: Path, overlay: Path | None = None, *, without: Collection[str] = ()) -> pa.Table:
    """Return the rows of a shard; columns of the file that are `without` are left out."""
    names = [name for name in pq.read_schema(path).names if name not in without] if without else None
    rows = table.read(path, columns=names)
    return rows if overlay is None else laid_over(rows, table.read(overlay))


def laid_over(rows: pa.Table, over: pa.Table) -> pa.Table:
    """Return the rows of a file that an overlay names, with its columns in place of those of the file."""
    all_in_order = len(rows) == len(over) and np.array_equal(over[ROW].to_numpy(), np.arange(len(rows)))
    rows = rows if all_in_order else rows.take(over[ROW])
    for name in over.column_names[1:]:
        rows = table.put(rows, name, over[name], over.schema.field(name).type)
    return rows


def overlay_of(rows: pa.Table, places: Places, columns: Collection[str]) -> pa.Table:
    """Return an overlay for the rows of a file at some places, with the columns that are other than there."""
    names = [name for name in rows.column_names if name in columns]
    return rows.select(names).add_column(0, pa.field(ROW, pa.uint32(), nullable=False), pa.array(places))


def places_of(overlay: Path | None, num: int) -> Places:
    """Return the places in its file of the rows of a shard that has `num`."""
    if overlay is None:
        return np.arange(num, dtype=np.uint32)
    found: Places = table.read(overlay, columns=[ROW])[ROW].to_numpy()
    return found
