"""Files of rows in parts that are read one at a time, so few rows that it is the same memory again and again."""

import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import xxhash

from aya.errors import InputError, unknown
from aya.json_lines import objects
from dedup.row_files import batches, kind

PART_ROWS = 2_048
"""Rows of a part; the last one of a file, or of a row group of Parquet, has fewer."""


def content_of(path: Path) -> str:
    """Return a digest of a file's bytes."""
    hasher, block = xxhash.xxh3_128(), memoryview(bytearray(1 << 18))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            hasher.update(block[:size])
    return hasher.hexdigest()


def parts(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    numbers: Collection[str | None] = (),
    wanted: Collection[int] | None = None,
) -> Iterator[tuple[int, pa.Table]]:
    """Yield (first, rows) of the parts of a file, of the `wanted` alone if given, with the named columns.

    `first` is how many rows stand before the part; `wanted` names parts so.

    In JSON Lines the columns are texts, but for `numbers`; CSV and TSV know texts alone.
    Raises: InputError for a file that can not be read, or lacks a column.
    """
    lines = partial(_stretches, numbers=numbers)
    readers: dict[str, Callable[..., Parts]] = {
        "parquet": _row_groups,
        "jsonl": lines,
        "csv": _batches,
        "tsv": _batches,
    }
    read = readers[kind(path)]
    try:
        for first, table in read(path, columns, wanted):
            missing = [name for name in columns or () if name not in table.column_names]
            if missing:
                raise InputError(f"{path}: {unknown('column', missing[0], table.column_names)}")
            yield first, table.select(list(columns)) if columns is not None else table
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can not be read: {(str(error).splitlines() or ['?'])[0]}") from error


Parts = Iterator[tuple[int, pa.Table]]


def _row_groups(path: Path, columns: Sequence[str] | None, wanted: Collection[int] | None) -> Parts:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        there = file.schema_arrow.names
        named = None if columns is None else [name for name in columns if name in there]
        if columns is not None and len(named or ()) < len(columns):
            yield 0, file.schema_arrow.empty_table()
        first = 0
        for number in range(file.num_row_groups):
            end = first + file.metadata.row_group(number).num_rows
            if wanted is None or any(first <= each < end for each in wanted):
                of_group = {"row_groups": [number], "columns": named, "use_threads": False}
                for batch in file.iter_batches(batch_size=PART_ROWS, **of_group):
                    if wanted is None or first in wanted:
                        yield first, pa.Table.from_batches([batch])
                    first += len(batch)
            first = end


def _stretches(
    path: Path, columns: Sequence[str] | None, wanted: Collection[int] | None, *, numbers: Collection[str | None]
) -> Parts:
    """Read lines by Arrow's parser; a column that a stretch lacks altogether is null there, unless it is the first."""
    types = {name: pa.float64() if name in numbers else pa.large_string() for name in columns or ()}
    schema = None if columns is None else pa.schema(types)
    options = pa.json.ParseOptions(
        explicit_schema=schema,
        newlines_in_values=False,
        unexpected_field_behavior="infer" if schema is None else "ignore",
    )
    for first, lines in stretches(path):
        if wanted is None or first in wanted:
            data = b"".join(lines)
            reading = pa.json.ReadOptions(use_threads=False, block_size=len(data) + 1)
            try:
                table = pa.json.read_json(io.BytesIO(data), read_options=reading, parse_options=options)
            except (pa.ArrowInvalid, UnicodeDecodeError):
                _check_lines(path, lines, first, types)
                raise
            if first == 0:
                _check_columns(path, table, columns or (), lines)
            yield first, table


def _check_lines(path: Path, lines: Sequence[bytes], first: int, types: Mapping[str, pa.DataType]) -> None:
    """Refuse the first line that is no object, or whose value in a column is of another type; the parser names none."""
    for number, row in enumerate(objects(lines, lambda number: f"{path}: row {first + number}"), start=first + 1):
        for name, type_ in types.items():
            value, is_number = row.get(name), pa.types.is_floating(type_)
            fits = isinstance(value, (int, float) if is_number else str) and not isinstance(value, bool)
            if value is not None and not fits:
                wanted = "a number" if is_number else "a text"
                raise InputError(f"{path}: row {number}: column '{name}' must be {wanted}, not {str(value)[:40]!r}")


def _check_columns(path: Path, table: pa.Table, columns: Sequence[str], lines: Sequence[bytes]) -> None:
    """Refuse a column that no line names; the parser makes one of nulls of it."""
    empty = [name for name in columns if table[name].null_count == len(table)]
    there = sorted({name for line in lines for name in json.loads(line)}) if empty else []
    for name in empty:
        if name not in there:
            raise InputError(f"{path}: {unknown('column', name, there)}")


def stretches(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (first, lines) of a file of lines, without those that are blank."""
    with pa.input_stream(str(path)) as stream:
        lines = (line if line.endswith(b"\n") else line + b"\n" for line in io.BufferedReader(stream))
        written = (line for line in lines if not line.isspace())
        first = 0
        while some := list(islice(written, PART_ROWS)):
            yield first, some
            first += len(some)


def _batches(path: Path, columns: Sequence[str] | None, wanted: Collection[int] | None) -> Parts:
    first = 0
    for table, _ in batches(path, num_rows=PART_ROWS):
        if wanted is None or first in wanted:
            yield first, table
        first += len(table)
