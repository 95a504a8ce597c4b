"""Files in an object store: S3 and its like, Google Cloud Storage, whatever fsspec knows.

An object is there whole or not at all: a put is atomic, and so is the end of one in many parts. Nothing is renamed.
"""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aya.errors import MissingExtra, UserError, needs
from aya.table import publish

_EXTRAS = {"s3": ("s3", "s3fs"), "gs": ("gcs", "gcsfs")}


class ObjectStore:
    """The objects below a URL, by their names, which have `/` in them as paths do.

    Who may read and write there is said by the environment of each machine, as the store's own tools have it.
    """

    def __init__(self, url: str) -> None:
        scheme, found, _ = url.partition("://")
        if not found or scheme in ("file", "local"):
            raise UserError(f"'{url}' is no URL of an object store; say it as s3://bucket/folder or gs://bucket/folder")
        if scheme in _EXTRAS and find_spec(_EXTRAS[scheme][1]) is None:
            raise MissingExtra(*_EXTRAS[scheme])
        with needs("s3"):
            import fsspec
        try:
            self._files: Any = fsspec.filesystem(scheme, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise UserError(f"'{url}': {error}") from error
        self.url = url.rstrip("/")
        self._root = self._files._strip_protocol(self.url)

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the size of every object of a folder by its name."""
        found = self._files.find(f"{self._root}/{folder}", detail=True)
        return {name[len(self._root) + 1 :]: info["size"] for name, info in found.items()}

    def size(self, name: str) -> int:
        """Return the size of an object, -1 if it is not there."""
        try:
            return int(self._files.info(f"{self._root}/{name}")["size"])
        except FileNotFoundError:
            return -1

    def written(self) -> Iterator[tuple[str, int, float]]:
        """Yield the name of every object, its size, and when it was written in seconds since 1970."""
        for place, info in self._files.find(self._root, detail=True).items():
            when = info.get("LastModified") or info.get("mtime") or self._files.modified(place)
            yield place[len(self._root) + 1 :], info["size"], when.timestamp()

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects."""
        if places := [f"{self._root}/{name}" for name in names]:
            self._files.rm(places)

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the content of objects by their names; those that are not there are left out."""
        places = {f"{self._root}/{name}": name for name in names}
        if not places:
            return {}
        found = self._files.cat([*places], on_error="return")
        return {places[place]: content for place, content in found.items() if isinstance(content, bytes)}

    def get(self, name: str, path: Path) -> None:
        """Bring an object into a file, whole or not at all."""
        publish(path, lambda temporary: self._files.get_file(f"{self._root}/{name}", str(temporary)))

    def put(self, path: Path, name: str) -> None:
        """Put a file into the store."""
        self._files.put_file(os.fspath(path), f"{self._root}/{name}")

    def write(self, content: bytes, name: str) -> None:
        """Put a text or so into the store."""
        self._files.pipe_file(f"{self._root}/{name}", content)
