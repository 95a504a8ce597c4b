"""Decontamination by itself: of files, and of a table, frame or data set in memory, with any columns of text."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash
from pydantic import ValidationError

from aya.errors import InputError, UserError, unknown
from aya.stage import Tell, silent
from aya.table import canonical, publish, put
from dedup.contamination import Contamination
from dedup.contamination_report import Report, Tally
from dedup.row_files import kind, lines, num_rows
from dedup.row_parts import content_of
from dedup.verdict_files import VerdictFiles
from dedup.verdicts import Verdicts

BATCH = 20_000
"""Rows in memory at a time."""
_FORMS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


class Decontaminated(NamedTuple):
    """What stays, what goes, and the report; `kept` and `dropped` are of the kind that was given."""

    kept: Any
    dropped: Any
    report: Report


class Desk(NamedTuple):
    """What is done to each batch."""

    stage: Contamination
    columns: Sequence[str] | None
    tally: Tally
    kept: VerdictFiles | None = None
    tell: Tell = silent
    of: int = 0
    """Rows in all files."""

    def judge(self, columns: dict[str, pa.ChunkedArray], num_rows: int) -> Verdicts:
        """Return the verdicts on some rows, counted."""
        found = (
            self.kept.once(lambda: self.stage.judge(columns, num_rows))
            if self.kept
            else self.stage.judge(columns, num_rows)
        )
        self.tally.add(found.notes)
        self.told()
        return found

    def told(self) -> None:
        """Say how far it is."""
        self.tell("rows searched", self.tally.num_rows, self.of)

    def table(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Return the rows that stay and those that go; what goes, or is flagged, has the notes."""
        texts = self._texts(table)
        found = self.judge({name: table[name] for name in texts}, len(table))
        noted = put(table, "contamination", pa.array(found.shares, pa.float32()), pa.float32())
        noted = put(noted, "contaminated_by", pa.array(found.notes, pa.string()), pa.string())
        if self.stage.action == "flag":
            return noted, noted.slice(0, 0)
        goes = pa.array(found.goes, pa.bool_())
        return table.filter(pc.invert(goes)), noted.filter(goes)

    def _texts(self, table: pa.Table) -> list[str]:
        texts = [field.name for field in table.schema if _is_text(field.type)]
        for name in self.columns or ():
            if name not in texts:
                raise InputError(unknown("column of text", name, texts))
        if not texts:
            raise InputError("no column is of text")
        return list(self.columns or texts)


def _is_text(type_: pa.DataType) -> bool:
    if pa.types.is_dictionary(type_):
        return _is_text(type_.value_type)
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


def _desk(against: object, columns: Sequence[str] | None, settings: dict[str, Any]) -> Desk:
    try:
        stage = Contamination.model_validate({"against": against} | settings)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UserError("\n".join(faults)) from error
    return Desk(stage, columns, Tally(stage.item_table))


def decontaminate(
    data: Any, against: object, *, columns: Sequence[str] | None = None, **settings: Any
) -> Decontaminated:
    """Take rows that hold evaluation items out of an Arrow table, a polars frame or a `datasets.Dataset`.

    `against` is a path or pattern, a mapping as in a recipe, or a list of these; `columns` are the texts that are
    searched, all columns of text if not said; other settings are those of `dedup.contamination`. What goes has the
    columns `contamination`, `contaminated` and `contaminated_by` besides; with `action="flag"` all rows stay, and
    have them.
    """
    desk = _desk(against, columns, settings)
    table, back = _table_of(data)
    kept, gone = desk.table(table)
    return Decontaminated(back(kept), back(gone), desk.tally.report())


def _table_of(data: Any) -> tuple[pa.Table, Callable[[pa.Table], Any]]:
    """Return data as a table, and the way back."""
    if isinstance(data, pa.Table):
        return data, lambda table: table
    if hasattr(data, "to_arrow"):  # polars
        return data.to_arrow(), type(data)
    if hasattr(data, "with_format"):  # datasets
        table = data.with_format("arrow")[:]
        return table, lambda part: type(data)(part)
    raise UserError(f"can not read a {type(data).__name__}; give an Arrow table, a polars frame or a datasets.Dataset")


def decontaminate_files(
    files: Sequence[Path],
    against: object,
    *,
    out: Path,
    columns: Sequence[str] | None = None,
    tell: Tell = silent,
    **settings: Any,
) -> Report:
    """Write each file again to `out` without the rows that hold evaluation items, and these to `out/dropped`.

    Parquet keeps its schema, JSON Lines its lines as they are. `report.json` in `out` is written last. In memory are
    the evaluation sets and one batch of rows. Until then the verdict on each batch lies in `out/.verdicts`, so that
    the same call goes on where it was stopped.
    """
    _check(files, out)
    desk = _desk(against, columns, settings)._replace(tell=tell, of=sum(map(num_rows, files)))
    key = _digest(desk)
    for file in files:
        kept = VerdictFiles(out / ".verdicts" / f"{content_of(file)}-{key}")
        _write(desk._replace(kept=kept), kept, file, out)
    report = desk.tally.report()
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    publish(out / "report.json", lambda path: path.write_text(text, encoding="utf-8"))
    shutil.rmtree(out / ".verdicts", ignore_errors=True)
    return report


def _digest(desk: Desk) -> str:
    """Return a name for all that a verdict depends on but the file itself."""
    stage = desk.stage
    hasher = xxhash.xxh3_128(canonical([stage.version, stage.model_dump(mode="json"), desk.columns, BATCH]).encode())
    for batch in stage.item_table.to_batches(max_chunksize=BATCH):
        hasher.update(canonical(batch.to_pylist()).encode())
    return hasher.hexdigest()


def _write(desk: Desk, kept: VerdictFiles, file: Path, out: Path) -> None:
    """Write a file again, unless that was done before; count what was found in it."""
    to_kept, to_gone = out / file.name, out / "dropped" / file.name
    if kept.is_done and to_kept.exists() and to_gone.exists():
        for notes in kept.notes():
            desk.tally.add(notes)
        return
    write = _parquet if kind(file) == "parquet" else _json_lines
    _publish_both(to_kept, to_gone, partial(write, desk, file))
    kept.finish()


def _publish_both(kept: Path, gone: Path, write: Callable[[Path, Path], object]) -> None:
    """Write two files so that both are whole or neither is there."""
    publish(kept, lambda to_kept: publish(gone, lambda to_gone: write(to_kept, to_gone)))


def _check(files: Sequence[Path], out: Path) -> None:
    """Raise UserError where a file is not there, is of no known kind, or would be written over another."""
    names: dict[str, Path] = {}
    for file in files:
        if not file.is_file():
            raise UserError(f"no file {file}")
        if kind(file) not in ("parquet", "jsonl"):
            raise UserError(f"{file}: neither Parquet nor JSON Lines")
        if names.setdefault(file.name, file) != file:
            raise UserError(f"{file} and {names[file.name]} have the same name; give them one after the other")
        if (out / file.name).resolve() == file.resolve():
            raise UserError(f"{file} lies in {out}, where it would be written over")


def _parquet(desk: Desk, file: Path, kept: Path, gone: Path) -> None:
    with _naming(file), _Parquet(kept) as to_kept, _Parquet(gone) as to_gone:
        source = pq.ParquetFile(file, pre_buffer=False)
        empty = desk.table(source.schema_arrow.empty_table())
        for one, to in zip(empty, (to_kept, to_gone), strict=True):
            to.write(one)
        for batch in source.iter_batches(batch_size=BATCH):
            for one, to in zip(desk.table(pa.Table.from_batches([batch])), (to_kept, to_gone), strict=True):
                to.write(one)


class _Parquet:
    """Writes tables of one schema to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Parquet":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)


def _json_lines(desk: Desk, file: Path, kept: Path, gone: Path) -> None:
    source = (line for line in lines(file) if not line.isspace())
    packing = _FORMS.get(file.suffix.lower())
    with _naming(file), pa.output_stream(kept, packing) as to_kept, pa.output_stream(gone, packing) as to_gone:
        number = 0
        while some := list(islice(source, BATCH)):
            rows = [_parsed(file, line, number + i) for i, line in enumerate(some, start=1)]
            number += len(some)
            found = desk.judge(_columns(rows, desk.columns), len(rows))
            for line, row, share, note, goes in zip(
                some, rows, found.shares.tolist(), found.notes, found.goes.tolist(), strict=True
            ):
                flag = desk.stage.action == "flag"
                noted = row | {"contamination": share, "contaminated_by": json.loads(note or "null")}
                text = canonical(noted) if flag or goes else line.rstrip("\r\n")
                (to_gone if goes and not flag else to_kept).write(text.encode() + b"\n")


def _parsed(file: Path, line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{file}: row {number}: broken JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{file}: row {number}: not an object")
    return row


def _columns(rows: Sequence[dict[str, Any]], wanted: Sequence[str] | None) -> dict[str, pa.ChunkedArray]:
    """Return the columns of text: those that are wanted, else all that hold any; other values count as no text."""
    known = dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, str))
    for name in wanted or ():
        if not any(name in row for row in rows):
            raise InputError(unknown("column of text", name, known))
    return {name: pa.chunked_array([_texts(row.get(name) for row in rows)]) for name in wanted or known}


def _texts(values: Iterator[Any]) -> pa.Array:
    return pa.array([value if isinstance(value, str) else None for value in values], pa.large_string())


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Turn what Arrow and the system say on a file into an InputError that names it."""
    try:
        yield
    except InputError as error:
        raise error if str(file) in str(error) else InputError(f"{file}: {error}") from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"{file}: can not be read: {(str(error).splitlines() or ['?'])[0]}") from error
