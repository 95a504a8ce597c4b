"""Very many rows of real sentences, joined anew, more than a quarter of them edited copies of earlier rows.

What row i is follows from i alone, so copies lie anywhere before or after, and nothing is held but the sentences.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.parts.pool import pool
from benchmarks.parts.random_bits import mixed

FILE_ROWS = 1_000_000
ROW_GROUP = 50_000
COPIES = 28
"""Of a hundred rows."""
LONGEST = 600
"""Bytes of a sentence, at most; longer ones are left out."""

kernel: Callable[..., Any] = numba.njit(cache=True)


class Sentences(NamedTuple):
    """The sentences of all languages, one after the other."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    """The sentences of language g are those from `groups[g]` to `groups[g + 1]`."""


def write_recombined(folder: Path, *, rows: int) -> list[Path]:
    """Write files of a million rows with the column `text`; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    sentences, files = None, []
    for start in range(0, rows, FILE_ROWS):
        num = min(FILE_ROWS, rows - start)
        files.append(folder / f"{start // FILE_ROWS:03}-{num}.parquet")
        if not files[-1].exists():
            sentences = sentences or _sentences()
            part = folder / "part.tmp"
            with pq.ParquetWriter(part, pa.schema([("text", pa.large_string())]), compression="zstd") as writer:
                for first in range(start, start + num, ROW_GROUP):
                    writer.write_table(_table(sentences, first, min(ROW_GROUP, start + num - first)))
            part.rename(files[-1])
    return files


def _sentences() -> Sentences:
    texts, groups = [], [0]
    for group in pool()[1]:
        texts += [data for sentence in group.sentences if len(data := sentence.encode()) <= LONGEST]
        groups.append(len(texts))
    offsets = np.cumsum([0, *map(len, texts)])
    return Sentences(np.frombuffer(b"".join(texts), np.uint8), offsets, np.unique(groups))


def _table(sentences: Sentences, start: int, num: int) -> pa.Table:
    data, offsets = _rows(sentences, start, num, LONGEST)
    return pa.table({"text": pa.LargeStringArray.from_buffers(num, pa.py_buffer(offsets), pa.py_buffer(data))})


@kernel
def _is_copy(row: np.uint64) -> bool:
    return bool(row > 0 and mixed(row) % np.uint64(100) < np.uint64(COPIES))


@kernel
def _origin(row: np.uint64) -> np.uint64:
    """Return the row that this one is a copy of, itself if it is none."""
    origin = mixed(mixed(row)) % row if _is_copy(row) else row
    while _is_copy(origin):
        origin -= np.uint64(1)
    return origin


@kernel
def _change(text: npt.NDArray[np.uint8], drawn: np.uint64) -> None:
    """Put another letter for one small Latin letter in twenty."""
    for k in range(len(text)):
        if 97 <= text[k] <= 122 and mixed(drawn + np.uint64(k)) % np.uint64(20) == 0:
            text[k] = np.uint8(97 + (text[k] - 96) % 26)


@kernel
def _rows(
    sentences: Sentences, start: int, num: int, longest: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return rows of two to four sentences of one language as bytes and offsets.

    A copy is the same, lacks the last sentence (of three or four), has another one there, or one with other letters.
    """
    data, offsets, end = np.empty(num * 4 * (longest + 1), np.uint8), np.zeros(num + 1, np.int64), 0
    for i in range(num):
        row = np.uint64(start + i)
        origin, drawn = _origin(row), mixed(row + np.uint64(1 << 41))
        state = mixed(origin + np.uint64(1 << 40))
        # A sentence is drawn to choose the language, so large ones come often.
        place = np.int64(state % np.uint64(len(sentences.offsets) - 1))
        group = np.searchsorted(sentences.groups, place, side="right") - 1
        first, size = sentences.groups[group], np.uint64(sentences.groups[group + 1] - sentences.groups[group])
        parts = 2 + np.int64((state >> np.uint64(40)) % np.uint64(3))
        edit = np.int64((drawn >> np.uint64(32)) % np.uint64(4)) if origin != row else 0
        if edit == 1 and parts > 2:
            parts -= 1
        for part in range(parts):
            state = mixed(state)
            is_edited = part == parts - 1
            sentence = first + np.int64((drawn if is_edited and edit == 2 else state) % size)
            text = sentences.data[sentences.offsets[sentence] : sentences.offsets[sentence + 1]]
            if part:
                data[end] = 32
                end += 1
            data[end : end + len(text)] = text
            if is_edited and edit == 3:
                _change(data[end : end + len(text)], drawn)
            end += len(text)
        offsets[i + 1] = end
    return data[:end].copy(), offsets
