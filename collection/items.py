"""Items: the tables that sources make, with `_key`, `_fault` and `_evidence` beside the columns of the data."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from aya.errors import InputError
from aya.table import canonical
from collection.json_column import json_column

BATCH_ROWS = 10_000
"""Items of one table at most; constant, so that a limit or a machine does not change where tables end."""
BATCH_BYTES = 32_000_000
"""Bytes of input of one table, nearly; one row may be larger."""

KEY, FAULT, EVIDENCE = "_key", "_fault", "_evidence"
OWN = (KEY, FAULT, EVIDENCE)
NOT_UTF_8 = "invalid UTF-8"
"""Fault of a row whose bytes are no text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a text file: its values, or why it has none."""

    size: int
    values: Mapping[str, object] = field(default_factory=dict)
    fault: str | None = None
    evidence: Mapping[str, object] | None = None


def tables(rows: Iterable[Row], *, part: str) -> Iterator[pa.Table]:
    """Yield rows as tables of items; a row's key is its number, from 0."""
    seen: dict[str, None] = {}
    batch: list[Row] = []
    start = size = 0
    for row in rows:
        batch.append(row)
        size += row.size
        if len(batch) == BATCH_ROWS or size >= BATCH_BYTES:
            yield _table(batch, start=start, seen=seen, part=part)
            start, batch, size = start + len(batch), [], 0
    if batch:
        yield _table(batch, start=start, seen=seen, part=part)


def _table(batch: list[Row], *, start: int, seen: dict[str, None], part: str) -> pa.Table:
    """Return the table of a batch; it has the columns `seen` in earlier ones too."""
    for row in batch:
        seen.update(dict.fromkeys(row.values))
    refuse_own_names(seen, part=part)
    columns = {name: column([row.values.get(name) for row in batch]) for name in seen}
    return framed(
        pa.table(columns) if columns else None,
        start=start,
        faults=[row.fault for row in batch],
        evidence=[row.evidence for row in batch],
    )


def column(values: list[Any]) -> pa.Array:
    """Return values as text, bool, int64 or float64 if all are of that kind, else each as JSON.

    So what becomes of one value does not depend on the values of other rows.
    """
    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {str}:
        return pa.array(values, pa.large_string())
    if kinds == {bool} or kinds == {float}:
        return pa.array(values)
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pa.array(values, pa.int64())
    return json_column(values)


def framed(
    data: pa.Table | None,
    *,
    start: int,
    faults: Sequence[str | None],
    evidence: Sequence[Mapping[str, object] | None],
) -> pa.Table:
    """Return the data with row numbers from `start` as keys, and with faults."""
    num = len(faults)
    own = {
        KEY: pa.array([str(number) for number in range(start, start + num)], pa.string()),
        FAULT: pa.array(faults, pa.string()),
        EVIDENCE: pa.array([None if item is None else canonical(item) for item in evidence], pa.string()),
    }
    return pa.table(own | ({name: data[name] for name in data.column_names} if data is not None else {}))


def refuse_own_names(names: Collection[str], *, part: str) -> None:
    """Raise InputError if a file has a column of one of our own names."""
    if taken := sorted(set(OWN) & set(names)):
        raise InputError(f"{part}: column '{taken[0]}' has a reserved name; rename it")
