"""Take rows out of a release: the next PATCH version without them and all that was made from them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from hub_release.draft import Request
from hub_release.facts import Facts
from hub_release.prepare import Tell, prepare_without, quiet
from hub_release.release import MANIFEST, Release
from hub_release.remote import Remote
from hub_release.removals import Kind, Tombstone, hashed, ids_file, selected

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
    """Older releases and tags that still hold files with these rows."""
    purge: str = PURGE


def remove(
    release: Path, rules: Iterable[tuple[Kind, str]], *, reason: str, date: str, remote: Remote | None = None,
    tell: Tell = quiet,
) -> Removed:  # fmt: skip
    """Write the release after `release` without these rows, beside it."""
    before = Release(release)
    rows = selected(before, rules)
    home = release.parent
    ids = rows["id"].to_list()
    gone = ids_file(rows, home / ".gone.parquet")
    collection = before.manifest["collection"]
    stones = [Tombstone(hash=hashed(collection, id_), version="", reason=reason) for id_ in ids]
    request = Request(None, date, Facts(**before.build["facts"]))
    after = prepare_without(release, home, request, gone=gone, tombstones=stones, tell=tell)
    gone.unlink()
    counted = Counter(f"{language}/{source}" for language, source in rows.select("language", "source").rows())
    paths = set(rows["path"])
    sums = {file.sha256 for file in before.files if file.path in paths}
    return Removed(
        folder=after.path,
        version=after.version,
        num_rows=len(rows),
        by_language_and_source=dict(sorted(counted.items())),
        ids=ids,
        held_by=_holders(home, after.version, sums, remote),
    )


def _holders(home: Path, version: str, sums: set[str], remote: Remote | None) -> dict[str, list[str]]:
    """Return the releases on disk and the tags on the Hub that have files with these rows.

    Releases before these files were written may hold the rows in other files; every older version is named.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(home.glob(f"[!.]*/{MANIFEST}")):
        older = Release(path.parent.parent)
        if older.version != version:
            found[f"{older.path}"] = [file.path for file in older.files if file.sha256 in sums]
    if remote is not None and remote.exists():
        for tag in sorted(remote.tags()):
            manifest = remote.manifest(tag)
            files = [] if manifest is None else manifest["files"]
            found[f"{remote.repo}@{tag}"] = [file["path"] for file in files if file["sha256"] in sums]
    return found
