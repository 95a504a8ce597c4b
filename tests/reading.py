"""Read files by a source as a task would: settings checked, dumped and checked again."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from collection.files import Files
from collection.items import OWN


def source(kind: type[Files], folder: Path, files: object, **settings: object) -> Files:
    """Return a source of files below `folder`, as another process gets it."""
    made = kind.model_validate({"files": files, **settings}, context={"roots": [folder]})
    return kind.model_validate(made.model_dump(mode="json"))


def tables(reader: Files, limit: int | None = None) -> list[pa.Table]:
    """Return all tables of all parts."""
    return [table for part in reader.parts() for table in reader.read(part, limit=limit)]


def items(reader: Files, limit: int | None = None) -> list[dict[str, Any]]:
    """Return all items of all parts."""
    return [row for table in tables(reader, limit) for row in table.to_pylist()]


def data(reader: Files) -> list[dict[str, Any]]:
    """Return all items without our own columns."""
    return [{name: value for name, value in row.items() if name not in OWN} for row in items(reader)]


def faults(reader: Files) -> list[tuple[str, str | None]]:
    """Return the key and fault of all items."""
    return [(row["_key"], row["_fault"]) for row in items(reader)]
