"""The store of a collection: finished work by content key, versions, records of builds.

work/<kind>/<key>.*      what tasks wrote, with their receipts; safe to delete, costs time
versions/<name>/         immutable: data/, dropped/, manifest.json, README.md, recipe.yaml
records/<name>.json      what the build of a version counted and how long it took
quarantine/<key>/        tasks of the last build that failed: traceback, and the task to repeat
withdrawn.jsonl          sources, people and rows that no later version may hold
latest                   the name of the newest version
"""

import fcntl
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aya import __version__, languages, table
from aya.engines.events import Failed
from aya.errors import UserError
from aya.plan import Shard, State
from aya.recipe import Recipe
from aya.record import BuildRecord, Quarantined
from aya.report.card import card
from aya.task import FORMAT, Task
from aya.tasks.gather import place_of
from aya.text import digest
from aya.work import InFolder, InObjectStore, Work


class Store:
    """A folder that holds the work, the versions and the records of one collection."""

    def __init__(self, path: Path, *, url: str | None = None) -> None:
        """`url` is where the work lies instead, in an object store."""
        self.path = path.absolute()
        self.work = self.path / "work"
        self.files: Work = InObjectStore(url, self.work) if url else InFolder(self.work)
        self.versions = self.path / "versions"
        self.records = self.path / "records"
        self.withdrawn = self.path / "withdrawn.jsonl"

    @classmethod
    def of(cls, folder: Path) -> "Store":
        """Return the store that a folder is, or that of the version that it is."""
        return cls(folder.absolute().parent.parent if (folder / "manifest.json").is_file() else folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other build out, and `aya clean`."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError(f"another build is running in {self.path}; wait for it or stop it") from error
            yield

    def sweep(self) -> None:
        """Take away what a killed build left half-written, and the last quarantine; with the store locked."""
        for leftover in self.work.glob("*/*.tmp"):
            leftover.unlink(missing_ok=True)
        for folder in (*self.versions.glob(".*.tmp"), self.path / "quarantine"):
            shutil.rmtree(folder, ignore_errors=True)

    def quarantine(self, failed: Failed) -> Quarantined:
        """Keep the traceback of a failed task, and the task itself to be repeated."""
        task = failed.task
        folder = self.path / "quarantine" / task.key
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "task.json").write_text(task.model_dump_json(indent=1), encoding="utf-8")
        (folder / "traceback.txt").write_text(failed.traceback, encoding="utf-8")
        part = str(task.options.get("part", {}).get("name", ""))
        return Quarantined(kind=task.kind, source=task.source, part=part, message=failed.message, folder=str(folder))

    def latest(self) -> Path:
        """Return the folder of the newest version.

        Raises: UserError if there is none yet.
        """
        try:
            name = (self.path / "latest").read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UserError(f"no version in {self.path}; build one with: aya build RECIPE") from error
        return self.versions / name

    def record(self, name: str) -> BuildRecord:
        """Return the record of the build of a version.

        Raises: UserError if the version was built in another store.
        """
        path = self.records / f"{name}.json"
        if not path.is_file():
            raise UserError(f"no record of the build of {name}: {path} is missing; the version was built elsewhere")
        return BuildRecord.model_validate_json(path.read_bytes())


def write_version(store: Store, recipe: Recipe, state: State, record: BuildRecord) -> Path:
    """Write a version from the gathered files, make it the latest, return its folder.

    The same recipe over the same input gives the same bytes and so the same name. The files are hard
    links into `work/` where the file system has them.
    """
    manifest = make_manifest(recipe, state, record)
    name: str = manifest["name"]
    folder = store.versions / name
    if not folder.is_dir():
        draft = store.versions / f".{name}.tmp"
        store.files.bring((Path(shard.path), shard.sha256, draft / path) for shard, path in _files(state))
        texts = {
            "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=1) + "\n",
            "recipe.yaml": recipe.text,
            "README.md": card(manifest, recipe),
        }
        draft.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (draft / file).write_text(text, encoding="utf-8")
        draft.rename(folder)
        table.sync_folder(store.versions)
    store.records.mkdir(exist_ok=True)
    table.publish(store.records / f"{name}.json", lambda path: path.write_text(record.model_dump_json()))
    table.publish(store.path / "latest", lambda path: path.write_text(name + "\n", encoding="utf-8"))
    return folder


def make_manifest(recipe: Recipe, state: State, record: BuildRecord) -> dict[str, Any]:
    """Return what a version says of itself: files with checksums, and counts; no times, no machine."""
    files = [
        {
            "path": path,
            "rows": shard.rows,
            "bytes": shard.bytes,
            "sha256": shard.sha256,
            "datasets": {name: int(rows) for name, rows in shard.labels.items()},
        }
        for shard, path in _files(state)
    ]
    manifest: dict[str, Any] = {
        "collection": recipe.name,
        "version": recipe.release.version,
        "sample": record.sample,
        "complete": not record.quarantined,
        "quarantined": [item.model_dump(include={"kind", "source", "part", "message"}) for item in record.quarantined],
        "format": FORMAT,
        "aya": __version__,
        "languages_registry": languages.VERSION,
        "sources": [entry.about.model_dump(mode="json", exclude={"languages", "seed"}) for entry in recipe.sources],
        "stages": [count.model_dump(exclude={"seconds"}) for count in record.counts],
        "num_kept": sum(shard.rows for shard in state.data),
        "num_dropped": sum(shard.rows for shard in state.gone),
        "mixture": _mixture(recipe, state, record.sample),
        "files": files,
    }
    sample = f"-sample{record.sample}" if record.sample else ""
    return {"name": f"{recipe.release.version}{sample}-{digest(table.canonical(manifest))[:8]}", **manifest}


def _mixture(recipe: Recipe, state: State, sample: int | None) -> Any:
    """Return the plan of the mixture over the rows that stay, as data; None if the recipe has no mixture.

    A sample has too few rows for the total of the whole: its mixture has as many draws as it has rows.
    """
    if recipe.mixture is None:
        return None
    sizes: Counter[tuple[str, str, str]] = Counter()
    for shard in state.data:
        source, language = place_of(shard.name)
        for dataset, rows in shard.labels.items():
            sizes[source, dataset, language] += int(rows)
    settings = recipe.mixture.model_copy(update={"total": None, "max_epochs": None}) if sample else recipe.mixture
    return settings.plan(sizes).model_dump(mode="json")


def _files(state: State) -> Iterator[tuple[Shard, str]]:
    for top, shards in (("data", state.data), ("dropped", state.gone)):
        for shard in shards:
            yield shard, f"{top}/{shard.name}.parquet"


def quarantined(folder: Path) -> Task:
    """Return the task that failed, of a folder in `quarantine/`.

    Raises: UserError if there is none.
    """
    try:
        return Task.model_validate_json((folder / "task.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"no task that failed in {folder}; a build that leaves a part out names its folder") from error
