"""Near duplicates taken out of files: what stays, which rows went and for whom, and a report of the largest groups."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from aya.errors import UserError
from aya.stage import Tell, silent
from aya.table import publish
from dedup.banding import chance
from dedup.near import Near, Verdict, find_in_files
from dedup.row_files import kind, written_rows
from dedup.row_parts import parts, stretches
from dedup.settled import Scores

SHOWN_CLUSTERS, SHOWN_ROWS, SHOWN_LETTERS = 10, 3, 200
INDEX, KEPT = "index", "kept"


class Cluster(TypedDict):
    """A row that stays and those that went for it."""

    rows: int
    kept: str
    """`file:row`, rows counted from 1."""
    jaccard: float
    """The lowest score of a row that went."""
    texts: list[str]
    """The row that stays, then some of those that went, cut short."""


def dedup_files(
    files: Sequence[Path],
    out: Path,
    near: Near,
    *,
    keep_texts: bool = False,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Write the files without near duplicates to `out/kept`, and tables of those and `report.json`; return that.

    Files keep their names, and their folders below the one that they share. `out/index` holds what is kept of
    the rows: run again with more files to add them. The files written are those given this time; rows of files
    added before count, but these are not written again. With `keep_texts` their texts lie there too, uncompressed.
    Raises: UserError, InputError.
    """
    _check(files, out)
    shared = os.path.commonpath([path.resolve().parent for path in files])
    names = {path: path.resolve().relative_to(shared) for path in files}
    verdict = find_in_files(files, out / INDEX, near, keep_texts=keep_texts, tell=tell)
    places = _places(out / INDEX)
    stays = np.ones(verdict.num_rows, np.bool_)
    stays[verdict.row] = False
    for done, path in enumerate(files, 1):
        start, stop = places[str(path.resolve())]
        _write(path, out / KEPT / names[path], stays[start:stop])
        tell("files written", done, len(files))
    _write_duplicates(out / "duplicates.parquet", verdict, places)
    _write_chained(out / "chained.parquet", verdict.chained, places)
    report = _report(verdict, places, near)
    text = json.dumps(report, ensure_ascii=False, indent=1)
    publish(out / "report.json", lambda path: path.write_text(text + "\n", encoding="utf-8"))
    return report


def _check(files: Sequence[Path], out: Path) -> None:
    """Refuse files of no known kind, and those that lie where is written to."""
    for path in files:
        kind(path)
        if path.resolve().is_relative_to(out.resolve()):
            raise UserError(f"{path} lies in the folder that is written to")


Places = dict[str, tuple[int, int]]


def _places(index: Path) -> Places:
    """Return the first row and the row after the last of every file."""
    found: Places = {}
    start = 0
    for line in (index / "parts.jsonl").read_text("utf-8").splitlines() if (index / "parts.jsonl").exists() else ():
        part = json.loads(line)
        first, _ = found.get(part["file"], (start, start))
        start += part["rows"]
        found[part["file"]] = first, start
    return found


def _write(path: Path, to: Path, stays: npt.NDArray[np.bool_]) -> None:
    """Write the rows of a file that stay, in order: Parquet as Parquet, others as the bytes that they are."""

    def parquet(temporary: Path) -> None:
        start = 0
        with pq.ParquetFile(path) as file, pq.ParquetWriter(temporary, file.schema_arrow, compression="zstd") as writer:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number)
                writer.write_table(table.filter(pa.array(stays[start : start + len(table)])))
                start += len(table)

    def lines(temporary: Path) -> None:
        packing = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(path.suffix)
        with pa.output_stream(str(temporary), compression=packing) as stream:
            for line, stay in zip(_lines(path), stays if kind(path) == "jsonl" else [True, *stays], strict=False):
                if stay:
                    stream.write(line)

    publish(to, parquet if kind(path) == "parquet" else lines)


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the rows of a file of lines as they are, a header first where there is one."""
    if kind(path) == "jsonl":
        return (line for _, some in stretches(path) for line in some)
    return (row.encode() for row in written_rows(path))


def _named(rows: npt.NDArray[np.uint32], places: Places) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the file of each row, and its number there, counted from 1."""
    starts = np.array([start for start, _ in places.values()])
    names = list(places)
    which = np.searchsorted(starts, rows, side="right") - 1
    return [names[place] for place in which.tolist()], rows - starts[which] + 1


def _write_duplicates(path: Path, verdict: Verdict, places: Places) -> None:
    (files, rows), (kept_files, kept_rows) = _named(verdict.row, places), _named(verdict.kept, places)
    columns = {"file": files, "row": rows, "kept_file": kept_files, "kept_row": kept_rows}
    table = pa.table(columns | {"jaccard": verdict.jaccard, "cluster": verdict.clusters()})
    publish(path, lambda temporary: pq.write_table(table, temporary, compression="zstd"))


def _write_chained(path: Path, chained: Scores, places: Places) -> None:
    """Write the rows that stay though they are like one that went, since they are unlike the one that stays for it."""
    (files, rows), (other_files, other_rows) = _named(chained.rows, places), _named(chained.others, places)
    columns = {"file": files, "row": rows, "like_file": other_files, "like_row": other_rows}
    table = pa.table(columns | {"jaccard": chained.jaccard})
    publish(path, lambda temporary: pq.write_table(table, temporary, compression="zstd"))


def _report(verdict: Verdict, places: Places, near: Near) -> dict[str, Any]:
    bands, rows = near.banding
    copies = int((verdict.jaccard == 1).sum())
    return {
        "rows": verdict.num_rows,
        "kept": verdict.num_rows - len(verdict.row),
        "copies": copies,
        "near": len(verdict.row) - copies,
        "chained": len(verdict.chained.rows),
        "threshold": near.threshold,
        "bands": bands,
        "slots": rows,
        "found_at_threshold": round(chance(near.threshold, bands=bands, rows=rows), 4),
        "clusters": list(_clusters(verdict, places, near)),
    }


def _clusters(verdict: Verdict, places: Places, near: Near) -> Iterator[Cluster]:
    """Yield the largest groups, with some of their rows."""
    stays, counts = np.unique(verdict.kept, return_counts=True)
    largest = np.lexsort((stays, -counts))[:SHOWN_CLUSTERS]
    members = [verdict.row[verdict.kept == row][: SHOWN_ROWS - 1] for row in stays[largest]]
    texts = _texts(np.unique(np.concatenate([stays[largest], *members])), places, near) if len(largest) else {}
    for row, count, some in zip(stays[largest].tolist(), counts[largest].tolist(), members, strict=True):
        (file,), (number,) = _named(np.array([row], np.uint32), places)
        yield Cluster(
            rows=count + 1,
            kept=f"{file}:{number}",
            jaccard=round(float(verdict.jaccard[verdict.kept == row].min()), 4),
            texts=[texts[row], *(texts[other] for other in some.tolist())],
        )


def _texts(rows: npt.NDArray[np.uint32], places: Places, near: Near) -> dict[int, str]:
    """Return the texts of a few rows, cut short."""
    found: dict[int, str] = {}
    for file, (start, stop) in places.items():
        mine = [row for row in rows.tolist() if start <= row < stop]
        for first, table in parts(Path(file), columns=near.columns) if mine else ():
            for row in [row for row in mine if first <= row - start < first + len(table)]:
                values = table.slice(row - start - first, 1).to_pylist()[0].values()
                found[row] = " | ".join(value or "" for value in values)[:SHOWN_LETTERS]
    return found
