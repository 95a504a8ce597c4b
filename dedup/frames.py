"""Near duplicates of a data frame: an Arrow table, a polars frame, a `datasets.Dataset`; three lines in a notebook.

from dedup.frames import without_near_duplicates

smaller = without_near_duplicates(dataset, columns=["inputs", "targets"])
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.banding import sketch_limits
from dedup.grouping import Kept, group
from dedup.near import Near, Verdict, verdict_of
from dedup.scores import score

Frame = TypeVar("Frame")


def near_duplicates(data: Any, *, columns: Sequence[str], **settings: Any) -> pa.Table:
    """Return the rows that go: (row, kept, jaccard, cluster), where `kept` is the row that stays in its place.

    `settings` are those of `dedup.near.Near`: `threshold`, `language`, `origin`, `quality`, ... Every row that goes
    was compared with the row that stays, gram by gram; `cluster` counts the rows of one that stays, itself included.
    """
    verdict = find(arrow(data), Near(columns=tuple(columns), **settings))
    return pa.table(
        {"row": verdict.row, "kept": verdict.kept, "jaccard": verdict.jaccard, "cluster": verdict.clusters()}
    )


def without_near_duplicates(data: Frame, *, columns: Sequence[str], **settings: Any) -> Frame:
    """Return the data, of the same type, without the rows that `near_duplicates` returns."""
    verdict = find(arrow(data), Near(columns=tuple(columns), **settings))
    stays = np.ones(verdict.num_rows, np.bool_)
    stays[verdict.row] = False
    if hasattr(data, "select") and hasattr(data, "info"):  # a datasets.Dataset
        chosen: Frame = data.select(np.flatnonzero(stays))
        return chosen
    mask = pa.array(stays) if isinstance(data, pa.Table) else stays
    filtered: Frame = data.filter(mask)  # type: ignore[attr-defined]
    return filtered


def find(table: pa.Table, near: Near) -> Verdict:
    """Return which rows of a table go."""
    signed = near.signed(table)
    bands = [signed[f"band_{band:02}"] for band in range(near.banding[0])]
    kept = Kept(bands, *(signed[name] for name in ("sketch", "exact", "rank", "tie", "state")))
    grouped = group(kept, sketch_limits(near.threshold))

    def read(rows: npt.NDArray[np.uint32]) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
        yield rows, table.take(pa.array(rows))

    _, scores = score(grouped, near.threshold, read, near.grams)
    return verdict_of(grouped.copy_of_N, scores)


def arrow(data: Any) -> pa.Table:
    """Return an Arrow table, a polars frame or a `datasets.Dataset` (as its indices have it) as a table."""
    if isinstance(data, pa.Table):
        return data
    if hasattr(data, "with_format"):
        return data.with_format("arrow")[:]
    if hasattr(data, "to_arrow"):
        return data.to_arrow()
    raise TypeError(f"data must be an Arrow table, a polars frame or a datasets.Dataset, not {type(data).__name__}")
