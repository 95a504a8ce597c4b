"""A repository of datasets on the Hub, read: revisions, files with their checksums, contents."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from aya.errors import UserError, needs
from aya.stage import Tell, silent
from hub_release.digests import differs
from hub_release.patience import FIRST_WAITS, WAITS, in_words, patiently

with needs("hub"):
    from huggingface_hub import HfApi, HfFileSystem, RepoFile, constants, hf_hub_download

T = TypeVar("T")

MANIFEST = "meta/manifest.json"
_AT_ONCE = 8


class RemoteFile(NamedTuple):
    """A file as the Hub lists it: its bytes, and the SHA-256 of a large file or the git SHA-1 of a small one."""

    bytes: int
    digest: str


class Remote:
    """A dataset repository; `endpoint` and `token` are those of the Hub's client unless they are given."""

    def __init__(self, repo: str, *, endpoint: str | None = None, token: str | None = None) -> None:
        if repo.count("/") != 1:
            raise UserError(f"'{repo}' names no repository; write it as ORG/NAME")
        self.repo = repo
        self.api = HfApi(endpoint=endpoint, token=token, library_name="aya")
        self.endpoint = endpoint or constants.ENDPOINT
        self._token = token
        self._answers = False

    def __repr__(self) -> str:
        return f"Remote({self.repo!r}, endpoint={self.endpoint!r})"

    def ask(self, call: Callable[[], T]) -> T:
        """Call the Hub, again if it is busy; one that never answered is given up soon.

        Raises: UserError with one line about what it refuses.
        """
        with in_words(self.repo, self.endpoint):
            answer = patiently(call, of=self.endpoint, waits=WAITS if self._answers else FIRST_WAITS)
        self._answers = True
        return answer

    def exists(self) -> bool:
        """Return whether the repository is there and the token may see it."""
        return self.ask(partial(self.api.repo_exists, self.repo, repo_type="dataset"))

    def head(self, revision: str = "main") -> str:
        """Return the commit that a branch, a tag, a pull request's ref or a commit's own name stands for."""
        info = self.ask(partial(self.api.dataset_info, self.repo, revision=revision, expand=["sha"]))
        if info.sha is None:
            raise UserError(f"{self.repo} has no commit at {revision}")
        return info.sha

    def tags(self) -> dict[str, str]:
        """Return the commit of every tag."""
        refs = self.ask(partial(self.api.list_repo_refs, self.repo, repo_type="dataset"))
        return {tag.name: tag.target_commit for tag in refs.tags}

    def files(self, revision: str = "main") -> dict[str, RemoteFile]:
        """Return every file of a revision with its size and checksum, without fetching it."""
        tree = partial(self.api.list_repo_tree, self.repo, recursive=True, revision=revision, repo_type="dataset")
        listed = self.ask(lambda: [item for item in tree() if isinstance(item, RepoFile)])
        return {item.path: RemoteFile(item.size, item.lfs.sha256 if item.lfs else item.blob_id) for item in listed}

    def read(self, path: str, revision: str) -> bytes:
        """Return the contents of a file; no cache is asked."""
        with tempfile.TemporaryDirectory() as folder:
            self.fetch([path], revision, Path(folder))
            return (Path(folder) / path).read_bytes()

    def open(self, path: str, revision: str) -> IO[bytes]:
        """Open a file where it lies: what is read of it is fetched, and nothing else."""
        files = HfFileSystem(endpoint=self.endpoint, token=self._token, skip_instance_cache=True)
        opened: IO[bytes] = self.ask(partial(files.open, f"datasets/{self.repo}@{revision}/{path}", "rb"))
        return opened

    def manifest(self, revision: str) -> dict[str, Any] | None:
        """Return what a release says of itself; None if this revision is no release."""
        if MANIFEST not in self.files(revision):
            return None
        loaded: dict[str, Any] = json.loads(self.read(MANIFEST, revision))
        return loaded

    def fetch(self, paths: Iterable[str], revision: str, folder: Path, tell: Tell = silent) -> None:
        """Write these files of a revision below a folder; a file that is there and whole is not fetched again.

        Raises: UserError if a file is not in the revision, or arrives with another checksum than the Hub lists.
        """
        sha = self.head(revision)
        listed = self.files(sha)
        wanted = sorted(set(paths))
        if absent := [path for path in wanted if path not in listed]:
            raise UserError(f"{self.repo} has no file {absent[0]} at {revision}")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            there = pool.map(lambda path: self._fetch_one(path, sha, folder, listed[path]), wanted)
            for done, _ in enumerate(there, 1):
                tell("files fetched", done, len(wanted))
        shutil.rmtree(folder / ".cache" / "huggingface", ignore_errors=True)

    def _fetch_one(self, path: str, sha: str, folder: Path, expected: RemoteFile) -> None:
        if not differs(folder / path, *expected):
            return
        (folder / path).unlink(missing_ok=True)  # else the client would keep it when it can not reach the Hub
        get = partial(hf_hub_download, self.repo, path, repo_type="dataset", revision=sha, local_dir=folder)
        self.ask(partial(get, endpoint=self.endpoint, token=self._token))
        if differs(folder / path, *expected):
            (folder / path).unlink()
            raise UserError(f"{path} of {self.repo} arrived with another checksum than {self.endpoint} lists")
