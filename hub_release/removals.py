"""The list of tombstones: says which rows a release no longer holds without a text, an id or a name."""

import hashlib
import json
from collections.abc import Iterator
from typing import NamedTuple

from hub_release.release import REMOVALS, Release


class Tombstone(NamedTuple):
    """A row that was taken out; the id is hashed with the collection's name, so that lists can not be joined."""

    hash: str
    version: str
    """The first release without the row."""
    reason: str

    def line(self) -> str:
        """Return the tombstone as a line of JSON."""
        return json.dumps(self._asdict(), ensure_ascii=False, separators=(",", ":")) + "\n"


def hashed(collection: str, id_: str) -> str:
    """Return what stands on a tombstone for an id: whoever holds the row can find it, nobody else learns anything."""
    return hashlib.sha256(f"{collection}\0{id_}".encode()).hexdigest()


def read_tombstones(release: Release | None) -> Iterator[Tombstone]:
    """Yield the tombstones of a release."""
    path = None if release is None else release.path / REMOVALS
    if path is not None and path.is_file():
        with path.open(encoding="utf-8") as lines:
            yield from (Tombstone(**json.loads(line)) for line in lines)
