"""Checksums of files as the Hub lists them: SHA-256 of large files, git's SHA-1 of small ones."""

import hashlib
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 20


class Digests(NamedTuple):
    """The size of a file and both checksums that the Hub may list for it."""

    bytes: int
    sha256: str
    git: str

    def same(self, digest: str) -> bool:
        """Return whether a checksum of either kind is this file's."""
        return digest in (self.sha256, self.git)


def digests(path: Path) -> Digests:
    """Read a file once and return its size and checksums."""
    size = path.stat().st_size
    sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
            git.update(block)
    return Digests(size, sha256.hexdigest(), git.hexdigest())


def differs(path: Path, size: int, digest: str) -> bool:
    """Return whether a file is missing or is another than one of this size and checksum."""
    return not path.is_file() or path.stat().st_size != size or not digests(path).same(digest)
