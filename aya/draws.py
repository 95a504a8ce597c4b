"""The mixture of a version, drawn: position in, record out, in any order and any number of pieces."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from aya.stage import load
from aya.table import read
from aya.tasks.gather import place_of

PLAN = "collection.mixture_plan:MixturePlan"


class Segment(NamedTuple):
    """Rows of a group in one file: `start` is the first of them, `first` its number in the group."""

    path: Path
    start: int
    first: int
    rows: int


class Mixture:
    """The draws of a mixture; its whole state is a position, so a run goes on from one integer.

    `plan` is the `MixturePlan`: groups with size, quota, epochs and shares.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.plan = load(PLAN).model_validate(manifest["mixture"])
        self._segments = _segments(folder, manifest)
        self._read = lru_cache(maxsize=256)(read)

    def __len__(self) -> int:
        """Return the number of draws."""
        return int(self.plan.total)

    def rows(self, start: int, stop: int, step: int = 1) -> pa.Table:
        """Return the records drawn at positions `range(start, stop, step)`, in that order.

        Worker r of n workers draws `rows(r, stop, n)`.
        """
        draws = self.plan.draws(start, stop, step)
        files: defaultdict[Path, list[int]] = defaultdict(list)
        rows = np.empty(len(draws.row), np.int64)
        for place, (group, row) in enumerate(zip(draws.group.tolist(), draws.row.tolist(), strict=True)):
            segment = self._segment(group, row)
            files[segment.path].append(place)
            rows[place] = segment.start + row - segment.first
        pieces = [self._read(path).take(rows[places]) for path, places in files.items()]
        if not pieces:
            return self._read(self._any_file()).slice(0, 0)
        order = np.argsort(np.concatenate([np.asarray(places) for places in files.values()]))
        return pa.concat_tables(pieces, promote_options="default").take(order)

    def batches(self, size: int, *, start: int = 0) -> Iterator[pa.Table]:
        """Yield records in pieces of `size` draws, from a position on."""
        for position in range(start, len(self), size):
            yield self.rows(position, min(position + size, len(self)))

    def _segment(self, group: int, row: int) -> Segment:
        described = self.plan.groups[group]
        for segment in self._segments[described.source, described.dataset, described.language]:
            if row < segment.first + segment.rows:
                return segment
        raise IndexError(f"group {described.name} has no row {row}")

    def _any_file(self) -> Path:
        return next(iter(self._segments.values()))[0].path


def _segments(folder: Path, manifest: Mapping[str, Any]) -> dict[tuple[str, str, str], list[Segment]]:
    """Return where the rows of every group lie; inside a file they are sorted by data set."""
    found: defaultdict[tuple[str, str, str], list[Segment]] = defaultdict(list)
    for file in manifest["files"]:
        if not file["path"].startswith("data/"):
            continue
        source, language = place_of(file["path"])
        starts = accumulate(file["datasets"].values(), initial=0)
        for (dataset, rows), start in zip(file["datasets"].items(), starts, strict=False):
            group = found[source, dataset, language]
            first = group[-1].first + group[-1].rows if group else 0
            group.append(Segment(folder / file["path"], start, first, rows))
    return dict(found)
