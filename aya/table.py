"""The record: one Arrow schema from the first stage to the release, and its shards on disk."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("inputs", pa.large_string()),
        pa.field("targets", pa.large_string()),
        pa.field("language", pa.string()),
        pa.field("script", pa.string()),
        pa.field("source", pa.string()),
        pa.field("dataset_name", pa.string()),
        pa.field("sub_dataset_name", pa.string()),
        pa.field("task_type", pa.string()),
        pa.field("template_id", pa.string()),
        pa.field("split", pa.string()),
        pa.field("origin", pa.string()),
        pa.field("license", pa.string()),
        pa.field("parent_id", pa.string()),
        pa.field("provenance", pa.string()),
        pa.field("drop", pa.string()),
        pa.field("evidence", pa.string()),
    ]
)
"""Columns of a record; `drop` is null while the record stays, `evidence` is JSON on why it goes."""

ROW_GROUP = 64_000  # rows; a scan that filters by statistics skips whole groups


def records(rows: Iterable[Mapping[str, object]], *, extra: pa.Schema | None = None) -> pa.Table:
    """Return a table of records from mappings; what a mapping lacks is null."""
    rows = list(rows)
    fields = [*SCHEMA, *(extra or [])]
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in fields]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def empty() -> pa.Table:
    """Return a table of no records."""
    return SCHEMA.empty_table()


def put(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray | Sequence[Any], type_: pa.DataType) -> pa.Table:
    """Return the table with column `name` set to `values`, added at the end if it is new."""
    column = values.cast(type_) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type_)
    index = table.schema.get_field_index(name)
    if index < 0:
        return table.append_column(pa.field(name, type_), column)
    return table.set_column(index, table.schema.field(index), column)


def mark(
    table: pa.Table,
    reasons: pa.Array | pa.ChunkedArray | Sequence[str | None],
    evidence: Sequence[Mapping[str, object] | None] | None = None,
) -> pa.Table:
    """Return the table with `drop` set where a reason is given and none stood before.

    A reason reads `folder.stage: why` and is one of a few texts, so that it can be counted;
    what differs from row to row (a score, the other row's id) goes into `evidence`.
    """
    known = isinstance(reasons, pa.Array | pa.ChunkedArray)
    new = reasons if known else pa.array(reasons, pa.string())
    first = pc.is_null(table["drop"])
    if evidence is not None:
        texts = pa.array([None if item is None else canonical(item) for item in evidence], pa.string())
        goes = pc.and_(first, pc.is_valid(new))
        table = put(table, "evidence", pc.if_else(goes, texts, table["evidence"]), pa.string())
    return put(table, "drop", pc.if_else(first, new, table["drop"]), pa.string())


def kept(table: pa.Table) -> pa.Table:
    """Return the records that stay; a table of which all stay is no copy."""
    drop = table["drop"]
    return table if drop.null_count == len(drop) else table.filter(pc.is_null(drop))


def dropped(table: pa.Table) -> pa.Table:
    """Return the records that a stage wants gone, each with its reason."""
    return table.filter(pc.is_valid(table["drop"]))


def in_order(rows: pa.Table, by: Sequence[str]) -> pa.Table:
    """Return the rows sorted by columns; rows in one piece are copied once for it, others twice."""
    rows = rows.combine_chunks()
    return rows.take(pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in by]))


def canonical(value: object) -> str:
    """Return `value` as JSON that is the same text for the same value on every run."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_text(text: str | None) -> str:
    """Return what `canonical` does of a text or None, in a fifth of the time."""
    return "null" if text is None else encode_basestring(text)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_MACHINE = os.uname().nodename.replace(".", "-")
"""In the names of half-written files: in a shared folder, two machines may have processes of one number."""


class Writer(Protocol):
    """Writes one file at the path it is given."""

    def __call__(self, path: Path, /) -> object:
        """Write the file."""


def publish(path: Path, write: Writer) -> None:
    """Write a file so that it is either whole or not there: to `.tmp`, fsync, rename.

    A failed write leaves nothing behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{_MACHINE}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left half-written below a folder; files of others stay."""
    for path in folder.rglob(f"*.{_MACHINE}.*.tmp"):
        number = path.name.removesuffix(".tmp").rpartition(".")[2]
        if number.isdecimal() and not process_lives(int(number)):
            path.unlink(missing_ok=True)


def process_lives(process: int) -> bool:
    """Return whether a process of this machine lives."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def sync_folder(folder: Path) -> None:
    """Make the renames inside `folder` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(table: pa.Table, path: Path) -> None:
    """Write a shard as zstd Parquet, whole or not at all; the same table gives the same bytes."""
    publish(
        path,
        lambda temporary: pq.write_table(
            table, temporary, compression="zstd", row_group_size=ROW_GROUP, write_page_index=True
        ),
    )


def read(path: Path, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a shard, all columns or the named ones."""
    return pq.read_table(path, columns=None if columns is None else list(columns), partitioning=None, pre_buffer=False)


def read_group(path: Path, group: int) -> pa.Table:
    """Read one row group of a shard; what its last pages say of a file of many groups is kept for the next group."""
    status = path.stat()
    footer = _footer(path, status.st_mtime_ns, status.st_size)
    with pq.ParquetFile(path, metadata=footer) as file:
        return file.read_row_group(group)


@lru_cache(maxsize=4)
def _footer(path: Path, changed: int, size: int) -> pq.FileMetaData:
    return pq.read_metadata(path)


def write_flat(table: pa.Table, path: Path) -> None:
    """Write a table as it lies in memory (Arrow's file format), whole or not at all."""
    table = table.combine_chunks()

    def arrow(temporary: Path) -> None:
        with pa.OSFile(str(temporary), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    publish(path, arrow)


def read_flat(path: Path) -> pa.Table:
    """Return a table that lies on disk: what is not looked at is not read, and processes share what is."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def of_ids(found: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    """Return the rows of a table, sorted by `id`, that have one of some ids.

    Ids of one length, as records have them, are looked up by halves, so of a large table on disk little is read.
    """
    wanted = ids.unique()
    size = len(wanted[0].as_py() or "") if len(wanted) else 0
    values = [_fixed(chunk, size) for chunk in (*found["id"].chunks, wanted)]
    if size == 0 or any(chunk is None for chunk in values):
        return found.filter(pc.is_in(found["id"], value_set=wanted))
    *there, looked_for = values
    places, start = [np.zeros(0, np.int64)], 0
    for chunk in there:
        at = np.searchsorted(chunk, looked_for)
        hit = at < len(chunk)
        hit[hit] = chunk[at[hit]] == looked_for[hit]
        places.append(start + at[hit])
        start += len(chunk)
    return found.take(pa.array(np.sort(np.concatenate(places))))


def _fixed(texts: pa.Array, size: int) -> Any:
    """Return ASCII texts that are all `size` bytes long as an array where they lie, else None."""
    if not len(texts) or not pa.types.is_string(texts.type) or texts.null_count:
        return None if len(texts) else np.zeros(0, f"S{size}")
    _, offsets, data = texts.buffers()
    borders = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if np.any(np.diff(borders) != size):
        return None
    return np.frombuffer(data, f"S{size}", len(texts), borders[0])
