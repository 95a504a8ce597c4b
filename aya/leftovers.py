"""Work of a store that no version of it was made with: thresholds tried, samples, builds that were stopped."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from aya.record import BuildRecord
from aya.stage import Tell, silent
from aya.store import Store
from aya.work import INPUTS, Written

DAY = 86_400.0
KEY = 32
"""Letters of a content key, with which the name of each file of a task begins."""


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """Files of work that can go; all receipts come before what the tasks wrote."""

    files: tuple[Path, ...]
    tasks: dict[str, int]
    """By kind."""
    bytes: int
    """That are free then; files that a version has too take no room of their own."""


def leftovers(store: Store, *, everything: bool = False, days: float = 0) -> Leftovers:
    """Return the work that no version in the store was made with (or all of it), written at least `days` ago.

    To be asked with the store locked: a running build's work is used by no version yet. Files of the user's, which a
    build puts into an object store, go with all work alone: no version needs them, but a next one may.
    """
    used = set[str]() if everything else _used(store)
    before = time.time() - days * DAY
    tasks: dict[str, list[Written]] = {}
    for file in store.files.written():
        name = f"{file.path.parent.name}/{file.path.name[:KEY]}"
        if name not in used and (everything or file.path.parent.name != INPUTS):
            tasks.setdefault(name, []).append(file)
    gone = {name: files for name, files in tasks.items() if all(file.seconds <= before for file in files)}
    files = [file for files in gone.values() for file in files]
    return Leftovers(
        files=tuple(sorted((file.path for file in files), key=lambda path: (path.suffix != ".json", path))),
        tasks=dict(sorted(Counter(name.partition("/")[0] for name in gone).items())),
        bytes=sum(file.bytes for file in files),
    )


def clear(store: Store, found: Leftovers, tell: Tell = silent) -> None:
    """Delete the files; receipts go first, so that a task of which a part is gone counts as not done."""
    for done in store.files.delete(found.files):
        tell("files deleted", done, len(found.files))


def _used(store: Store) -> set[str]:
    """Return the tasks, as `kind/key`, of the builds whose versions are there."""
    names = {path.name for path in store.versions.glob("[!.]*")}
    paths = [path for path in store.records.glob("*.json") if path.stem in names]
    records = [BuildRecord.model_validate_json(path.read_bytes()) for path in paths]
    return {task for record in records for step in record.passes for task in step.tasks}
