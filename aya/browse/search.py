"""A search over the files of a version, a chunk of rows at a time: pages as soon as they are full, counts as they grow.

It moves on only while somebody asks, so a search that nobody waits for costs nothing. Of what it found it
holds a bounded number of shortened rows; a page beyond them reads its chunks again.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl
import regex

from aya.browse import grams
from aya.browse.index import Index
from aya.browse.question import LENGTHS, Asked, Columns
from aya.errors import UserError
from aya.version import Version

CHUNK = 250_000
"""Rows read at a time, nearly."""

MOST_HELD = 2_000
"""Shortened rows that a search holds; also how far one can page through rows in another order than stored."""

TEXT = 700
"""Characters of a text in a list."""

_PLAIN = ("id", "language", "script", "source", "template_id", "origin", "license", "drop", "evidence")


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Neighbouring rows: of some small files, or a stretch of a large one."""

    files: tuple[Path, ...]
    start: int
    rows: int

    @property
    def stretches(self) -> list[tuple[Path, int]]:
        """Return the file and the first row of each stretch of it."""
        return [(path, self.start) for path in self.files]


def chunks(version: Version, which: Asked) -> list[Chunk]:
    """Return the rows that may be asked for, in chunks, as they are stored."""
    wanted = version.files(languages=which.language or None, sources=which.source or None, dropped=which.dropped)
    sizes = {version.path / file["path"]: file["rows"] for file in version.manifest["files"]}
    found: list[Chunk] = []
    small: list[Path] = []
    for path in wanted:
        if sizes[path] > CHUNK or sum(sizes[one] for one in (*small, path)) > CHUNK:
            found += _together(small, sizes)
            small = []
        if sizes[path] > CHUNK:
            for start in range(0, sizes[path], CHUNK):
                found.append(Chunk(files=(path,), start=start, rows=min(CHUNK, sizes[path] - start)))
        else:
            small.append(path)
    return found + _together(small, sizes)


def index_of(version: Version) -> Index:
    """Return what is known of the texts of a version; `grow` with `stretches` makes it know all."""
    return Index(version, rows=CHUNK)


def stretches(version: Version) -> list[tuple[Path, int]]:
    """Return the file and the first row of all that searches read."""
    return [stretch for chunk in chunks(version, Asked(rows="all")) for stretch in chunk.stretches]


def _together(files: Sequence[Path], sizes: dict[Path, int]) -> list[Chunk]:
    return [Chunk(files=tuple(files), start=0, rows=sum(sizes[path] for path in files))] if files else []


class Search:
    """The rows that are asked for, page by page; safe to ask from several threads."""

    def __init__(
        self, version: Version, which: Asked, columns: Columns | None = None, *, index: Index | None = None
    ) -> None:
        self.asked, self._columns = which, columns or Columns.of(version)
        self._chunks = chunks(version, which)
        self._index, self._wanted = index, grams.of_question(which)
        self._condition = which.condition()
        self._lock = threading.Lock()
        self._held: list[pl.DataFrame] = []
        self._counts: list[int] = []
        if self._condition is None and not which.sort:
            self._counts = [chunk.rows for chunk in self._chunks]

    @property
    def done(self) -> bool:
        """Return whether all rows have been looked at."""
        return len(self._counts) == len(self._chunks)

    def page(self, which: Asked | None = None, *, seconds: float) -> dict[str, Any]:
        """Return a page of rows and how far the search has come, after at most about so many seconds."""
        which = which or self.asked
        start, stop = (which.page - 1) * which.size, which.page * which.size
        if which.sort and start >= MOST_HELD:
            raise UserError(f"in this order one can page through {MOST_HELD:,} rows; filter for fewer")
        with self._lock:
            self._advance(stop, time.monotonic() + seconds)
            rows = self._sorted(start, stop) if which.sort else self._stored(start, stop)
        total = sum(chunk.rows for chunk in self._chunks)
        read = sum(chunk.rows for chunk in self._chunks[: len(self._counts)])
        return {
            "rows": [self._shown(row) for row in rows.iter_rows(named=True)],
            "found": sum(self._counts), "read": read, "of": total, "done": self.done,
        }  # fmt: skip

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield all rows with all columns, as they are stored."""
        for chunk in self._chunks:
            yield from self._rows(chunk).collect().iter_slices(10_000)

    def _advance(self, wanted: int, deadline: float) -> None:
        """Read on until a page is full for the first time, or time is up."""
        full = sum(self._counts) >= wanted
        while not self.done:
            self._read(self._chunks[len(self._counts)])
            if time.monotonic() > deadline or (not full and not self.asked.sort and sum(self._counts) >= wanted):
                return

    def _read(self, chunk: Chunk) -> None:
        rows, held = self._rows(chunk), sum(map(len, self._held))
        if self.asked.sort:
            keys = rows.select("id", self._key()).drop_nulls().collect()
            self._counts.append(len(keys))
            best = pl.concat([*self._held, keys.with_columns(chunk=pl.lit(len(self._counts) - 1))])
            order = best.sort("key", "id", descending=[self.asked.order == "down", False])
            self._held = [order.head(MOST_HELD)]
        elif held < MOST_HELD:
            found = self._listed(rows).collect()
            self._counts.append(len(found))
            self._held.append(found.head(MOST_HELD - held))
        else:
            self._counts.append(rows.select(pl.len()).collect().item())

    def _key(self) -> pl.Expr:
        column = pl.col(self.asked.sort)
        key = column.str.len_chars() if self.asked.sort in LENGTHS else column
        return (key if self.asked.sort == "id" else key.cast(pl.Float64).fill_nan(None)).alias("key")

    def _rows(self, chunk: Chunk) -> pl.LazyFrame:
        files = self._files(chunk)
        if not files:
            return pl.LazyFrame(schema=self._columns.types)
        rows = pl.scan_parquet(files, schema=self._columns.types, missing_columns="insert", extra_columns="ignore")
        rows = rows.slice(chunk.start, chunk.rows)
        return rows if self._condition is None else rows.filter(self._condition)

    def _files(self, chunk: Chunk) -> list[Path]:
        """Return the files of a chunk without those that an index knows to hold nothing that is looked for."""
        if self._index is None or not len(self._wanted):
            return list(chunk.files)
        return [path for path, start in chunk.stretches if self._index.may_hold(path, start, self._wanted)]

    def _listed(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        texts = [pl.col(name).str.slice(0, TEXT) for name in LENGTHS]
        sizes = [pl.col(name).str.len_chars().alias(f"num_{name}") for name in LENGTHS]
        return rows.select(*_PLAIN, *self._columns.scores, *texts, *sizes)

    def _stored(self, start: int, stop: int) -> pl.DataFrame:
        held = pl.concat(self._held) if self._held else pl.DataFrame()
        if stop <= len(held) or (self.done and self._held and len(held) == sum(self._counts)):
            return held[start:stop]
        parts, ends = [], list(accumulate(self._counts))
        for chunk, num, end in zip(self._chunks, self._counts, ends, strict=False):
            first, last = max(start - (end - num), 0), min(stop - (end - num), num)
            if first < last:
                parts.append(self._listed(self._rows(chunk).slice(first, last - first)).collect())
        return pl.concat(parts) if parts else pl.DataFrame()

    def _sorted(self, start: int, stop: int) -> pl.DataFrame:
        """Return rows in order; they are shown once all are known, for the best may come last."""
        if not (self.done and self._held):
            return pl.DataFrame()
        chosen = self._held[0][start:stop]
        parts = [
            self._listed(self._rows(self._chunks[number]).filter(pl.col("id").is_in(ids))).collect()
            for number, ids in chosen.group_by("chunk", maintain_order=True).agg("id").iter_rows()
        ]
        return chosen.select("id").join(pl.concat(parts), on="id", how="left") if parts else pl.DataFrame()

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        row |= {name: row[name] or "" for name in LENGTHS}
        return row | {"marks": {name: self._marks(row[name]) for name in self.asked.fields}}

    def _marks(self, text: str) -> list[tuple[int, int]]:
        return marks(self.asked.pattern, text)


def marks(pattern: str, text: str) -> list[tuple[int, int]]:
    """Return where a pattern is found in a text, in characters; none for a pattern of another dialect."""
    try:
        found = regex.finditer(f"(?V1){pattern}", text, timeout=0.2) if pattern else ()
        return [one.span() for one in found if one.end() > one.start()][:50]
    except (regex.error, TimeoutError):
        return []
