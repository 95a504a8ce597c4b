"""What became of the rows from one release to another: added, removed, changed; only files that differ are read."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from hub_release.layout import conform
from hub_release.release import File, Release
from hub_release.row_keys import Keys, Rows, join
from hub_release.shards import batches, frame

_EXAMPLES = 5


class Side(NamedTuple):
    """One release of a comparison."""

    version: str
    path: Path
    files: list[File]
    schema: dict[str, str]


class Difference(BaseModel):
    """What became of the rows; counts are by `language_Script/source`."""

    old: str
    new: str
    added: dict[str, int] = {}
    removed: dict[str, int] = {}
    changed: dict[str, int] = {}
    num_moved: int = 0
    """Changed rows that are in another split."""
    num_renamed: int = 0
    """Removed rows whose texts are in an added row: their ids changed."""
    columns_added: list[str] = []
    columns_removed: list[str] = []
    columns_changed: list[str] = []
    licences_added: list[str] = []
    files_same: int = 0
    bytes_same: int = 0
    bytes_new: int = 0
    examples: dict[str, list[str]] = {}
    """A few ids of each kind."""

    @property
    def num_added(self) -> int:
        """Return the rows that only the new release has."""
        return sum(self.added.values())

    @property
    def num_removed(self) -> int:
        """Return the rows that only the old release has."""
        return sum(self.removed.values())

    @property
    def num_changed(self) -> int:
        """Return the rows that both have under one id with other contents."""
        return sum(self.changed.values())

    @property
    def schema_changed(self) -> bool:
        """Return whether the columns are others."""
        return bool(self.columns_added or self.columns_removed or self.columns_changed)

    def data(self) -> dict[str, Any]:
        """Return all as plain data, with sums."""
        sums = {"num_added": self.num_added, "num_removed": self.num_removed, "num_changed": self.num_changed}
        return {**sums, **self.model_dump()}


def side_of(release: Release) -> Side:
    """Return a release as one side of a comparison."""
    return Side(release.version, release.path, release.files, release.schema)


def files_to_read(old: Iterable[File], new: Iterable[File]) -> tuple[list[File], list[File]]:
    """Return the files of both sides that the other has not, by checksum: all other rows are the same."""
    before, after = list(old), list(new)
    old_sums, new_sums = Counter(file.sha256 for file in before), Counter(file.sha256 for file in after)
    same = old_sums & new_sums
    return _without(before, same), _without(after, same)


def compare(old: Side, new: Side) -> Difference:
    """Return what became of the rows. Only columns that both sides have are compared."""
    before, after = files_to_read(old.files, new.files)
    found = _columns(old, new)
    found.licences_added = sorted(_licences(new.files) - _licences(old.files))
    found.files_same = len(new.files) - len(after)
    found.bytes_new = sum(file.bytes for file in after)
    found.bytes_same = sum(file.bytes for file in new.files) - found.bytes_new
    with tempfile.TemporaryDirectory(prefix="aya-diff-") as folder:
        rows = max(sum(file.rows for file in files) for files in (before, after))
        sides = [Keys(Path(folder) / name, rows=rows) for name in ("old", "new")]
        schema = _shared_schema(old, new, before, after)
        for keys, side, files in zip(sides, (old, new), (before, after), strict=True):
            for table in batches([side.path / file.path for file in files], schema.names):
                keys.add(frame(conform(table, schema)))
        _count(found, sides, (old, before), (new, after))
    return found


def _count(found: Difference, keys: list[Keys], old: tuple[Side, list[File]], new: tuple[Side, list[File]]) -> None:
    where_old, where_new = _Where(old[1]), _Where(new[1])
    added, removed, changed = Counter[str](), Counter[str](), Counter[str]()
    texts: list[npt.NDArray[np.uint64]] = []
    gone: list[npt.NDArray[np.uint64]] = []
    samples: dict[str, list[Rows]] = {"added": [], "removed": [], "changed": []}
    for joined in join(*keys):
        added.update(where_new.groups(joined.added))
        removed.update(where_old.groups(joined.removed))
        changed.update(where_new.groups(joined.changed_new))
        found.num_moved += int((where_old.splits(joined.changed_old) != where_new.splits(joined.changed_new)).sum())
        texts.append(joined.added_texts)
        gone.append(joined.removed_texts)
        for name, rows in (("added", joined.added), ("removed", joined.removed), ("changed", joined.changed_new)):
            samples[name].append(rows[:_EXAMPLES])
    found.num_renamed = int(np.isin(np.concatenate(gone), np.concatenate(texts)).sum())
    found.added, found.removed, found.changed = (dict(sorted(it.items())) for it in (added, removed, changed))
    for name, chosen in samples.items():
        where, side = (where_old, old[0]) if name == "removed" else (where_new, new[0])
        if ids := where.ids(np.sort(np.concatenate(chosen))[:_EXAMPLES], side):
            found.examples[name] = ids


class _Where:
    """Leads from the number of a row to its file."""

    def __init__(self, files: list[File]) -> None:
        self._files = files
        self._ends = np.cumsum([file.rows for file in files])
        self._splits = np.array([file.split for file in files], dtype=object)

    def _file_of(self, rows: Rows) -> npt.NDArray[np.intp]:
        return np.searchsorted(self._ends, rows, side="right")

    def groups(self, rows: Rows) -> Mapping[str, int]:
        """Return rows by language and source."""
        numbers, counts = np.unique(self._file_of(rows), return_counts=True)
        counted: Counter[str] = Counter()
        for number, num in zip(numbers.tolist(), counts.tolist(), strict=True):
            group = self._files[number].group
            counted[f"{group.place}/{group.source}"] += num
        return counted

    def splits(self, rows: Rows) -> npt.NDArray[np.object_]:
        """Return the split of each row."""
        return self._splits[self._file_of(rows)] if len(rows) else np.array([], dtype=object)

    def ids(self, rows: Rows, side: Side) -> list[str]:
        """Return the ids of a few rows."""
        found = []
        for row, number in zip(rows.tolist(), self._file_of(rows).tolist(), strict=True):
            file = self._files[number]
            start = int(self._ends[number]) - file.rows
            column = pq.read_table(side.path / file.path, columns=["id"])["id"]
            found.append(column[row - start].as_py())
        return found


def _without(files: list[File], same: Counter[str]) -> list[File]:
    left, found = Counter(same), []
    for file in files:
        if left[file.sha256]:
            left[file.sha256] -= 1
        else:
            found.append(file)
    return found


def _licences(files: Iterable[File]) -> set[str]:
    return {name for file in files for name in file.licenses}


def _columns(old: Side, new: Side) -> Difference:
    before, after = old.schema, new.schema
    return Difference(
        old=old.version,
        new=new.version,
        columns_added=sorted(after.keys() - before.keys()),
        columns_removed=sorted(before.keys() - after.keys()),
        columns_changed=sorted(name for name in before.keys() & after.keys() if before[name] != after[name]),
    )


def _shared_schema(old: Side, new: Side, before: list[File], after: list[File]) -> pa.Schema:
    """Return the columns that both sides have, as one of them has them."""
    files = [*((new, file) for file in after), *((old, file) for file in before)]
    if not files:
        return pa.schema([])
    side, file = files[0]
    both = old.schema.keys() & new.schema.keys()
    return pa.schema([field for field in pq.read_schema(side.path / file.path) if field.name in both])
