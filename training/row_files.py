"""Rows of a file that people bring: Parquet, JSON Lines, CSV or TSV."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aya.errors import InputError, nearest
from aya.json_lines import objects

SEPARATORS: Mapping[str, str] = {".csv": ",", ".tsv": "\t"}


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file, in its order; JSON Lines may be packed (`.jsonl.gz`).

    Raises: InputError if there is no such file, or it can not be read.
    """
    if not path.is_file():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        raise InputError(f"{path}: no such file{nearest(path.name, (item.name for item in siblings))}")
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if kind == ".parquet":
        return _parquet(path)
    if kind in SEPARATORS:
        return list(_separated(path, SEPARATORS[kind]))
    if kind not in (".jsonl", ".ndjson"):
        raise InputError(f"{path}: neither Parquet, JSON Lines nor CSV (.parquet, .jsonl, .csv, .tsv)")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            return list(objects(lines, lambda number: f"{path}:{number}"))
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError(f"{path}: can not be unpacked: {error}") from error


def _parquet(path: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: can not be read: {error}") from error
    return found


def _separated(path: Path, separator: str) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=separator, strict=True):
                yield {name: value for name, value in row.items() if name is not None and value is not None}
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can not be read: {error}") from error
