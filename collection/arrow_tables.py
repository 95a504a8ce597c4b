"""Tables that come as Arrow: plain types, valid texts and bounded rows made of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aya.errors import InputError
from aya.stage import Part
from collection.files import naming
from collection.items import BATCH_BYTES, BATCH_ROWS, NOT_UTF_8, framed, refuse_own_names

_TEXTS = (pa.string(), pa.large_string(), pa.string_view())
_BINARIES = (*_TEXTS, pa.binary(), pa.large_binary(), pa.binary_view())


def items(tables: Iterable[pa.Table], *, part: Part, most_row_bytes: int) -> Iterator[pa.Table]:
    """Yield tables of items; a row's key is its number, from 0.

    Dictionaries are decoded and texts become `large_string`. A row with invalid UTF-8, or with a text of
    more than `most_row_bytes` bytes, keeps no values and has a fault.
    """
    start = 0
    for table in tables:
        refuse_own_names(table.column_names, part=part.name)
        _refuse_same_names(table.column_names, part.name)
        with naming(part):
            for rows in _bounded(table, most_row_bytes):
                yield _checked(rows, start=start, most_row_bytes=most_row_bytes)
                start += len(rows)


def _refuse_same_names(names: list[str], part: str) -> None:
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{part}: two columns are called '{twice[0]}'")


def _bounded(table: pa.Table, most_row_bytes: int) -> Iterator[pa.Table]:
    """Yield slices that are small once their dictionaries are decoded."""
    sizes = np.minimum(
        sum((_sizes(column) for column in table.columns), np.zeros(len(table), np.int64)), most_row_bytes
    )
    ends, start = np.cumsum(sizes), 0
    while start < len(table):
        done = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, done + BATCH_BYTES, side="right"))
        stop = max(start + 1, min(stop, start + BATCH_ROWS))
        yield table.slice(start, stop - start)
        start = stop


def _sizes(column: pa.ChunkedArray) -> Any:
    """Return the number of bytes of each text or binary value, 0 for other types."""
    if pa.types.is_dictionary(column.type) and column.type.value_type in _BINARIES:
        parts = [_lengths(chunk.dictionary).take(chunk.indices) for chunk in column.chunks]
    elif column.type in _BINARIES:
        parts = [_lengths(chunk) for chunk in column.chunks]
    else:
        return np.zeros(len(column), np.int64)
    return pc.fill_null(pa.chunked_array(parts, pa.int64()), 0).to_numpy()


def _lengths(values: pa.Array) -> pa.Array:
    views = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return pc.binary_length(values.cast(views.get(values.type, values.type))).cast(pa.int64())


def _checked(rows: pa.Table, *, start: int, most_row_bytes: int) -> pa.Table:
    faults: list[str | None] = [None] * len(rows)
    evidence: list[dict[str, object] | None] = [None] * len(rows)
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        sizes = _sizes(column)
        for index in np.flatnonzero(sizes > most_row_bytes).tolist():
            faults[index] = "row too large"
            evidence[index] = {"row": start + index, "column": name, "bytes": int(sizes[index])}
        for index in _invalid(column):
            faults[index], evidence[index] = NOT_UTF_8, {"row": start + index, "column": name}
    if any(faults):
        rows = rows.take(pa.array([None if fault else index for index, fault in enumerate(faults)], pa.int64()))
    plain = pa.table({name: _plain(rows[name]) for name in rows.column_names})
    return framed(plain, start=start, faults=faults, evidence=evidence)


def _invalid(column: pa.ChunkedArray) -> list[int]:
    """Return the rows that hold invalid UTF-8."""
    found, start = [], 0
    for chunk in column.chunks:
        if not _is_valid(chunk):
            found += [start + index for index in range(len(chunk)) if not _is_valid(chunk.slice(index, 1))]
        start += len(chunk)
    return found


def _is_valid(chunk: pa.Array) -> bool:
    try:
        (chunk.dictionary.take(chunk.indices) if pa.types.is_dictionary(chunk.type) else chunk).validate(full=True)
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error):
            raise
        return False
    return True


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column without dictionary, texts as `large_string`."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.large_string()) if column.type in _TEXTS else column
