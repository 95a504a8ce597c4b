"""Whose copy stays: the better origin, the higher quality, then the text itself; never the place in a file."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aya.errors import InputError

ORIGINS = ("human", "template", "translation", "synthetic")
"""Best first: nearest to a person's own words; an unknown origin comes last."""


def ranks_of(table: pa.Table, *, origin: str | None, quality: str | None) -> npt.NDArray[np.uint32]:
    """Return a rank for each row, the lower the better: the origin, and in it the quality to 20 binary digits.

    Where a column is not there (or its name is None) all rows are the same. A null or nan quality is the lowest.
    Raises: InputError for a quality that is no number.
    """
    ranks = np.zeros(len(table), np.uint32)
    if origin is not None and origin in table.column_names:
        places = pc.fill_null(pc.index_in(table[origin].cast(pa.string()), value_set=pa.array(ORIGINS)), len(ORIGINS))
        ranks |= np.asarray(places).astype(np.uint32) << 29
    if quality is not None and quality in table.column_names:
        ranks |= _descending(numbers_of(table, quality))
    return ranks


def numbers_of(table: pa.Table, name: str, *, place: str = "", first: int = 1) -> npt.NDArray[np.float32]:
    """Return a column of numbers, or of texts that are numbers; nan where there is none.

    Raises: InputError for anything else, names its row, the table's first being `first`, after the words `place`.
    """
    column = table[name].combine_chunks()
    try:
        return np.asarray(column.cast(pa.float32()).fill_null(float("nan")), np.float32)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        row = next(row for row in range(len(column)) if not _is_number(column[row]))
        value = repr(column[row].as_py())[:80]
        raise InputError(f"{place}row {first + row}: column '{name}' must be a number, not {value}") from None


def _is_number(value: pa.Scalar) -> bool:
    try:
        value.cast(pa.float32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _descending(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """Return 29 bits that fall as the values rise: the sign, the exponent and 20 bits of the fraction."""
    values = np.where(np.isnan(values), np.float32("-inf"), values + np.float32(0))  # -0 is 0
    bits = values.view(np.uint32)
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return np.asarray((~rising) >> 3, np.uint32)


def order_by(ranks: npt.NDArray[np.uint32], *ties: npt.NDArray[np.uint64]) -> npt.NDArray[np.intp]:
    """Return the rows, best first; rows of the same rank by the first of `ties`, then the next."""
    keys: list[npt.NDArray[Any]] = [*reversed(ties), ranks]
    return np.lexsort(keys)
