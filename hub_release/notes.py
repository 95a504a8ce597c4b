"""What is known of a release's files, kept beside it and never sent, so that they are not read for it again."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from aya.table import publish
from hub_release.measures import Measures
from hub_release.release import Release


class Notes(BaseModel):
    """Notes on a release; whatever is not here is read from the files themselves."""

    model_config = ConfigDict(frozen=True)

    inputs: Mapping[str, str] = {}
    """By `yor_Latn/source`, the digest of the version's files that the rows were made from."""
    measures: Mapping[str, Measures] = {}
    """By the SHA-256 of a file."""


def read_notes(release: Release | None) -> Notes:
    """Return the notes on a release; none if it was fetched, or made elsewhere."""
    path = None if release is None else _path(release.path)
    return Notes.model_validate_json(path.read_bytes()) if path is not None and path.is_file() else Notes()


def write_notes(folder: Path, notes: Notes) -> None:
    """Write the notes on the release in a folder."""
    publish(_path(folder), lambda path: path.write_text(notes.model_dump_json(), encoding="utf-8"))


def _path(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.notes.json")
