"""Work of a store that no version of it was made with: thresholds tried, samples, builds that were stopped."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from aya.record import BuildRecord
from aya.stage import Tell, silent
from aya.store import Store

DAY = 86_400.0
KEY = 32
"""Letters of a content key, with which the name of each file of a task begins."""


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """Files below `work/` that can go; the receipt of a task comes before what it wrote."""

    files: tuple[Path, ...]
    tasks: dict[str, int]
    """By kind."""
    bytes: int
    """On disk; files that a version has too take no room of their own."""


def leftovers(store: Store, *, everything: bool = False, days: float = 0) -> Leftovers:
    """Return the work that no version in the store was made with (or all of it), written at least `days` ago.

    To be asked with the store locked: a running build's work is used by no version yet.
    """
    used = set[str]() if everything else _used(store)
    before = time.time() - days * DAY
    tasks: dict[str, list[Path]] = {}
    for path in sorted(store.work.glob("*/*"), key=lambda path: (path.suffix != ".json", path)):
        tasks.setdefault(f"{path.parent.name}/{path.name[:KEY]}", []).append(path)
    gone = {
        name: paths
        for name, paths in tasks.items()
        if name not in used and all(path.stat().st_mtime <= before for path in paths)
    }
    files = tuple(path for paths in gone.values() for path in paths)
    stats = [path.stat() for path in files]
    return Leftovers(
        files=files,
        tasks=dict(sorted(Counter(name.partition("/")[0] for name in gone).items())),
        bytes=sum(stat.st_size for stat in stats if stat.st_nlink == 1),
    )


def clear(found: Leftovers, tell: Tell = silent) -> None:
    """Delete the files; receipts go first, so that a task of which a part is gone counts as not done."""
    for done, path in enumerate(found.files, 1):
        path.unlink(missing_ok=True)
        tell("files deleted", done, len(found.files))


def _used(store: Store) -> set[str]:
    """Return the tasks, as `kind/key`, of the builds whose versions are there."""
    names = {path.name for path in store.versions.glob("[!.]*")}
    paths = [path for path in store.records.glob("*.json") if path.stem in names]
    records = [BuildRecord.model_validate_json(path.read_bytes()) for path in paths]
    return {task for record in records for step in record.passes for task in step.tasks}
