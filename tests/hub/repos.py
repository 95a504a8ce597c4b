"""What a Hub keeps: contents by checksum, and repositories with commits, branches, tags and pull requests."""

import fnmatch
import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ATTRIBUTES = "".join(f"*.{end} filter=lfs diff=lfs merge=lfs -text\n" for end in ("parquet", "arrow", "bin", "zst"))
NOW = "2026-11-23T00:00:00.000Z"


class Refusal(Exception):
    """An answer with an error status, as the Hub gives it."""

    def __init__(self, status: int, code: str, message: str, **more: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Contents:
    """Files by SHA-256; one appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, blocks: Iterable[bytes], expected: str | None = None) -> str:
        """Keep what arrives, if it is what was announced."""
        hashed = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
            for block in blocks:
                hashed.update(block)
                file.write(block)
        sha256 = hashed.hexdigest()
        if expected not in (None, sha256):
            Path(file.name).unlink()
            raise Refusal(400, "BadDigest", f"got {sha256}, not {expected}")
        Path(file.name).rename(self.path(sha256))
        return sha256


@dataclass(frozen=True)
class Entry:
    """A file in a tree; `oid` is git's name for it, or for its pointer."""

    oid: str
    size: int
    sha256: str
    lfs: bool = False
    xet: str | None = None

    def json(self, path: str) -> dict[str, Any]:
        said: dict[str, Any] = {"type": "file", "path": path, "size": self.size, "oid": self.oid}
        if self.lfs:
            said["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": 130}
        return said | ({"xetHash": self.xet} if self.xet else {})


Tree = dict[str, Entry]


@dataclass(frozen=True)
class Commit:
    """A state of all files, with what it was made from."""

    parent: str | None
    title: str
    message: str
    author: str
    tree: Tree


@dataclass
class Pull:
    """A pull request."""

    title: str
    text: str
    author: str
    base: str
    status: str = "draft"


@dataclass
class Repo:
    """A repository of datasets."""

    name: str
    contents: Contents
    private: bool = False
    gated: bool | str = False
    refs: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)

    def revision(self, name: str) -> str:
        """Return the commit that a name stands for."""
        for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}"):
            if ref in self.refs:
                return self.refs[ref]
        if name in self.commits:
            return name
        short = [oid for oid in self.commits if re.fullmatch("[0-9a-f]{7,39}", name) and oid.startswith(name)]
        if len(short) == 1:
            return short[0]
        raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {name}")

    def tree(self, revision: str) -> Tree:
        return self.commits[self.revision(revision)].tree

    def history(self, oid: str | None) -> Iterator[tuple[str, Commit]]:
        while oid is not None:
            yield oid, self.commits[oid]
            oid = self.commits[oid].parent

    def branch(self, name: str) -> str:
        ref = name if name.startswith("refs/") else f"refs/heads/{name}"
        if ref not in self.refs or ref.startswith("refs/tags/"):
            raise Refusal(404, "RevisionNotFound", f"no branch {name}")
        return ref

    def regular(self, data: bytes) -> Entry:
        return Entry(git_sha1(data), len(data), self.contents.put([data]))

    def add(self, ref: str, tree: Tree, author: str, title: str, message: str = "", parent: str | None = None) -> str:
        """Commit a tree to a ref that is still at `parent`, if one is given."""
        tip = self.refs.get(ref)
        if parent is not None and not (tip or "").startswith(parent):
            raise Refusal(412, "PreconditionFailed", "A commit has happened since. Please refresh and try again.")
        commit = Commit(tip, title, message, author, tree)
        oid = hashlib.sha1(f"{len(self.commits)} {self.name} {commit}".encode()).hexdigest()
        self.commits[oid] = commit
        self.refs[ref] = oid
        return oid

    def large(self, name: str, size: int, sample: bytes) -> bool:
        """Return whether a file goes to large storage."""
        attributes = self.tree("main").get(".gitattributes")
        text = self.contents.path(attributes.sha256).read_text() if attributes else ""
        globs = [line.split()[0] for line in text.splitlines() if "filter=lfs" in line]
        return size > 10 << 20 or b"\0" in sample or any(fnmatch.fnmatch(Path(name).name, glob) for glob in globs)

    def tag(self, name: str, revision: str) -> None:
        """Set a tag once and for all."""
        if f"refs/tags/{name}" in self.refs:
            raise Refusal(409, "Conflict", f"Tag {name} already exists")
        self.refs[f"refs/tags/{name}"] = self.revision(revision)

    def create_branch(self, name: str, revision: str) -> None:
        if f"refs/heads/{name}" in self.refs:
            raise Refusal(409, "Conflict", f"Reference already exists: {name}")
        self.refs[f"refs/heads/{name}"] = self.revision(revision)

    def delete_branch(self, name: str) -> None:
        if name == "main":
            raise Refusal(403, "Forbidden", "main can not be deleted")
        if self.refs.pop(f"refs/heads/{name}", None) is None:
            raise Refusal(404, "RevisionNotFound", f"no branch {name}")

    def open_pull(self, title: str, text: str, author: str) -> int:
        number = len(self.pulls) + 1
        self.pulls[number] = Pull(title, text, author, self.refs["refs/heads/main"])
        self.refs[f"refs/pr/{number}"] = self.refs["refs/heads/main"]
        return number

    def merge(self, number: int, author: str) -> None:
        """Merge file by file, as git does; a file that both sides changed is a conflict."""
        pull = self.pulls[number]
        if pull.status != "open":
            raise Refusal(409, "Conflict", f"This pull request is {pull.status}")
        theirs, ours = self.tree(f"refs/pr/{number}"), self.tree("main")
        base = self.commits[pull.base].tree
        merged = {}
        for path in sorted({*base, *ours, *theirs}):
            before, here, there = base.get(path), ours.get(path), theirs.get(path)
            if here != before and there not in (before, here):
                raise Refusal(409, "Conflict", "This pull request has merge conflicts")
            if (kept := there if here == before else here) is not None:
                merged[path] = kept
        if self.refs["refs/heads/main"] == pull.base:
            self.refs["refs/heads/main"] = self.refs[f"refs/pr/{number}"]
        else:
            self.add("refs/heads/main", merged, author, f"Merge pull request #{number}")
        pull.status = "merged"
