"""A task whose files lie in an object store: brought to this machine, done here, and brought back, the receipt last.

What was brought once stays, as far as there is room, for the next task that reads it: no file in the store changes.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from aya.engines.attempts import attempt, failed
from aya.engines.events import Failed, Finished
from aya.engines.parcels import Parcel, Parcels
from aya.errors import UserError
from aya.object_store import ObjectStore
from aya.table import process_lives
from aya.task import Task
from aya.text import digest
from aya.work import done_away

ROOM = 0.2
"""Share of the disk that stays free."""


@dataclass(frozen=True, kw_only=True)
class Away:
    """Where the files lie that a task names by paths below `folder`."""

    url: str
    folder: str


def attempt_away(task: Task, away: Away, parcel: Parcel) -> Finished | Failed:
    """Do a task unless it is done; it fails too if its files can not be brought or put.

    Raises: UserError when going on is pointless (the disk is full).
    """
    try:
        return _attempt(task, away, parcel)
    except UserError:
        raise
    except Exception as error:
        return failed(task, error)


def repeat_away(task: Task, url: str) -> None:
    """Do a task of a quarantine again, its files in an object store.

    Raises: UserError with the traceback if it fails again.
    """
    event = attempt_away(task, Away(url=url, folder=str(Path(task.folder).parent)), Parcels(url).of(task))
    if isinstance(event, Failed):
        raise UserError(event.traceback)


def _attempt(task: Task, away: Away, parcel: Parcel) -> Finished | Failed:
    objects, scratch = _objects(away.url), _scratch(away.url)
    if receipt := done_away(objects, task):
        return Finished(task=task, receipt=receipt)
    with scratch.room(task) as room:
        here = _here(task, away, parcel, scratch, room)
        event = attempt(here)
        if isinstance(event, Failed):
            return replace(event, task=task)
        for output in event.receipt.outputs:
            objects.put(Path(here.folder) / output.path, f"{task.kind}/{output.path}")
            scratch.keep(Path(here.folder) / output.path, f"{task.kind}/{output.path}")
        objects.write(event.receipt.model_dump_json().encode(), f"{task.kind}/{task.name}.json")
    return replace(event, task=task)


def _here(task: Task, away: Away, parcel: Parcel, scratch: "Scratch", room: Path) -> Task:
    """Return the task with the paths of this machine, its files brought."""
    moved: dict[str, str] = {}
    verdicts = (verdict.path for plugin in task.plugins for verdict in plugin.verdicts)
    for path in {*task.inputs, *task.overlays, *verdicts} - {""}:
        name = Path(path).relative_to(away.folder).as_posix()
        moved[path] = str(scratch.bring(name, room / name))
    # A plug-in is set up once for its settings: the files that these name have the same place for every task.
    tree = scratch.folder / "inputs" / digest(*(text for file in parcel.files for text in file))
    for path, name in parcel.files:
        scratch.bring(name, tree / path.lstrip("/"))
    moved |= {path: f"{tree}{path}" for path in parcel.settings}
    if parcel.part:
        path, name = parcel.part
        moved[path] = str(scratch.bring(name, room / "part" / Path(path).name))
    story = task.model_dump(mode="json") | {"folder": str(room / task.kind)}
    return Task.model_validate(_swapped(story, moved))


def _swapped(value: Any, texts: dict[str, str]) -> Any:
    """Return JSON with some texts put for others."""
    if isinstance(value, dict):
        return {name: _swapped(item, texts) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_swapped(item, texts) for item in value]
    return texts.get(value, value) if isinstance(value, str) else value


class Scratch:
    """A folder of this machine with files of an object store, shared by the workers here."""

    def __init__(self, url: str) -> None:
        self.folder = Path(gettempdir()) / f"aya-{os.getuid()}" / digest(url)
        self._objects = _objects(url)
        self._kept = self.folder / "kept"
        for room in (self.folder / "rooms").glob("*"):
            if not process_lives(int(room.name.rpartition(".")[2])):  # a worker that was killed
                shutil.rmtree(room, ignore_errors=True)

    @contextmanager
    def room(self, task: Task) -> Iterator[Path]:
        """Yield an empty folder for a task, deleted afterwards."""
        self._make_room()
        room = self.folder / "rooms" / f"{task.key}.{os.getpid()}"
        room.mkdir(parents=True, exist_ok=True)
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def bring(self, name: str, target: Path) -> Path:
        """Put an object at a path, and return that; it is fetched unless it was brought before."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with suppress(FileExistsError):  # another worker was quicker
                os.link(self._kept / name, target)
        except FileNotFoundError:
            self._objects.get(name, target)  # kept when it is whole: another worker may make room among the kept
            self.keep(target, name)
        return target

    def keep(self, path: Path, name: str) -> None:
        """Keep a file for the next task that asks for it by this name."""
        (self._kept / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.link(path, self._kept / name)

    def _make_room(self) -> None:
        """Delete the older half of what is kept when the disk fills; what is in use stays by its links."""
        self._kept.mkdir(parents=True, exist_ok=True)
        disk = shutil.disk_usage(self._kept)
        if disk.free < ROOM * disk.total:
            files = [path for path in self._kept.rglob("*") if path.is_file()]
            with suppress(FileNotFoundError):
                files.sort(key=lambda path: path.stat().st_mtime)
            for path in files[: -(-len(files) // 2)]:
                path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _objects(url: str) -> ObjectStore:
    return ObjectStore(url)


@lru_cache(maxsize=1)
def _scratch(url: str) -> Scratch:
    return Scratch(url)
