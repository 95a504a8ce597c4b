"""What a task reads besides the work of other tasks: files of the user's, brought into the object store once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aya.input_paths import content_digest, files_of, named_paths
from aya.object_store import ObjectStore
from aya.stage import load
from aya.task import Task
from aya.work import INPUTS


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """The files of a task: (path on the machine that builds, name in the object store)."""

    settings: tuple[str, ...] = ()
    """Paths and patterns as they stand in the settings."""
    files: tuple[tuple[str, str], ...] = ()
    """What these name."""
    part: tuple[str, str] | None = None


class Parcels:
    """Brings the files of tasks into an object store, each content once."""

    def __init__(self, url: str) -> None:
        self._objects = ObjectStore(url)
        self._there = set(self._objects.sizes(INPUTS))
        self._names: dict[Path, str] = {}
        self._found: dict[str, frozenset[Path]] = {}

    def of(self, task: Task) -> Parcel:
        """Return the parcel of a task; its files are in the object store then.

        Of a source that is many files, only the one is brought that the task reads.
        """
        part = task.options.get("part", {}).get("path")
        settings = [path for paths in _settings(task) if part is None or not self._among(part, paths) for path in paths]
        files = [self._sent(file) for path in settings for file in _files(path)]
        return Parcel(settings=tuple(settings), files=tuple(files), part=self._sent(Path(part)) if part else None)

    def _among(self, part: str, paths: list[str]) -> bool:
        """Return whether a part is one of the files that paths name; these are looked for once, not for each part."""
        for path in paths:
            if path not in self._found:
                self._found[path] = frozenset(found for _, found in files_of(path))
        return any(place in self._found[path] for path in paths for place in (Path(part), *Path(part).parents))

    def _sent(self, path: Path) -> tuple[str, str]:
        if path not in self._names:
            name = f"{INPUTS}/{content_digest(path)}"
            if name not in self._there:
                self._objects.put(path, name)
                self._there.add(name)
            self._names[path] = name
        return str(path), self._names[path]


def _settings(task: Task) -> Iterator[list[str]]:
    for plugin in task.plugins:
        yield from named_paths(load(plugin.target).model_validate(plugin.settings))


def _files(path: str) -> Iterator[Path]:
    for _, found in files_of(path):
        yield from (item for item in sorted(found.rglob("*")) if item.is_file()) if found.is_dir() else [found]
