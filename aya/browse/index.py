"""Which stretches of a large version may hold a searched text, so that a search reads no others.

Made once in the background, kept below the store's `work/`, where `aya clean` finds it; where nothing can be written it
is held in memory. A version that is not large is searched without.
"""

import logging
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from aya.browse import grams
from aya.browse.question import LENGTHS
from aya.table import publish
from aya.version import Version

LEAST_ROWS = 1_000_000
"""Rows of a version that has an index."""

logger = logging.getLogger(__name__)


class Index:
    """The pairs and triples of letters in stretches of files; safe to ask while it grows."""

    def __init__(self, version: Version, *, rows: int) -> None:
        self._version, self._rows, self._kept = version, rows, _place(version, rows)
        self._found = _read(self._kept) if self._kept else {}
        self._ended = threading.Event()

    def may_hold(self, path: Path, start: int, wanted: npt.NDArray[np.uint64]) -> bool:
        """Return whether a text with all of these may be in a stretch; of a stretch not read yet anything may."""
        packed = self._found.get(self._name(path, start))
        return packed is None or grams.may_hold(packed, wanted)

    def grow(self, stretches: list[tuple[Path, int]]) -> None:
        """Read the stretches that are not known yet, until all are or `end` is called; then write what is known."""
        new = [stretch for stretch in stretches if self._name(*stretch) not in self._found]
        for path, start in new:
            if self._ended.is_set():
                break
            try:
                texts = pl.scan_parquet(path).select(LENGTHS).slice(start, self._rows).collect()
            except KeyboardInterrupt:  # polars raises it in every thread that reads
                if threading.current_thread() is threading.main_thread():
                    raise
                break
            self._found[self._name(path, start)] = grams.of_texts(texts.get_columns())
        if new and self._kept:
            self._write(self._kept)

    def end(self) -> None:
        """Let `grow` end soon."""
        self._ended.set()

    def _name(self, path: Path, start: int) -> str:
        return f"{path.relative_to(self._version.path)} {start}"

    def _write(self, kept: Path) -> None:
        found: dict[str, Any] = dict(self._found)
        try:
            publish(kept, lambda temporary: _save(temporary, found))
        except OSError as error:
            logger.info("the index is not kept: %s", error)


def _place(version: Version, rows: int) -> Path | None:
    """Return where the index of a version of a store is kept; None if the version lies in no store."""
    store = version.path.parent.parent
    work = store / "work"
    is_ours = version.path.parent.name == "versions" and work.is_dir()
    return work / "search" / f"{version.name}-{rows}.npz" if is_ours else None


def _save(path: Path, found: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez(file, **found)


def _read(path: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """Return what is kept; nothing of a file that is none."""
    try:
        with path.open("rb") as file, np.load(file) as kept:
            return {name: kept[name] for name in kept.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        return {}
