"""Where the files of finished tasks lie: in the store's own folder, or in an object store that many machines reach.

The paths in a task are those of the store's folder either way; an object is named by its path below that folder.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aya import table
from aya.errors import InputError
from aya.object_store import ObjectStore
from aya.task import KINDS, Receipt, Task, done, fits

AT_ONCE = 8
"""Files that are brought at a time."""
GO_AT_ONCE = 1_000
"""Objects that one request deletes."""
INPUTS = "inputs"
"""Where files of the user's lie in an object store, by content."""
_OBJECT = re.compile(rf"({'|'.join([*KINDS, INPUTS])})/[0-9a-f]{{32}}[^/]*")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file of work."""

    path: Path
    """In the store's folder, even if it lies elsewhere."""
    bytes: int
    """What is free when it goes; a file that a version has too takes no room of its own."""
    seconds: float
    """When it was written, since 1970."""


class Work(Protocol):
    """The files that tasks wrote."""

    @property
    def url(self) -> str | None:
        """Return where they lie in an object store, if they do."""

    def done(self, tasks: Sequence[Task]) -> dict[str, Receipt]:
        """Return the receipts of those tasks that are done, by their keys."""

    def bring(self, files: Iterable[tuple[Path, str, Path]]) -> None:
        """Put files of finished tasks (where, SHA-256) at other places of this machine."""

    def written(self) -> Iterator[Written]:
        """Yield all files of work."""

    def delete(self, paths: Sequence[Path]) -> Iterator[int]:
        """Delete files one after the other, or many at a time in this order; yield how many are gone."""


class InFolder:
    """Work in a folder that every worker sees."""

    url: None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def done(self, tasks: Sequence[Task]) -> dict[str, Receipt]:
        """Return the receipts of those tasks that are done, by their keys."""
        return {task.key: receipt for task in tasks if (receipt := done(task))}

    def bring(self, files: Iterable[tuple[Path, str, Path]]) -> None:
        """Link the files where the file system has links, else copy them."""
        for source, _, target in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:
                shutil.copyfile(source, target)

    def written(self) -> Iterator[Written]:
        """Yield all files of work."""
        for path in self.folder.glob("*/*"):
            stat = path.stat()
            yield Written(path=path, bytes=stat.st_size if stat.st_nlink == 1 else 0, seconds=stat.st_mtime)

    def delete(self, paths: Sequence[Path]) -> Iterator[int]:
        """Delete files one after the other; yield how many are gone."""
        for gone, path in enumerate(paths, 1):
            path.unlink(missing_ok=True)
            yield gone


class InObjectStore:
    """Work in an object store: what lies below `folder` for a task is there below a URL."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url: str | None = url
        self.folder = folder
        self._objects = ObjectStore(url)

    def done(self, tasks: Sequence[Task]) -> dict[str, Receipt]:
        """Return the receipts of those tasks that are done, by their keys: by one listing for each kind."""
        sizes: dict[str, int] = {}
        for kind in sorted({task.kind for task in tasks}):
            sizes |= self._objects.sizes(kind)
        found = _receipts(self._objects, [task for task in tasks if f"{task.kind}/{task.name}.json" in sizes])
        return {task.key: receipt for task, receipt in found if _whole(task, receipt, lambda name: sizes.get(name, -1))}

    def bring(self, files: Iterable[tuple[Path, str, Path]]) -> None:
        """Bring the files here, and hold each to its checksum."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._bring, files))

    def written(self) -> Iterator[Written]:
        """Yield all files of work; what else lies below the URL is none of it."""
        for name, size, seconds in self._objects.written():
            if _OBJECT.fullmatch(name):
                yield Written(path=self.folder / name, bytes=size, seconds=seconds)

    def delete(self, paths: Sequence[Path]) -> Iterator[int]:
        """Delete objects, many at a time: all receipts are gone before what they name; yield how many are gone."""
        names = [path.relative_to(self.folder).as_posix() for path in paths]
        receipts = [name for name in names if name.endswith(".json")]
        others = [name for name in names if not name.endswith(".json")]
        gone = 0
        for some in (receipts, others):
            for start in range(0, len(some), GO_AT_ONCE):
                self._objects.delete(some[start : start + GO_AT_ONCE])
                gone += len(some[start : start + GO_AT_ONCE])
                yield gone

    def _bring(self, file: tuple[Path, str, Path]) -> None:
        source, sha256, target = file
        name = source.relative_to(self.folder).as_posix()
        self._objects.get(name, target)
        if table.sha256(target) != sha256:
            target.unlink()
            raise InputError(f"{self.url}/{name} is not what its receipt says; delete it, and build again")


def done_away(objects: ObjectStore, task: Task) -> Receipt | None:
    """Return the receipt of one task if it is done."""
    return next((found for _, found in _receipts(objects, [task]) if _whole(task, found, objects.size)), None)


def _receipts(objects: ObjectStore, tasks: Iterable[Task]) -> Iterator[tuple[Task, Receipt]]:
    named = {f"{task.kind}/{task.name}.json": task for task in tasks}
    for name, content in objects.read(named).items():
        if receipt := fits(named[name], content):
            yield named[name], receipt


def _whole(task: Task, receipt: Receipt, size: Callable[[str], int]) -> bool:
    return all(size(f"{task.kind}/{output.path}") == output.bytes for output in receipt.outputs)
