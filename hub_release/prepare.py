"""Prepare a release: the folder that is sent, from a built version or from a release less some rows."""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aya.errors import UserError
from aya.stage import Facts, Tell, silent
from aya.table import sha256, sync_folder
from hub_release.arrange import Rules, Shard, arrange
from hub_release.bump import FIRST, bump, least
from hub_release.diff import Difference, Side, compare, side_of
from hub_release.documents import in_lines, write_documents
from hub_release.draft import Draft, Request
from hub_release.facts import evaluated
from hub_release.layout import Group, file_path, schema_of, stems
from hub_release.notes import Notes, write_notes
from hub_release.release import FORMAT, MANIFEST, File, Release, number
from hub_release.release import schema_of as named_types
from hub_release.removals import Tombstone, read_tombstones
from hub_release.units import Unit, of_version, without


def prepare(
    version: Path, home: Path, request: Request, *, previous: Path | None = None, tell: Tell = silent
) -> Release:
    """Write the release of a built version into `home/VERSION`, which is whole or not there.

    A run that was cut short goes on. Rows that the previous release has as well stay in its files, byte for byte.
    """
    if request.version is not None:
        _refuse_taken(home, request.version)
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    before = None if previous is None else Release(previous)
    data = [file for file in manifest["files"] if file["path"].startswith("data/")]
    schema = schema_of((file["path"], pq.read_schema(version / file["path"])) for file in data)
    same = before is not None and before.schema == named_types(schema)
    facts = request.facts
    units = of_version(version, data, before if same else None, facts, schema)
    build = _build(manifest, version, facts)
    work = _Work(home, schema, Rules(harmful=facts.harmful), tell)
    return work.finish(units, request, build, before, manifest["collection"], [*read_tombstones(before)])


def prepare_without(
    previous: Path,
    home: Path,
    request: Request,
    *,
    gone: Mapping[tuple[str, str], tuple[Path, ...]],
    tombstones: Iterable[Tombstone],
    tell: Tell = silent,
) -> Release:
    """Write the release that follows `previous`, without the rows whose ids are in the Parquet files `gone`."""
    before = Release(previous)
    schema = pq.read_schema(before.paths()[0]).remove_metadata()
    work = _Work(home, schema, Rules(), tell)
    stones = [*read_tombstones(before), *tombstones]
    return work.finish(without(before, gone), request, before.build, before, before.manifest["collection"], stones)


class _Work:
    """The staging folder: parts and receipts of units, then the tree that becomes the release."""

    def __init__(self, home: Path, schema: pa.Schema, rules: Rules, tell: Tell) -> None:
        self.home, self.schema, self.rules, self.tell = home, schema, rules, tell
        self.folder = home / ".next.tmp"

    def finish(
        self,
        units: list[Unit],
        request: Request,
        build: Mapping[str, Any],
        before: Release | None,
        collection: str,
        tombstones: list[Tombstone],
    ) -> Release:
        """Do all units, name their files, write the documents and put the folder in place."""
        parts = self.folder / "parts"
        parts.mkdir(parents=True, exist_ok=True)
        shards = []
        for done, unit in enumerate(units, 1):
            shards += arrange(unit, self.schema, self.rules, parts)
            self.tell("groups of files", done, len(units))
        if not shards:
            raise UserError("nothing to release: no row is left")
        tree = self.folder / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        files = [_place(shard, path, tree) for shard, path in _named(shards)]
        difference, version = _follow(before, request, tree, files, named_types(self.schema))
        draft = Draft(
            folder=tree, collection=collection, version=version, request=request, build=build, files=files,
            shards=shards, schema=named_types(self.schema), previous=before, difference=difference,
            tombstones=[stone._replace(version=stone.version or version) for stone in tombstones],
        )  # fmt: skip
        out = _refuse_taken(self.home, version)
        write_manifest(draft, write_documents(draft))
        tree.rename(out)
        sync_folder(self.home)
        write_notes(out, _notes(units, shards))
        shutil.rmtree(self.folder)
        return Release(out)


def _notes(units: Iterable[Unit], shards: Iterable[Shard]) -> Notes:
    inputs = {f"{unit.place}/{unit.source}": unit.inputs for unit in units if unit.inputs is not None}
    return Notes(inputs=inputs, measures={shard.sha256: shard.measures for shard in shards})


def _refuse_taken(home: Path, version: str) -> Path:
    """Return the folder of a release to be made.

    Raises: UserError if it is there, or if the version is none.
    """
    number(version)
    out = home / version
    if out.exists():
        raise UserError(f"{out} is there already; a release is never changed: give another version, or remove it")
    return out


def _follow(
    before: Release | None, request: Request, tree: Path, files: list[File], schema: dict[str, str]
) -> tuple[Difference | None, str]:
    """Return what is new since the release before, and the version: as asked for, if it moves far enough."""
    if before is None:
        return None, request.version or FIRST
    difference = compare(side_of(before), Side(request.version or "", tree, files, schema))
    proposed = bump(difference)
    version = request.version or proposed.version
    if proposed.size == "none":
        raise UserError(f"nothing to release: {proposed.reasons[0]} since {before.version}")
    if not least(version, proposed):
        raise UserError(
            f"version {version} is too low after {before.version}: {proposed.reasons[0]}, so {proposed.version} or more"
        )
    return difference.model_copy(update={"new": version}), version


def write_manifest(draft: Draft, documents: list[str]) -> None:
    """Write what the release says of itself, the checksums of all its other files among it."""
    described = []
    for path in sorted(documents):
        file = draft.folder / path
        described.append({"path": path, "sha256": sha256(file), "bytes": file.stat().st_size})
    manifest = {
        "format": FORMAT,
        "collection": draft.collection,
        "version": draft.version,
        "previous": None if draft.previous is None else draft.previous.version,
        "source_version": draft.build["name"],
        "date": draft.request.date,
        "license": draft.licence,
        "num_rows": sum(file.rows for file in draft.files),
        "num_bytes": sum(file.bytes for file in draft.files),
        "num_removed": len(draft.tombstones),
        "waived": dict(draft.request.facts.waive),
        "schema": draft.schema,
        "files": [file.model_dump() for file in draft.files],
        "documents": described,
    }
    target = draft.folder / MANIFEST
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(in_lines(manifest), encoding="utf-8")


def _build(manifest: Mapping[str, Any], version: Path, facts: Facts) -> dict[str, Any]:
    """Return what the release keeps of the build: where rows came from, and what left at which stage."""
    names = ("name", "aya", "languages_registry", "sources", "stages", "num_kept", "num_dropped", "sample", "complete")
    kept = {name: manifest[name] for name in names}
    sets = [item.model_dump() for item in evaluated(version)]
    return {**kept, "evaluation_sets": sets, "facts": facts.model_dump(mode="json")}


def _named(shards: Iterable[Shard]) -> Iterator[tuple[Shard, str]]:
    """Yield shards with their paths in the release."""
    by_group: defaultdict[Group, list[Shard]] = defaultdict(list)
    for shard in shards:
        by_group[Group(*shard.group)].append(shard)
    names = stems(by_group)
    for group, files in sorted(by_group.items()):
        for place, shard in enumerate(files):
            yield shard, file_path(group, names[group.source, group.origin], place, len(files))


def _place(shard: Shard, path: str, tree: Path) -> File:
    """Put a shard in its place by a hard link, or a copy where the file system has none."""
    target = tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(shard.path, target)
    except OSError:
        shutil.copyfile(shard.path, target)
    group = Group(*shard.group)
    return File(
        path=path, sha256=shard.sha256, bytes=shard.bytes, rows=shard.rows, language=group.language,
        script=group.script, source=group.source, split=group.split, origin=group.origin,
        licenses=shard.measures.counts.get("license", {}),
    )  # fmt: skip
