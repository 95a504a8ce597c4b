"""Where a row lies in a release: folders and names of files, and the columns that all of them have.

    data/<language_Script>/<source>-<split>-NNNNN-of-MMMMM.parquet
    harmful/<language_Script>/...        the same, for what no default configuration may load

A source whose rows are of several origins has files for each, named `<source>~<origin>-...`, so that every
configuration is a pattern over one set of files.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from aya.errors import InputError
from aya.table import SCHEMA

DATA, HARMFUL = "data", "harmful"
UNKNOWN_LANGUAGE, UNKNOWN_SCRIPT, DEFAULT_SPLIT = "und", "Zyyy", "train"

INTERNAL = frozenset({"drop", "evidence"})
"""Columns of a record that say why it left; what is released has stayed."""


class Group(NamedTuple):
    """Rows that share a folder and a name: their files are numbered together."""

    top: str
    """`data` or `harmful`."""
    place: str
    """`yor_Latn`."""
    source: str
    split: str
    origin: str

    @property
    def language(self) -> str:
        """Return the ISO 639-3 code."""
        return self.place.partition("_")[0]

    @property
    def script(self) -> str:
        """Return the ISO 15924 code."""
        return self.place.partition("_")[2]


def stems(groups: Iterable[Group]) -> dict[tuple[str, str], str]:
    """Return how file names begin, by source and origin: the source, and its origin where it has several."""
    origins: defaultdict[str, set[str]] = defaultdict(set)
    for group in groups:
        origins[group.source].add(group.origin)
    return {
        (source, origin): source if len(found) == 1 else f"{source}~{origin}"
        for source, found in sorted(origins.items())
        for origin in sorted(found)
    }


def file_path(group: Group, stem: str, number: int, of: int) -> str:
    """Return the path of a file inside a release."""
    return f"{group.top}/{group.place}/{stem}-{group.split}-{number:05d}-of-{of:05d}.parquet"


def pattern(*, place: str = "*", stem: str = "*", split: str, top: str = DATA) -> str:
    """Return the pattern of files of one split; `?????` matches a number and never a part of a name."""
    return f"{top}/{place}/{stem}-{split}-?????-of-?????.parquet"


def schema_of(schemas: Iterable[tuple[str, pa.Schema]]) -> pa.Schema:
    """Return the one schema of a release from those of named files: record columns, then scores by name.

    Raises: InputError if a column has types that can not be one.
    """
    extras: dict[str, pa.DataType] = {}
    for name, schema in schemas:
        for field in schema:
            if field.name not in SCHEMA.names:
                extras[field.name] = _wider(extras.get(field.name), field, name)
    fields = [pa.field(field.name, _plain(field.type), field.nullable) for field in SCHEMA]
    kept = [field for field in fields if field.name not in INTERNAL]
    return pa.schema([*kept, *(pa.field(name, _plain(type_)) for name, type_ in sorted(extras.items()))])


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the rows in the columns of a release; a column that they lack is null."""
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _plain(type_: pa.DataType) -> pa.DataType:
    """Return the type that every reader has: no row group holds 2 GB of text."""
    return pa.string() if type_ in (pa.large_string(), pa.string_view(), pa.null()) else type_


def _wider(known: pa.DataType | None, field: pa.Field, name: str) -> pa.DataType:
    if known is None or known == pa.null():
        return field.type
    try:
        both = [pa.schema([pa.field(field.name, type_)]) for type_ in (known, field.type)]
        return pa.unify_schemas(both, promote_options="permissive").field(0).type
    except pa.ArrowTypeError:
        raise InputError(f"{name}: column '{field.name}' is {field.type} here and {known} in other files") from None
