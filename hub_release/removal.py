"""Take rows out of a release: the next PATCH version without them and all that was made from them."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from aya.stage import Facts, Tell, silent
from hub_release.draft import Request
from hub_release.prepare import prepare_without
from hub_release.release import MANIFEST, Release
from hub_release.remote import Remote
from hub_release.removals import Tombstone, hashed
from hub_release.selection import Rule, select
from hub_release.shards import batches, frame

PURGE = (
    "An older tag and the commits below it hold the rows until its history is rewritten, and whoever downloaded them"
    " keeps them. To purge: push the new version; delete the tags named here (`hf repos tag delete`); close and"
    " delete pull requests, whose refs hold copies; then HfApi().super_squash_history(REPO, repo_type='dataset') and"
    " HfApi().permanently_delete_lfs_files(...) for the old files. This breaks every link to an older commit, so do it"
    " only where the law asks for it."
)


class Removed(BaseModel):
    """What a removal did."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    version: str
    num_rows: int
    by_language_and_source: dict[str, int]
    ids: list[str]
    held_by: dict[str, list[str]]
    """Files with these rows, by older release on disk and tag on the Hub."""
    purge: str = PURGE


def remove(
    release: Path, rules: Iterable[Rule], *, reason: str, date: str, remote: Remote | None = None, tell: Tell = silent
) -> Removed:
    """Write the release after `release` without these rows, beside it."""
    before, home = Release(release), release.parent
    with tempfile.TemporaryDirectory(prefix="aya-remove-") as folder:
        leaving = select(before, rules, Path(folder) / "selected")
        ids = [*leaving.ids()]
        collection = before.manifest["collection"]
        after = prepare_without(
            release, home, Request(None, date, Facts(**before.build["facts"])),
            gone=leaving.by_unit(Path(folder) / "gone"),
            tombstones=(Tombstone(hashed(collection, id_), "", reason) for id_ in ids),
            tell=tell,
        )  # fmt: skip
        return Removed(
            folder=after.path,
            version=after.version,
            num_rows=leaving.num_rows,
            by_language_and_source=leaving.by_language_and_source(),
            ids=ids,
            held_by=Holders(pl.Series(ids)).named(home, after.version, remote),
        )


class Holders:
    """Looks in every older release for rows that leave; a file that several of them have is read once."""

    def __init__(self, ids: pl.Series) -> None:
        self._ids, self._known = ids, dict[str, bool]()

    def named(self, home: Path, version: str, remote: Remote | None) -> dict[str, list[str]]:
        """Return the files with such rows, by release on disk and tag on the Hub; who has none is left out."""
        found: dict[str, list[str]] = {}
        for path in sorted(home.glob(f"[!.]*/{MANIFEST}")):
            older = Release(path.parent.parent)
            if older.version != version:
                found[f"{older.path}"] = [
                    file.path for file in older.files if self._holds(file.sha256, older.path / file.path)
                ]
        for tag in sorted(remote.tags()) if remote is not None and remote.exists() else ():
            assert remote is not None
            manifest = remote.manifest(tag) or {"files": []}
            sha = remote.head(tag)
            found[f"{remote.repo}@{tag}"] = [
                file["path"] for file in manifest["files"]
                if self._holds(file["sha256"], partial(remote.open, file["path"], sha))
            ]  # fmt: skip
        return {where: files for where, files in found.items() if files}

    def _holds(self, sha256: str, file: Path | Callable[[], IO[bytes]]) -> bool:
        if sha256 not in self._known:
            self._known[sha256] = any(part["id"].is_in(self._ids.implode()).any() for part in _ids(file))
        return self._known[sha256]


def _ids(file: Path | Callable[[], IO[bytes]]) -> Iterator[pl.DataFrame]:
    """Yield the column of ids of a file on disk, or of one on the Hub, of which nothing else is fetched."""
    if isinstance(file, Path):
        yield from map(frame, batches([file], ["id"]))
        return
    with pq.ParquetFile(file()) as opened:
        yield from (frame(pa.Table.from_batches([batch])) for batch in opened.iter_batches(columns=["id"]))
