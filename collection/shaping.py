"""What settings make of the rows of a table: keys, cells of wide tables, and a limit."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from aya.errors import InputError, unknown
from aya.stage import NOT_TAKEN, Settings
from aya.table import canonical, put
from aya.text import hash64
from collection.items import BATCH_ROWS, EVIDENCE, FAULT, KEY, OWN
from collection.json_column import json_column


class Unpivot(Settings):
    """Makes one item of each cell of a wide table, such as one with a column for each language."""

    keep: tuple[str, ...] = Field(default=(), description="columns that every item keeps")
    of: tuple[str, ...] | None = Field(default=None, description="columns to make items of; all others if left out")
    name: str = Field(default="language", description="column for the name of the cell's column")
    value: str = Field(default="text", description="column for the value of the cell")

    @model_validator(mode="after")
    def _check_names(self) -> "Unpivot":
        if len({*self.keep, self.name, self.value}) < len(self.keep) + 2:
            raise ValueError("keep, name and value must name different columns")
        return self


class Shaped(Settings):
    """The settings that all sources of rows share."""

    key: str | None = Field(default=None, description="column that names a row; its number, from 0, if left out")
    only: dict[str, tuple[str, ...]] = Field(
        default={}, description="take rows alone that have one of these texts in each of these columns"
    )
    unpivot: Unpivot | None = Field(default=None, description="make one item of each cell")
    most_row_bytes: int = Field(default=16_000_000, ge=1, description="larger rows are dropped, in bytes")


def finished(tables: Iterable[pa.Table], settings: Shaped, *, part: str, limit: int | None) -> Iterator[pa.Table]:
    """Yield items with the keys that the settings want, unpivoted, `limit` of them at most."""
    keys = Keys()
    left = limit
    for table in tables:
        if settings.key is not None:
            table = _keyed(table, settings.key, keys, part=part)
        num = len(table)
        if settings.only:
            table = _chosen(table, settings.only, part=part)
        for items in _cells_of(table, settings, part=part):
            if left is not None:
                items = items.slice(0, left)
                left -= len(items)
            yield items
            if left == 0:
                return
        if len(table) < num:
            yield table.slice(0, 0).replace_schema_metadata({NOT_TAKEN: str(num - len(table))})


def _chosen(items: pa.Table, only: Mapping[str, Collection[str]], *, part: str) -> pa.Table:
    """Return the rows with one of the texts in each column, and those that could not be read."""
    require(items, only, part=part)
    right = pa.array(np.ones(len(items), dtype=bool))
    for name in only.keys() & set(items.column_names):
        texts = [value if isinstance(value, str) else canonical(value) for value in items[name].to_pylist()]
        right = pc.and_(right, pc.is_in(pa.array(texts, pa.large_string()), pa.array(only[name], pa.large_string())))
    return items.filter(pc.or_(right, pc.is_valid(items[FAULT])))


def _cells_of(items: pa.Table, settings: Shaped, *, part: str) -> Iterator[pa.Table]:
    if settings.unpivot is None:
        yield items
        return
    step = max(1, BATCH_ROWS // items.num_columns)
    for start in range(0, len(items), step):
        yield unpivoted(items.slice(start, step), settings.unpivot, key=settings.key, part=part)


def require(items: pa.Table, names: Iterable[str], *, part: str) -> None:
    """Raise InputError for the first column that is not there, unless no row of the table could be read."""
    if pc.all(pc.is_valid(items[FAULT])).as_py():
        return
    for name in names:
        if name not in items.column_names:
            known = [column for column in items.column_names if column not in OWN]
            raise InputError(f"{part}: {unknown('column', name, known)}")


class Keys:
    """The keys of a part so far, as 64-bit hashes: some 60 bytes each."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def add(self, key: str) -> bool:
        """Return whether the key is new."""
        num = len(self._seen)
        self._seen.add(hash64(key))
        return len(self._seen) > num

    def free(self, key: str) -> str:
        """Return the key with the first suffix that makes it new."""
        number = 2
        while not self.add(f"{key}#{number}"):
            number += 1
        return f"{key}#{number}"


def _keyed(items: pa.Table, name: str, keys: Keys, *, part: str) -> pa.Table:
    """Return the items with the column `name` as key; one that is missing or not new is a fault."""
    require(items, [name], part=part)
    if name not in items.column_names:
        return items
    found, faults = [], items[FAULT].to_pylist()
    evidence = items[EVIDENCE].to_pylist()
    for index, (number, value) in enumerate(zip(items[KEY].to_pylist(), items[name].to_pylist(), strict=True)):
        key = f"row {number}" if value is None else str(value)
        if value is None and faults[index] is None:
            faults[index], evidence[index] = "no key", canonical({"row": int(number)})
        if not keys.add(key):
            if faults[index] is None:
                faults[index], evidence[index] = "duplicate key", canonical({"key": key, "row": int(number)})
            key = keys.free(key)
        found.append(key)
    items = put(items, KEY, found, pa.string())
    return put(put(items, FAULT, faults, pa.string()), EVIDENCE, evidence, pa.string())


def unpivoted(items: pa.Table, how: Unpivot, *, key: str | None, part: str) -> pa.Table:
    """Return one item for each cell of the columns `how.of`, row by row; a row with a fault stays one item."""
    require(items, [*how.keep, *(how.of or ())], part=part)
    keep = [name for name in (*OWN, *how.keep) if name in items.column_names]
    fixed = {*keep, key}
    cells = [name for name in (how.of or items.column_names) if name in items.column_names and name not in fixed]
    width, num = max(1, len(cells)), len(items)
    good = pc.is_null(items[FAULT]).to_numpy()
    each = np.where(good, width, 1)
    row = np.repeat(np.arange(num), each)
    cell = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    whole = pa.array(good[row])
    table = items.select(keep).take(pa.array(row))
    names = pc.if_else(whole, pa.array(np.array(cells or [None], dtype=object)[cell], pa.string()), None)
    values = pa.concat_arrays(_alike([items[name] for name in cells], part=part)) if cells else pa.nulls(num)
    table = put(table, how.name, names, pa.string())
    column = values.take(pc.if_else(whole, pa.array(cell * num + row), None))
    table = table.append_column(how.value, column)
    return put(table, KEY, pc.binary_join_element_wise(table[KEY], names, ":", null_handling="skip"), pa.string())


def _alike(columns: list[pa.ChunkedArray], *, part: str) -> list[pa.Array]:
    """Return columns as arrays of one type: text where all are text, else JSON."""
    types = [column.type for column in columns]
    if all(type_ in (pa.null(), pa.string(), pa.large_string()) for type_ in types):
        return [column.cast(pa.large_string()).combine_chunks() for column in columns]
    if all(type_ == types[0] for type_ in types):
        return [column.combine_chunks() for column in columns]
    try:
        return [json_column(column.to_pylist()) for column in columns]
    except TypeError as error:
        raise InputError(f"{part}: columns to unpivot are of several types: {error}") from error
