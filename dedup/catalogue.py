"""What is kept of rows, in flat files that grow: one file a column, one value (or four) a row.

    DIR/settings.json   what the files were made with
    DIR/parts.jsonl     one line for each part that is done: file, its content, rows before it, rows
    DIR/band_00.uint32 ... sketch.uint64 exact.uint64 rank.uint32 tie.uint32 state.uint8

A line of `parts.jsonl` is written after its rows; rows beyond the last line are cut off when the files are opened
again, so work that was cut short goes on at the part that it was at.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from aya.errors import UserError
from aya.table import canonical, publish
from dedup.grouping import Kept
from dedup.signature import SKETCH_WORDS

FORMAT = 3


class Part(BaseModel):
    """A piece of a file whose rows are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    content: str
    """Digest of the whole file."""
    first: int
    """How many rows of the file stand before it."""
    rows: int


class Catalogue:
    """The flat files of one folder. What was added is there again when the folder is opened anew."""

    def __init__(self, folder: Path, *, bands: int, settings: Mapping[str, object]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        wanted = canonical({"format": FORMAT, **settings})
        said = folder / "settings.json"
        if not said.exists():
            publish(said, lambda path: path.write_text(wanted, encoding="utf-8"))
        elif said.read_text("utf-8") != wanted:
            raise UserError(f"{folder} was made with other settings ({said}); give another folder, or those")
        self.columns: dict[str, tuple[str, int]] = {f"band_{band:02}": ("uint32", 1) for band in range(bands)}
        self.columns |= {"sketch": ("uint64", SKETCH_WORDS), "exact": ("uint64", 1)}
        self.columns |= {"rank": ("uint32", 1), "tie": ("uint32", 1), "state": ("uint8", 1)}
        self.parts = self._read_parts()
        self._open: dict[str, BinaryIO] = {}

    @property
    def num_rows(self) -> int:
        """Return the number of rows kept."""
        return sum(part.rows for part in self.parts)

    def add(self, part: Part, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        """Append the rows of a part; `columns` are those of the files, each with one entry a row."""
        if not self._open:
            self._start()
        for name, file in self._open.items():
            file.write(np.ascontiguousarray(columns[name]).reshape(-1).view(np.uint8).data)
            file.flush()
        with (self.folder / "parts.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(part.model_dump_json() + "\n")
        self.parts.append(part)

    def kept(self) -> Kept:
        """Return all rows as arrays that lie on disk."""
        self.close()
        found = {name: self._array(name) for name in self.columns}
        bands = [found[name] for name in self.columns if name.startswith("band_")]
        sketches = found["sketch"].reshape(-1, SKETCH_WORDS)
        return Kept(bands, sketches, *(found[name] for name in ("exact", "rank", "tie", "state")))

    def close(self) -> None:
        """Close the files; `add` opens them again."""
        for file in self._open.values():
            file.close()
        self._open = {}

    def _start(self) -> None:
        """Open the files for adding, cut off what no line of `parts.jsonl` stands for."""
        for name, (type_, width) in self.columns.items():
            path = self._path(name)
            path.touch()
            self._open[name] = path.open("r+b")
            size = self.num_rows * width * np.dtype(type_).itemsize
            if self._open[name].seek(0, os.SEEK_END) < size:
                raise UserError(f"{path} is shorter than {self.folder}/parts.jsonl says; make the folder anew")
            self._open[name].truncate(size)
            self._open[name].seek(size)

    def _array(self, name: str) -> npt.NDArray[Any]:
        type_, width = self.columns[name]
        if not self.num_rows:
            return np.zeros(0, type_)
        return np.memmap(self._path(name), type_, "r", shape=(self.num_rows * width,))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.{self.columns[name][0]}"

    def _read_parts(self) -> list[Part]:
        path = self.folder / "parts.jsonl"
        if not path.exists():
            return []
        lines = path.read_text("utf-8").split("\n")
        whole = "".join(f"{line}\n" for line in lines[:-1])
        if lines[-1]:  # a line that was cut short
            publish(path, lambda temporary: temporary.write_text(whole, encoding="utf-8"))
        return [Part.model_validate_json(line) for line in lines[:-1]]
