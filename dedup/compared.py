"""What of a record is compared, and with whom: texts, salts of languages, groups of templates."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.text import digest, hash64
from dedup.kernel import kernel
from dedup.normalise import Texts, texts

GROUP = ("source", "dataset_name", "template_id", "language")
"""Records with the same values here may have the text of one template."""


class Compared(Settings):
    """The settings that say which texts are compared."""

    fields: Literal["both", "inputs", "targets"] = Field(default="both", description="the texts that must be alike")
    least: int = Field(default=20, ge=5, description="code points below which a text must be the same, not alike")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns that are compared."""
        return ("inputs", "targets") if self.fields == "both" else (self.fields,)

    def columns(self, table: pa.Table) -> list[pa.ChunkedArray]:
        """Return the columns that are compared."""
        return [table[name] for name in self.names]


def salts_of(table: pa.Table, column: str | None = "language") -> npt.NDArray[np.uint64]:
    """Return a number for the language of each row: rows of two languages are never alike."""
    if column is None or column not in table.column_names:
        return np.zeros(len(table), np.uint64)
    codes, names = encoded(table[column])
    return np.array([hash64(name or "") for name in names], np.uint64)[codes]


def groups_of(table: pa.Table, columns: Sequence[str] = GROUP) -> npt.NDArray[np.uint64]:
    """Return a number for the values of each row in the columns; null is a value of its own."""
    values = [(codes, [repr(name) for name in names]) for codes, names in (encoded(table[name]) for name in columns)]
    whole = np.zeros(len(table), np.int64)
    for codes, names in values:  # a number for the values so far
        found = pa.array(whole * len(names) + codes).dictionary_encode()
        whole = np.asarray(found.indices, np.int64)
    first = np.full(int(whole.max(initial=-1)) + 1, len(table))
    np.minimum.at(first, whole, np.arange(len(table)))
    keys = [int(digest(*(names[codes[row]] for codes, names in values))[:16], 16) for row in first.tolist()]
    return np.array(keys, np.uint64)[whole]


def encoded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str | None]]:
    """Return a column as codes and the texts that they stand for; null is the last."""
    found = column.cast(pa.string()).combine_chunks().dictionary_encode()
    names = found.dictionary.to_pylist()
    return np.asarray(pc.fill_null(found.indices, len(names)), np.int64), [*names, None]


def rows_of(table: pa.Table) -> npt.NDArray[np.uint64]:
    """Return 64 bits of each record's id."""
    ids = texts(table["id"])
    found = np.empty(len(table), np.uint64)
    _hash_bytes(ids, found)
    return found


@kernel
def _hash_bytes(rows: Texts, found: npt.NDArray[np.uint64]) -> None:
    for row in range(len(found)):
        value = np.uint64(rows.offsets[row + 1] - rows.offsets[row])
        for place in range(rows.offsets[row], rows.offsets[row + 1]):
            value = np.uint64((value ^ np.uint64(rows.data[place])) * np.uint64(0x9E3779B97F4A7C15))
            value ^= value >> np.uint64(29)
        value = np.uint64((value ^ (value >> np.uint64(32))) * np.uint64(0xBF58476D1CE4E5B9))
        found[row] = value ^ (value >> np.uint64(31))
