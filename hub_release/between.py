"""Compare two releases wherever they are; of the Hub's, only files that differ are fetched, and only for this."""

import shutil
import tempfile
from pathlib import Path

from aya.errors import UserError
from aya.stage import Tell, silent
from hub_release.diff import Difference, Side, compare, files_to_read, side_of
from hub_release.release import MANIFEST, File, Release
from hub_release.remote import Remote


def difference(old: str, new: str, tell: Tell = silent) -> Difference:
    """Return what became of the rows between two releases: folders, or tags as `ORG/NAME@v1.0.0`."""
    with tempfile.TemporaryDirectory(prefix="aya-between-") as scratch:
        sides = [_side(name, Path(scratch) / place) for name, place in ((old, "old"), (new, "new"))]
        before, after = files_to_read(sides[0].files, sides[1].files)
        for name, side, files in zip((old, new), sides, (before, after), strict=True):
            _fetch(name, side, files, tell)
        return compare(*sides)


def _side(name: str, scratch: Path) -> Side:
    if Path(name).is_dir():
        return side_of(Release(Path(name)))
    remote, tag = _remote(name)
    manifest = remote.manifest(tag)
    if manifest is None:
        raise UserError(f"{name} is no release: it has no {MANIFEST}")
    files = [File.model_validate(file) for file in manifest["files"]]
    return Side(str(manifest["version"]), scratch, files, dict(manifest["schema"]))


def _fetch(name: str, side: Side, files: list[File], tell: Tell) -> None:
    if not Path(name).is_dir() and files:
        remote, tag = _remote(name)
        remote.fetch([file.path for file in files], tag, side.path, tell)
        shutil.rmtree(side.path / ".cache", ignore_errors=True)


def _remote(name: str) -> tuple[Remote, str]:
    repo, _, tag = name.partition("@")
    if repo.count("/") != 1 or not tag:
        raise UserError(f"'{name}' is no folder and no release on the Hub; write it as ORG/NAME@v1.0.0")
    return Remote(repo), tag
