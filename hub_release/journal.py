"""Where a push stands, in a file beside the release, so that a killed one goes on; one push of a release at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from aya.errors import UserError
from hub_release.digests import Digests
from hub_release.remote import Remote


class State(BaseModel):
    """What a later run has to know: what goes where, from which commit on, through which pull request."""

    endpoint: str
    repo: str
    tag: str
    contents: dict[str, str]
    base: str
    pull: int | None = None
    checked: str | None = None


class Journal:
    """The state of a push on disk; written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, remote: Remote, tag: str, wanted: dict[str, Digests]) -> State | None:
        """Return where an earlier push of the same files to the same place stands."""
        if not self.path.is_file():
            return None
        state = State.model_validate_json(self.path.read_bytes())
        same = state.contents == {path: file.sha256 for path, file in wanted.items()}
        return (
            state if same and (state.endpoint, state.repo, state.tag) == (remote.endpoint, remote.repo, tag) else None
        )

    def write(self, state: State) -> None:
        """Write the state; a kill leaves the old one or the new one."""
        whole = self.path.with_suffix(".tmp")
        whole.write_text(state.model_dump_json(indent=1), encoding="utf-8")
        whole.replace(self.path)

    def remove(self) -> None:
        """Forget a push that is done."""
        self.path.unlink(missing_ok=True)


@contextmanager
def journal(folder: Path) -> Iterator[Journal]:
    """Yield the journal of a release's push, held by this process alone.

    Raises: UserError if another process pushes this release now.
    """
    folder = folder.resolve()
    lock = folder.parent / f".{folder.name}.push.lock"
    with lock.open("a", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"another process pushes {folder} now") from error
        yield Journal(folder.parent / f".{folder.name}.push.json")
