"""Rows of data files, a batch at a time: Parquet, JSON Lines, CSV and TSV, plain or packed."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aya.errors import InputError, UserError
from aya.json_lines import objects

Row = dict[str, Any]

_PACKINGS = (".gz", ".zst", ".bz2")


def kind(path: Path) -> str:
    """Return `parquet`, `jsonl`, `tsv` or `csv`, by the file's name.

    Raises: UserError for any other name.
    """
    name = path.name.lower()
    for packing in _PACKINGS:
        name = name.removesuffix(packing)
    for found, endings in _ENDINGS.items():
        if name.endswith(endings):
            return found
    raise UserError(f"{path}: not a file of rows; its name ends in none of .parquet, .jsonl, .csv, .tsv")


_ENDINGS = {
    "parquet": (".parquet",),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "tsv": (".tsv", ".tab"),
    "csv": (".csv",),
}


def rows(path: Path, *, header: Sequence[str] | None = None) -> Iterator[Row]:
    """Yield the rows of a file; `header` names the columns of a CSV or TSV file that has no header row.

    A tab-separated file has no quotes: a quotation mark is part of its text.

    Raises: InputError for a file that can not be read, with the line.
    """
    read: Callable[..., Iterator[Row]] = {"parquet": _parquet, "jsonl": _json_lines}.get(kind(path), _delimited)
    try:
        yield from read(path, header=header)
    except (OSError, pa.ArrowException, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: can not be read: {(str(error).splitlines() or ['?'])[0]}") from error


def _parquet(path: Path, *, header: Sequence[str] | None) -> Iterator[Row]:
    for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(batch_size=4096):
        yield from batch.to_pylist()


def _json_lines(path: Path, *, header: Sequence[str] | None) -> Iterator[Row]:
    yield from objects(lines(path), lambda number: f"{path}:{number}")


def _delimited(path: Path, *, header: Sequence[str] | None) -> Iterator[Row]:
    with text_of(path) as file:
        reader = csv.reader(file, **_form(path))
        names = list(header) if header else next(reader, [])
        for fields in reader:
            if fields and len(fields) != len(names):
                raise InputError(f"{path}:{reader.line_num}: {len(fields)} columns, not {len(names)}")
            if fields:
                yield dict(zip(names, fields, strict=True))


def _form(path: Path) -> dict[str, Any]:
    """Return how `csv.reader` is to read a file."""
    csv.field_size_limit(max(csv.field_size_limit(), 1 << 28))
    return {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if kind(path) == "tsv" else {}


def written_rows(path: Path) -> Iterator[str]:
    """Yield the header of a CSV or TSV file and then its rows, as they are written there; blank lines are left out."""
    seen: list[str] = []

    def watched(file: Iterable[str]) -> Iterator[str]:
        for line in file:
            seen.append(line)
            yield line

    with text_of(path) as file:
        for fields in csv.reader(watched(file), **_form(path)):
            if fields:
                yield "".join(seen)
            seen.clear()


def num_rows(path: Path) -> int:
    """Return how many rows a file has; of one that is no Parquet nearly, by its lines, 0 if it can not be read.

    For saying how far work has come: it is the work itself that says what is wrong with a file.
    """
    try:
        if kind(path) == "parquet":
            return int(pq.read_metadata(path).num_rows)
        with pa.input_stream(str(path)) as stream:
            return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 22), b""))
    except (OSError, pa.ArrowException):
        return 0


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file as they are, with their ends."""
    with text_of(path) as file:
        yield from file


def text_of(path: Path) -> io.TextIOWrapper:
    """Open a text file, unpacked if its name says that it is packed."""
    return io.TextIOWrapper(pa.input_stream(str(path)), encoding="utf-8-sig", newline="")


def batches(path: Path, *, num_rows: int) -> Iterator[tuple[pa.Table, list[str] | None]]:
    """Yield (table, lines) of at most `num_rows` rows; `lines` are those of a JSON Lines file, as they are.

    Of any other file `lines` is None, and the tables of a Parquet file have its own schema.
    """
    if kind(path) == "parquet":
        for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(batch_size=num_rows):
            yield pa.Table.from_batches([batch]), None
    elif kind(path) == "jsonl":
        texts = (line for line in lines(path) if not line.isspace())
        while some := list(islice(texts, num_rows)):
            yield pa.Table.from_pylist([json.loads(line) for line in some]), some
    else:
        source = rows(path)
        while few := list(islice(source, num_rows)):
            yield pa.Table.from_pylist(few), None
