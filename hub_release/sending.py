"""Bring a revision on the Hub to hold exactly the files of a folder: what differs, in small groups."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from aya.errors import needs
from hub_release.digests import Digests, digests
from hub_release.remote import Remote, RemoteFile

with needs("hub"):
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete

KEPT = frozenset({".gitattributes"})
"""Files that the Hub keeps for itself."""
_SHA256_LETTERS = 64


class Limits(BaseModel):
    """How much goes at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group_bytes: int = Field(default=64 << 20, ge=1, description="bytes sent before they are safe; Xet's own unit")
    batch_files: int = Field(default=50, ge=1, description="files a commit of a pull request")
    batch_bytes: int = Field(default=1 << 30, ge=1, description="bytes a commit of a pull request")
    direct_files: int = Field(default=100, ge=0, description="files that go to main in one commit at most")
    direct_bytes: int = Field(default=1 << 30, ge=0, description="bytes that go to main in one commit at most")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Files that are safe on the Hub now, of those that this run has to send."""

    files: int
    of_files: int
    bytes: int
    of_bytes: int


Tell = Callable[[Sent | str], None]


class Change(NamedTuple):
    """What makes one set of files of another."""

    add: list[str]
    delete: list[str]


def contents(folder: Path) -> dict[str, Digests]:
    """Return size and checksums of every file below a folder, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digests(path) for path in paths}


def change(wanted: Mapping[str, Digests], there: Mapping[str, RemoteFile]) -> Change:
    """Return which files have to be sent and which have to go."""
    add = [path for path, file in wanted.items() if path not in there or not file.same(there[path].digest)]
    return Change(add, [path for path in there if path not in wanted and path not in KEPT])


def size(wanted: Mapping[str, Digests], paths: Iterable[str]) -> int:
    """Return the bytes of files."""
    return sum(wanted[path].bytes for path in paths)


def commit(
    remote: Remote,
    folder: Path,
    wanted: Mapping[str, Digests],
    todo: Change,
    *,
    ref: str,
    parent: str,
    title: str,
    limits: Limits,
    sent: Callable[[list[str]], None],
) -> str:
    """Send files in groups, then make one commit of them on `parent`; return its name.

    A group that was sent is not sent again when all is done once more: the Hub knows its contents. What lies in
    `parent` under another name is copied there.
    """
    there = _large(remote.files(parent))
    copies = [path for path in todo.add if wanted[path].sha256 in there]
    additions = {path: _addition(folder, path, wanted[path]) for path in todo.add if path not in set(copies)}
    for group in groups(additions, wanted, limits.group_bytes):
        remote.api.preupload_lfs_files(
            remote.repo,
            [additions[path] for path in group],
            repo_type="dataset",
            revision=ref,
            free_memory=False,
        )
        sent(group)
    made = remote.api.create_commit(
        remote.repo,
        [
            *additions.values(),
            *(CommitOperationCopy(there[wanted[path].sha256], path, src_revision=parent) for path in copies),
            *(CommitOperationDelete(path, is_folder=False) for path in todo.delete),
        ],
        commit_message=title,
        repo_type="dataset",
        revision=ref,
        parent_commit=parent,
    )
    sent(copies)
    return str(made.oid)


def _large(files: Mapping[str, RemoteFile]) -> dict[str, str]:
    """Return where contents of large storage lie, by SHA-256; small files have no such name on the Hub."""
    return {file.digest: path for path, file in files.items() if len(file.digest) == _SHA256_LETTERS}


def show(remote: Remote, todo: Change, *, of: str, parent: str, title: str) -> str:
    """Commit to main what another commit `of` the repository holds already, if main is still at `parent`."""
    made = remote.api.create_commit(
        remote.repo,
        [
            *(CommitOperationCopy(path, path, src_revision=of) for path in todo.add),
            *(CommitOperationDelete(path, is_folder=False) for path in todo.delete),
        ],
        commit_message=title,
        repo_type="dataset",
        revision="main",
        parent_commit=parent,
    )
    return str(made.oid)


def groups(paths: Iterable[str], wanted: Mapping[str, Digests], most: int) -> Iterator[list[str]]:
    """Cut files into groups of at most so many bytes, or of one file."""
    group: list[str] = []
    for path in paths:
        if group and size(wanted, [*group, path]) > most:
            yield group
            group = []
        group.append(path)
    if group:
        yield group


def bring(
    remote: Remote, folder: Path, wanted: Mapping[str, Digests], *, ref: str, title: str, limits: Limits, tell: Tell
) -> None:
    """Commit to a pull request, batch by batch, until it holds exactly the wanted files.

    Each batch begins by asking what is there: a commit whose answer was lost is not made twice.
    """
    first = change(wanted, remote.files(ref))
    counter = Counter(wanted, first.add, tell)
    while _one_batch(remote, folder, wanted, ref, title, limits, counter):
        pass


class Counter:
    """Counts what was sent and tells of it; a file that is sent again counts once."""

    def __init__(self, wanted: Mapping[str, Digests], todo: Iterable[str], tell: Tell) -> None:
        self._wanted, self._todo, self._tell = wanted, frozenset(todo), tell
        self._done: set[str] = set()

    def __call__(self, paths: list[str]) -> None:
        """Count files that are safe now."""
        self._done.update(paths)
        self._tell(
            Sent(
                files=len(self._done),
                of_files=len(self._todo | self._done),
                bytes=size(self._wanted, self._done),
                of_bytes=size(self._wanted, self._todo | self._done),
            )
        )


def _one_batch(
    remote: Remote,
    folder: Path,
    wanted: Mapping[str, Digests],
    ref: str,
    title: str,
    limits: Limits,
    counter: Counter,
) -> bool:
    """Commit the next files that differ; return whether there were any."""

    def attempt() -> bool:
        parent = remote.head(ref)
        todo = change(wanted, remote.files(parent))
        if not todo.add and not todo.delete:
            return False
        add = next(groups(todo.add[: limits.batch_files], wanted, limits.batch_bytes), [])
        batch = Change(add, todo.delete if len(add) == len(todo.add) else [])  # last: others are copied from these
        commit(remote, folder, wanted, batch, ref=ref, parent=parent, title=title, limits=limits, sent=counter)
        return True

    return remote.ask(attempt)


def _addition(folder: Path, path: str, file: Digests) -> CommitOperationAdd:
    addition = CommitOperationAdd(path, folder / path)
    addition.upload_info.sha256 = bytes.fromhex(file.sha256)  # known already; else it would be read once more
    return addition
