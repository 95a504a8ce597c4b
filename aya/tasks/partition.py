"""Put the rows of summaries that one `settle` looks at together: a file for each key, a row group for each range of it.

So no summary is read as often as there are ranges: each of its rows is read once here, and once where it is settled.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from aya import table
from aya.task import Output, Receipt, Task, describe


def run(task: Task) -> Receipt:
    """Write one file for each key; its labels tell the row group of each range of the key, and the rows in it."""
    started = time.process_time()
    rows = pa.concat_tables([table.read(Path(path)) for path in task.inputs]).combine_chunks()  # quick to take from
    keys, ranges = task.options["keys"], task.options["ranges"]
    outputs = tuple(_write(task, rows.drop_columns([*{*keys} - {key}]), key, ranges) for key in keys)
    return Receipt(key=task.key, outputs=outputs, seconds=time.process_time() - started)


def _write(task: Task, rows: pa.Table, key: str, ranges: int) -> Output:
    path, labels, num = task.output(f".{key}"), dict[str, str](), 0

    def write(temporary: Path) -> None:
        nonlocal num
        with pq.ParquetWriter(temporary, rows.schema, compression="zstd") as writer:
            for group, (index, part) in enumerate(split(rows, key, ranges)):
                writer.write_table(part, row_group_size=len(part))
                labels[str(index)] = f"{group} {len(part)}"
                num += len(part)

    table.publish(path, write)
    return describe(path, role=key, rows=num, labels=labels)


def split(rows: pa.Table, key: str, ranges: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows of each of `ranges` equal ranges of a key, in their order; ranges without a row are left out.

    A row without a value takes no part. The rows of one range alone are copied at a time.
    """
    valid = np.flatnonzero(rows[key].is_valid())
    places = _places(rows[key].drop_null().to_numpy(), ranges)
    order = np.argsort(places, kind="stable")
    bounds = np.searchsorted(places[order], np.arange(ranges + 1))
    for index in np.flatnonzero(np.diff(bounds)).tolist():
        yield index, rows.take(pa.array(valid[order[bounds[index] : bounds[index + 1]]]))


def _places(values: npt.NDArray[np.unsignedinteger], ranges: int) -> npt.NDArray[np.uint64]:
    """Return the range of each value, by its upper 32 bits."""
    top = values.astype(np.uint64) >> np.uint64(0 if values.dtype == np.uint32 else 32)
    return (top * np.uint64(ranges)) >> np.uint64(32)
