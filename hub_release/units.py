"""The work of a release by language and source: the files of now and those of the release before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from aya.stage import Facts
from aya.table import canonical, sha256
from aya.text import digest
from hub_release.measures import Measures
from hub_release.notes import Notes, read_notes
from hub_release.release import FORMAT, File, Release
from hub_release.release import schema_of as named_types

Place = tuple[str, str]
"""`yor_Latn` and the source."""


class Placed(BaseModel):
    """A file of a release, wherever it lies now."""

    model_config = ConfigDict(frozen=True)

    group: tuple[str, str, str, str, str]
    path: Path
    rows: int
    bytes: int
    sha256: str


class Earlier(Placed):
    """A file of the release before."""

    measures: Measures | None
    """None where they were not noted: the file has to be read for them."""


class Unit(BaseModel):
    """The rows of one source in one language, before and now."""

    model_config = ConfigDict(frozen=True)

    place: str
    source: str
    now: tuple[Path, ...] | None
    """Files of a version; None where the rows before stay, but for those that go."""
    before: tuple[Earlier, ...]
    key: str
    """Of the content of all of these; a finished unit with the same key is not done again."""
    inputs: str | None = None
    """Of the content of the files of now; None where rows were taken out of the release alone."""
    gone: tuple[Path, ...] = ()
    """Parquet files of ids that leave, where only rows go."""


def of_version(
    version: Path, data: Iterable[Mapping[str, Any]], before: Release | None, facts: Facts, schema: pa.Schema
) -> list[Unit]:
    """Return the work of releasing a version after another release: of both sides, in order.

    Where the release before was made from the very same files, its rows stay and nothing has to be compared.
    """
    now: defaultdict[Place, list[Mapping[str, Any]]] = defaultdict(list)
    for file in data:
        _, place, name = file["path"].split("/")
        now[place, name.rpartition("-of-")[0].rpartition("-")[0]].append(file)
    notes = read_notes(before)
    old = _by_place(before)
    settings = canonical([FORMAT, sorted(facts.harmful), named_types(schema)])
    units = []
    for place, source in sorted({*now, *old}):
        files, earlier = now[place, source], old.get((place, source), [])
        inputs = digest(settings, *(file["sha256"] for file in files))
        same = before is not None and notes.inputs.get(f"{place}/{source}") == inputs
        units.append(
            Unit(
                place=place,
                source=source,
                now=None if same else tuple(version / file["path"] for file in files),
                before=() if before is None else tuple(_earlier(before, notes, file) for file in earlier),
                key=digest(place, source, inputs, "before", *(file.sha256 for file in earlier)),
                inputs=inputs,
            )
        )
    return units


def without(before: Release, gone: Mapping[Place, tuple[Path, ...]]) -> list[Unit]:
    """Return the work of a release that has lost the rows whose ids are in these files."""
    notes = read_notes(before)
    units = []
    for (place, source), files in sorted(_by_place(before).items()):
        leaving = gone.get((place, source), ())
        sums = (*(sha256(path) for path in leaving), "of", *(file.sha256 for file in files))
        units.append(
            Unit(
                place=place,
                source=source,
                now=None,
                before=tuple(_earlier(before, notes, file) for file in files),
                key=digest("without", *sums),
                inputs=None if leaving else notes.inputs.get(f"{place}/{source}"),
                gone=leaving,
            )
        )
    return units


def _by_place(release: Release | None) -> dict[Place, list[File]]:
    found: defaultdict[Place, list[File]] = defaultdict(list)
    for file in release.files if release is not None else ():
        found[file.group.place, file.source].append(file)
    return dict(found)


def _earlier(release: Release, notes: Notes, file: File) -> Earlier:
    return Earlier(
        group=file.group, path=release.path / file.path, rows=file.rows, bytes=file.bytes, sha256=file.sha256,
        measures=notes.measures.get(file.sha256),
    )  # fmt: skip
