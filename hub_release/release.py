"""A release on disk: a folder with exactly the files of the repository, described by `meta/manifest.json`."""

import json
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from aya.errors import UserError
from hub_release.layout import DATA, Group

FORMAT = 1
MANIFEST = "meta/manifest.json"
BUILD = "meta/build.json"
REMOVALS = "meta/removals.jsonl"

_NUMBER = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


class File(BaseModel):
    """A file of rows, as the manifest lists it."""

    model_config = ConfigDict(frozen=True)

    path: str
    sha256: str
    bytes: int
    rows: int
    language: str
    script: str
    source: str
    split: str
    origin: str
    licenses: dict[str, int]

    @property
    def group(self) -> Group:
        """Return the group of the rows."""
        return Group(
            self.path.partition("/")[0], f"{self.language}_{self.script}", self.source, self.split, self.origin
        )


class Release:
    """A prepared release; nothing is read before it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / MANIFEST).is_file():
            raise UserError(f"{path} is no release: it has no {MANIFEST}; make one with: aya release prepare STORE")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Return what the release says of itself."""
        loaded: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        return loaded

    @property
    def version(self) -> str:
        """Return the semantic version, `1.2.0`."""
        return str(self.manifest["version"])

    @cached_property
    def files(self) -> list[File]:
        """Return the files of rows."""
        return [File.model_validate(file) for file in self.manifest["files"]]

    @property
    def schema(self) -> dict[str, str]:
        """Return the type of every column."""
        return dict(self.manifest["schema"])

    @cached_property
    def build(self) -> dict[str, Any]:
        """Return what the build said of itself: sources, stages, what left; and the facts of its recipe."""
        loaded: dict[str, Any] = json.loads((self.path / BUILD).read_text(encoding="utf-8"))
        return loaded

    def paths(self, files: Iterable[File] | None = None) -> list[Path]:
        """Return where files of rows lie."""
        return [self.path / file.path for file in (self.files if files is None else files)]


def schema_of(arrow: pa.Schema) -> dict[str, str]:
    """Return column types as the manifest has them."""
    return {field.name: str(field.type) for field in arrow}


def number(version: str) -> tuple[int, int, int]:
    """Return a semantic version as numbers.

    Raises: UserError if it is none.
    """
    found = _NUMBER.fullmatch(version)
    if found is None:
        raise UserError(f"'{version}' is no semantic version; write it as 1.2.0")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def newest(folder: Path) -> Path | None:
    """Return the release with the highest version in a folder of releases."""
    found = [path.parent.parent for path in folder.glob(f"[!.]*/{MANIFEST}")]
    return max(found, key=lambda path: number(Release(path).version), default=None)


def in_data(files: Iterable[File]) -> list[File]:
    """Return the files that a default configuration may load."""
    return [file for file in files if file.path.startswith(f"{DATA}/")]
