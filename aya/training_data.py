"""Versions and releases to train on: where their rows lie, under which licences, and how often each is drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aya.draws import Group, Mixture, Segment, plan_of, scanned_segments, segments_of
from aya.errors import UserError, nearest
from aya.recipe import MIXTURE
from aya.stage import load
from aya.table import canonical, read, sha256
from aya.version import open_version

RELEASE = "meta/manifest.json"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one version or release; `manifest` is the SHA-256 of what it says of itself."""

    name: str
    manifest: str
    segments: Mapping[Group, Sequence[Segment]]
    licenses: Mapping[str, str]
    plan: Any = None

    @property
    def sources(self) -> set[str]:
        """Return the names of its sources."""
        return {source for source, _, _ in self.segments}


def open_rows(name: str, *, home: Path, releases: Path) -> Rows:
    """Open a store (its latest version), `store@version`, the folder of a version or release, or `org/name@tag`.

    A folder is looked for here, then beside the recipe (`home`); a release of the Hub is fetched once, to `releases`.

    Raises: UserError if there is none.
    """
    for folder in (Path(name), home / name):
        if (folder / RELEASE).is_file():
            return _release(folder, name)
        if folder.is_dir():
            return _version(folder, None)
    stem, at, tag = name.rpartition("@")
    for folder in (Path(stem), home / stem) if at else ():
        if folder.is_dir():
            return _version(folder, tag)
    if at and stem.count("/") == 1 and not stem.startswith((".", "/")):
        return _release(_fetched(stem, tag, releases), name)
    siblings = (item.name for item in Path(name).parent.glob("*"))
    raise UserError(f"no version or release '{name}'{nearest(Path(name).name, siblings)}")


def mixture_of(rows: Sequence[Rows], said: Mapping[str, Any] | None, *, seed: int, **how: Any) -> Mixture:
    """Return the draws over all rows: as `said`, or as the one version has them, or every row once.

    `how` goes to `Mixture`.

    Raises: UserError if two of them have a source of the same name, or the weights do not fit.
    """
    segments: dict[Group, Sequence[Segment]] = {}
    owners: dict[str, str] = {}
    for some in rows:
        for source in sorted(some.sources):
            if source in owners:
                raise UserError(f"source '{source}' is in {owners[source]} and in {some.name}; train on one of them")
            owners[source] = some.name
        segments |= some.segments
    if said is None and len(rows) == 1 and rows[0].plan is not None:
        return Mixture(rows[0].plan, segments, **how)
    sizes = {group: sum(segment.rows for segment in some) for group, some in segments.items()}
    settings = load(MIXTURE).model_validate({"seed": seed, **(said or {})})
    return Mixture(settings.plan(sizes), segments, **how)


def batches(rows: Sequence[Rows], columns: Sequence[str]) -> Iterator[Any]:
    """Yield tables of all rows, file by file."""
    paths = sorted({segment.path for some in rows for group in some.segments.values() for segment in group})
    return (read(path, columns=columns) for path in paths)


def _version(folder: Path, version: str | None) -> Rows:
    opened = open_version(folder, version)
    manifest = opened.manifest
    return Rows(
        name=f"{manifest['collection']} {opened.name}",
        manifest=sha256(opened.path / "manifest.json"),
        segments=segments_of(opened.path, manifest),
        licenses={source["name"]: source["license"] for source in manifest["sources"]},
        plan=None if manifest["mixture"] is None else plan_of(manifest),
    )


def _release(folder: Path, name: str) -> Rows:
    paths = sorted((folder / "data").rglob("*.parquet"))
    if not paths:
        raise UserError(f"{folder} has no rows in data/")
    licenses: dict[str, set[str]] = {}
    for path in paths:
        columns = read(path, columns=("source", "license"))
        for pair in columns.group_by(["source", "license"]).aggregate([]).to_pylist():
            licenses.setdefault(pair["source"], set()).add(pair["license"] or "unknown")
    return Rows(
        name=name if "@" in name else folder.name,
        manifest=sha256(folder / RELEASE),
        segments=scanned_segments(paths),
        licenses={source: " AND ".join(sorted(names)) for source, names in licenses.items()},
    )


def _fetched(repo: str, tag: str, releases: Path) -> Path:
    folder = releases / f"{repo.replace('/', '--')}@{tag}"
    if not (folder / "whole.json").is_file():
        paths = load("hub_release.load:fetch")(load("hub_release.remote:Remote")(repo), tag, folder)
        (folder / "whole.json").write_text(canonical(paths), encoding="utf-8")
    return folder
