"""The two sides of a translated row: the text that it was made from, and the translation."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aya.errors import UserError
from aya.table import mark, put
from aya.text import digest

SOURCE_COLUMNS = ("source_inputs", "source_targets")
READS = ("inputs", "targets", "language", "script", *SOURCE_COLUMNS)
"""Columns that a check of both sides needs."""

Values = npt.NDArray[np.float64]


class Sides(NamedTuple):
    """Prompt and completion as one text, before and after translation."""

    source: str
    target: str


def sides(table: pa.Table) -> list[Sides | None]:
    """Return both sides of every row; None for a row that has no source text.

    Raises: UserError if the table has no columns of source texts.
    """
    lacking = [name for name in SOURCE_COLUMNS if name not in table.column_names]
    if lacking:
        raise UserError(f"no column '{lacking[0]}': a check of translations needs the texts they were made from")
    before = texts_of(table, *SOURCE_COLUMNS)
    return [
        Sides(source, target) if source.strip() else None
        for source, target in zip(before, texts_of(table, "inputs", "targets"), strict=True)
    ]


def is_translation(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Return which rows have a source text."""
    return np.array([pair is not None for pair in sides(table)], bool)


def translations(table: pa.Table) -> pa.Table:
    """Return the rows that have a source text."""
    return table.filter(pa.array(is_translation(table)))


def texts_of(table: pa.Table, *names: str) -> list[str]:
    """Return some columns as one text for each row, on lines of their own; null is empty."""
    columns = [pc.fill_null(table[name].cast(pa.large_string()), "") for name in names]
    found: list[str] = pc.binary_join_element_wise(*columns, pa.scalar("\n", pa.large_string())).to_pylist()
    return found


def pair_keys(table: pa.Table) -> npt.NDArray[np.uint64]:
    """Return what stands for the pair of languages of every row: source language if a column says it, and target."""
    return keys_of(table, *(name for name in ("source_language", "language", "script") if name in table.column_names))


def keys_of(table: pa.Table, *names: str) -> npt.NDArray[np.uint64]:
    """Return a hash of the values of some columns, for every row."""
    rows = zip(*(table[name].to_pylist() for name in names), strict=True)
    return np.array([_key(row) for row in rows], np.uint64)


@cache
def _key(codes: tuple[str | None, ...]) -> int:
    return int(digest(*(code or "" for code in codes))[:16], 16)


def scores(table: pa.Table, of: Callable[[Sides], float | None]) -> pa.Array:
    """Return the score of every row; null where it has no source text, or nothing to be scored."""
    return pa.array([None if pair is None else of(pair) for pair in sides(table)], pa.float32())


def judged(table: pa.Table, column: str, found: pa.Array, goes: pa.Array, reason: str) -> pa.Table:
    """Return the table with the column of a score, and the reason on the rows that go."""
    reasons = pc.if_else(pc.fill_null(goes, False), reason, pa.scalar(None, pa.string()))
    evidence: Sequence[Mapping[str, object] | None] = [
        {column: round(value, 3)} if go else None for value, go in zip(found.to_pylist(), goes.to_pylist(), strict=True)
    ]
    return mark(put(table, column, found, pa.float32()), reasons, evidence)
