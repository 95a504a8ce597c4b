"""Rows of the files that are translated, a table at a time: Parquet and JSON Lines."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aya.errors import InputError, UserError, unknown
from aya.json_lines import objects
from aya.table import publish
from translation.translate import Pair

BATCH_ROWS = 1_000
SUFFIXES = (".parquet", ".jsonl", ".ndjson")


def check_files(files: Sequence[Path]) -> None:
    """Refuse files that can not be translated together.

    Raises: InputError for one that is not there, UserError for one of another kind or two of one name.
    """
    check_kinds(files)
    for path in files:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
    stems = [path.stem for path in files]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise UserError(f"two files are called '{twice[0]}'; their translations would have one name")


def check_kinds(files: Iterable[Path]) -> None:
    """Refuse files of kinds that are not read.

    Raises: UserError.
    """
    for path in files:
        if path.suffix not in SUFFIXES:
            raise UserError(f"{path}: neither Parquet nor JSON Lines ({', '.join(SUFFIXES)})")


def tables(path: Path, *, rows: int | None = None) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows of a file (the first `rows`) in batches, each with the number of its first row.

    Raises: InputError for a file that can not be read.
    """
    first = 0
    for table in _read(path):
        table = table if rows is None else table.slice(0, max(0, rows - first))
        if not len(table):
            return
        yield first, table
        first += len(table)


def pairs(table: pa.Table, *, inputs: str, targets: str, path: Path) -> list[Pair]:
    """Return the texts of two columns; what is no text is empty.

    Raises: InputError for a column that is not there.
    """
    texts = [
        [text if isinstance(text, str) else "" for text in column(table, name, path=path).to_pylist()]
        for name in (inputs, targets)
    ]
    return [Pair(*both) for both in zip(*texts, strict=True)]


def column(table: pa.Table, name: str, *, path: Path) -> pa.ChunkedArray:
    """Return a column.

    Raises: InputError, with the nearest, if it is not there.
    """
    if name not in table.column_names:
        raise InputError(f"{path}: {unknown('column', name, table.column_names)}")
    return table[name]


def _read(path: Path) -> Iterator[pa.Table]:
    try:
        if path.suffix == ".parquet":
            for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS):
                yield pa.Table.from_batches([batch])
        else:
            yield from _json_lines(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: can not be read: {str(error).splitlines()[0]}") from error


def _json_lines(path: Path) -> Iterator[pa.Table]:
    with path.open("rb") as file:
        rows = objects(file, lambda number: f"{path}: row {number}")
        while waiting := list(islice(rows, BATCH_ROWS)):
            yield pa.Table.from_pylist(waiting)


def write_items(items: Iterable[pa.Table], path: Path) -> None:
    """Write the items of a source as Parquet, without the columns that say how they were read.

    Raises: InputError if there are none.
    """
    made = [table.drop_columns([name for name in table.column_names if name.startswith("_")]) for table in items]
    if not sum(map(len, made)):
        raise InputError(f"{path.stem}: has no rows")
    whole = pa.concat_tables(made, promote_options="permissive")
    publish(path, lambda temporary: pq.write_table(whole, temporary, compression="zstd"))
