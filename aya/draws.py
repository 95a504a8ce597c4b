"""The mixture of a version, drawn: position in, record out, in any order and any number of pieces."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aya.stage import load
from aya.table import read, read_flat, write_flat
from aya.tasks.gather import place_of
from aya.text import digest

PLAN = "collection.mixture_plan:MixturePlan"

Group = tuple[str, str, str]
"""Source, data set and language."""


class Segment(NamedTuple):
    """Rows of a group that lie together in one file; `start` is the first of them."""

    path: Path
    start: int
    rows: int


Segments = Mapping[Group, Sequence[Segment]]


class _Places(NamedTuple):
    """All rows numbered, group by group (G), in segments (S) that lie together in one file."""

    paths: list[Path]
    first_G: NDArray[np.int64]
    starts_S: NDArray[np.int64]
    file_S: NDArray[np.int64]
    shift_S: NDArray[np.int64]
    """What to add to a number for its row in the file."""


class Mixture:
    """The draws of a mixture; its whole state is a position, so a run goes on from one integer.

    `plan` is the `MixturePlan`: groups with size, quota, epochs and shares. Files are held in memory as they are asked
    for; with a folder `unpacked` they are written there once, uncompressed, and only the pages that are drawn are read.
    `columns` limits what is read.
    """

    def __init__(
        self, plan: Any, segments: Segments, *, columns: Sequence[str] | None = None, unpacked: Path | None = None
    ) -> None:
        self.plan = plan
        self._segments, self._columns, self._unpacked = segments, columns, unpacked

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made again when it is asked for: open files."""
        made = ("_open", "_places")
        return {name: value for name, value in self.__dict__.items() if name not in made}

    def __len__(self) -> int:
        """Return the number of draws."""
        return int(self.plan.total)

    def rows(self, start: int, stop: int, step: int = 1) -> pa.Table:
        """Return the records drawn at positions `range(start, stop, step)`, in that order.

        Worker r of n workers draws `rows(r, stop, n)`.
        """
        drawn = self.plan.draws(start, stop, step)
        places = self._places
        numbers = places.first_G[drawn.group] + drawn.row
        segments = np.searchsorted(places.starts_S, numbers, side="right") - 1
        files, rows = places.file_S[segments], numbers + places.shift_S[segments]
        if not len(rows):
            return self._open(places.paths[0]).slice(0, 0)
        order = np.argsort(files, kind="stable")
        cuts = np.flatnonzero(np.diff(files[order])) + 1
        pieces = [self._open(places.paths[files[here[0]]]).take(rows[here]) for here in np.split(order, cuts)]
        return pa.concat_tables(pieces, promote_options="default").take(np.argsort(order))

    def batches(self, size: int, *, start: int = 0) -> Iterator[pa.Table]:
        """Yield records in pieces of `size` draws, from a position on."""
        for position in range(start, len(self), size):
            yield self.rows(position, min(position + size, len(self)))

    @cached_property
    def _places(self) -> "_Places":
        paths = sorted({segment.path for group in self._segments.values() for segment in group})
        index = {path: number for number, path in enumerate(paths)}
        first, starts, file, shift, number = [], [], [], [], 0
        for group in self.plan.groups:
            first.append(number)
            for segment in self._segments[group.source, group.dataset, group.language]:
                starts.append(number)
                file.append(index[segment.path])
                shift.append(segment.start - number)
                number += segment.rows
        return _Places(paths, *(np.asarray(numbers, np.int64) for numbers in (first, starts, file, shift)))

    @cached_property
    def _open(self) -> Any:
        return lru_cache(maxsize=256 if self._unpacked is None else None)(self._read)

    def _read(self, path: Path) -> pa.Table:
        if self._unpacked is None:
            return read(path, columns=self._columns)
        named = digest(f"{path.resolve()} {path.stat().st_size} {self._columns}")
        target = self._unpacked / f"{path.stem}-{named}.arrow"
        if not target.is_file():
            write_flat(read(path, columns=self._columns), target)
        return read_flat(target)


def plan_of(manifest: Mapping[str, Any]) -> Any:
    """Return the plan of a version's mixture."""
    return load(PLAN).model_validate(manifest["mixture"])


def segments_of(folder: Path, manifest: Mapping[str, Any]) -> dict[Group, list[Segment]]:
    """Return where the rows of every group of a version lie; inside a file they are sorted by data set."""
    found: defaultdict[Group, list[Segment]] = defaultdict(list)
    for file in manifest["files"]:
        if not file["path"].startswith("data/"):
            continue
        source, language = place_of(file["path"])
        starts = accumulate(file["datasets"].values(), initial=0)
        for (dataset, rows), start in zip(file["datasets"].items(), starts, strict=False):
            found[source, dataset, language].append(Segment(folder / file["path"], start, rows))
    return dict(found)


def scanned_segments(paths: Sequence[Path]) -> dict[Group, list[Segment]]:
    """Return where the rows of every group lie in files of records that nobody has counted."""
    found: defaultdict[Group, list[Segment]] = defaultdict(list)
    for path in paths:
        columns = read(path, columns=("source", "dataset_name", "language"))
        groups = list(zip(*(column.to_pylist() for column in columns.columns), strict=True))
        bounds = [place for place in range(len(groups)) if place == 0 or groups[place] != groups[place - 1]]
        for start, stop in zip(bounds, [*bounds[1:], len(groups)], strict=True):
            source, dataset, language = (text or "" for text in groups[start])
            found[source, dataset, language].append(Segment(path, start, stop - start))
    return dict(found)
