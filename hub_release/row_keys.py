"""Which rows of one side are on the other: a join by id that goes through disk, so memory stays the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

BUCKET_ROWS = 200_000
"""Rows of one side that are in memory at a time, nearly; a row takes 40 bytes."""

Rows = npt.NDArray[np.int64]

_KEY = np.dtype([("id", "S16"), ("content", "<u8"), ("text", "<u8"), ("row", "<i8")])
_TEXT = ("inputs", "targets", "language")


class Keys:
    """The keys of many rows in files below `folder`; rows are numbered in the order in which they are added.

    Two keys can be compared inside one process alone: hashes are those of the polars at hand.
    """

    def __init__(self, folder: Path, *, rows: int) -> None:
        """Make the files; `rows` is about how many there will be on the larger side."""
        folder.mkdir(parents=True, exist_ok=True)
        self.num_buckets = 1 + rows // BUCKET_ROWS
        self.num_rows = 0
        self._paths = [folder / f"{number:05d}.keys" for number in range(self.num_buckets)]
        for path in self._paths:
            path.write_bytes(b"")

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows with an `id` and any columns, the same ones on both sides."""
        keys = np.empty(len(frame), _KEY)
        halves = np.stack([frame["id"].hash(seed).to_numpy() for seed in (1, 2)], axis=1)
        keys["id"] = np.ascontiguousarray(halves).view("S16")[:, 0]
        columns = sorted({*frame.columns} - {"id"})
        keys["content"] = frame.select(columns).hash_rows(3).to_numpy() if columns else 0
        texts = [name for name in _TEXT if name in columns]
        keys["text"] = frame.select(texts).hash_rows(4).to_numpy() if texts else 0
        keys["row"] = np.arange(self.num_rows, self.num_rows + len(frame))
        self.num_rows += len(frame)
        buckets = halves[:, 0] % self.num_buckets
        for number, path in enumerate(self._paths):
            if len(chosen := keys[buckets == number]):
                with path.open("ab") as file:
                    chosen.tofile(file)

    def bucket(self, number: int) -> npt.NDArray[np.void]:
        """Return the keys of one bucket, sorted by id."""
        keys = np.fromfile(self._paths[number], _KEY)
        return keys[np.argsort(keys["id"], kind="stable")]

    def repeated(self) -> Iterator[Rows]:
        """Yield, a bucket at a time, the rows whose id another row has too."""
        for number in range(self.num_buckets):
            keys = self.bucket(number)
            like_next = np.zeros(len(keys), bool)
            like_next[:-1] = keys["id"][1:] == keys["id"][:-1]
            like_last = np.zeros(len(keys), bool)
            like_last[1:] = like_next[:-1]
            yield np.sort(keys["row"][like_next | like_last])


class Joined(NamedTuple):
    """The rows of a bucket by what became of them; `changed_old[i]` and `changed_new[i]` have one id."""

    same_old: Rows
    same_new: Rows
    changed_old: Rows
    changed_new: Rows
    removed: Rows
    added: Rows
    removed_texts: npt.NDArray[np.uint64]
    added_texts: npt.NDArray[np.uint64]


def join(old: Keys, new: Keys) -> Iterator[Joined]:
    """Yield what became of the rows, a bucket at a time; both sides must have been made for the same number of rows."""
    assert old.num_buckets == new.num_buckets
    for number in range(old.num_buckets):
        before, after = old.bucket(number), new.bucket(number)
        places = np.searchsorted(before["id"], after["id"])
        inside = places < len(before)
        found = np.zeros(len(after), bool)
        found[inside] = before["id"][places[inside]] == after["id"][inside]
        partners = places[found]
        same = before["content"][partners] == after["content"][found]
        gone = np.ones(len(before), bool)
        gone[partners] = False
        yield Joined(
            same_old=before["row"][partners[same]],
            same_new=after["row"][found][same],
            changed_old=before["row"][partners[~same]],
            changed_new=after["row"][found][~same],
            removed=before["row"][gone],
            added=after["row"][~found],
            removed_texts=before["text"][gone],
            added_texts=after["text"][~found],
        )
