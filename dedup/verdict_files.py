"""Verdicts on the batches of a file, kept on disk until a run is done, so that a stopped run goes on where it was."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather

from aya.table import publish
from dedup.verdicts import Verdicts

_NUM_ROWS = b"num_rows"


class VerdictFiles:
    """The verdicts on one file, a small file for each batch; the folder's name says what they are verdicts of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    @property
    def is_done(self) -> bool:
        """Say whether the file was written to its end."""
        return (self._folder / "done").exists()

    def once(self, judge: Callable[[], Verdicts]) -> Verdicts:
        """Return the verdicts on the next batch, judged only if they are not there yet."""
        path = self._folder / f"{next(self._numbers):06}.arrow"
        if path.exists():
            return _read(path)
        found = judge()
        publish(path, lambda to: feather.write_feather(_table(found), to, compression="zstd"))
        return found

    def finish(self) -> None:
        """Note that the file was written to its end."""
        publish(self._folder / "done", Path.touch)

    def notes(self) -> Iterator[list[str | None]]:
        """Yield the notes on each batch."""
        for path in sorted(self._folder.glob("*.arrow")):
            yield _read(path).notes


def _table(found: Verdicts) -> pa.Table:
    """Return the rows that hold anything."""
    rows = np.array([row for row, note in enumerate(found.notes) if note is not None], np.int64)
    columns = {
        "row": rows,
        "share": found.shares[rows],
        "goes": found.goes[rows],
        "note": pa.array([found.notes[row] for row in rows.tolist()], pa.large_string()),
    }
    return pa.table(columns, metadata={_NUM_ROWS: str(len(found.notes))})


def _read(path: Path) -> Verdicts:
    table = feather.read_table(path, memory_map=False)
    num_rows = int(table.schema.metadata[_NUM_ROWS])
    rows = table["row"].to_numpy()
    found = Verdicts(np.zeros(num_rows), np.zeros(num_rows, np.bool_), [None] * num_rows)
    found.shares[rows], found.goes[rows] = table["share"].to_numpy(), table["goes"].to_numpy()
    for row, note in zip(rows.tolist(), table["note"].to_pylist(), strict=True):
        found.notes[row] = note
    return found
