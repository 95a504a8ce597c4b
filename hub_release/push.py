"""Push a prepared release: sent and checked where nobody looks, then shown on main in one step and tagged."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from aya.errors import UserError
from hub_release.following import base_of, moved
from hub_release.journal import State, journal
from hub_release.landing import Check, Landing, land_by_commit, landed, refuse
from hub_release.merging import land_by_pull
from hub_release.patience import refused_with
from hub_release.remote import Remote
from hub_release.sending import Limits, Tell, change, size
from hub_release.verify import manifest_of, verify_folder

Through = Literal["auto", "commit", "pull-request"]


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """A release on the Hub."""

    repo: str
    tag: str
    commit: str
    pull: int | None
    new: bool


def push(
    folder: Path,
    repo: str,
    *,
    endpoint: str | None = None,
    token: str | None = None,
    onto: str | None = None,
    through: Through = "auto",
    check: Check = "full",
    public: bool = False,
    limits: Limits | None = None,
    tell: Tell = lambda _: None,
) -> Pushed:
    """Push a prepared release and tag it `v` + its version; what an earlier run of the same push did is not done again.

    A small release is gathered in a branch of its own and comes to main in one commit; a large one is gathered in a
    draft pull request, which is merged. Either is whole and checked before main changes. `onto` is the commit of main
    to build on, where it is not the tag of the release before. `check` is `full` (fetch all, compare checksums and
    counts, load every configuration with an empty cache) or `sums` (compare the checksums that the Hub lists). A
    repository that is not there is made, private unless `public`.

    Raises: UserError if main moved since the release before, if the tag is another release, or if a check fails.
    """
    release = manifest_of(folder)
    tag = f"v{release['version']}"
    with journal(folder) as notes:
        tell("checking the release on disk")
        wanted, faults = verify_folder(folder, load=False)
        refuse(faults, str(folder))
        remote = Remote(repo, endpoint=endpoint, token=token)
        tell(f"asking {remote.endpoint} about {repo}")
        _make(remote, public=public)
        one = Landing(
            remote=remote, folder=folder, wanted=wanted, tag=tag, journal=notes,
            limits=limits or Limits(), check=check, tell=tell,
        )  # fmt: skip
        state = notes.read(remote, tag, wanted)
        tags = remote.tags()
        if tag in tags:
            return _there_already(one, tags[tag], state)
        if state is None or onto not in (None, state.base):
            follows = release["previous"] and f"v{release['previous'].removeprefix('v')}"
            base = base_of(remote, follows, tags, onto)
            sums = {path: file.sha256 for path, file in wanted.items()}
            state = State(endpoint=remote.endpoint, repo=repo, tag=tag, contents=sums, base=base)
            notes.write(state)
        sha = landed(one, state) or _land(one, state, through)
        _tag(one, sha)
        _tidy(one)
        notes.remove()
        return Pushed(repo=repo, tag=tag, commit=sha, pull=state.pull, new=True)


def _make(remote: Remote, *, public: bool) -> None:
    if not remote.exists():
        visibility: Literal["public", "private"] = "public" if public else "private"
        make = partial(remote.api.create_repo, remote.repo, repo_type="dataset", visibility=visibility, exist_ok=True)
        remote.ask(make)


def _there_already(one: Landing, sha: str, state: State | None) -> Pushed:
    """Return the release that an earlier run has pushed.

    Raises: UserError if the tag is another release; a tag never moves.
    """
    if any(change(one.wanted, one.remote.files(sha))):
        raise UserError(f"{one.remote.repo} has another release {one.tag} ({sha[:10]}); a tag stays: raise the version")
    _tidy(one)
    one.journal.remove()
    return Pushed(repo=one.remote.repo, tag=one.tag, commit=sha, pull=state.pull if state else None, new=False)


def _land(one: Landing, state: State, through: Through) -> str:
    """Bring the release to main and return the commit."""
    head = one.remote.head()
    if head != state.base:
        raise moved(one.remote, state.base, head)
    todo = change(one.wanted, one.remote.files(head))
    small = len(todo.add) + len(todo.delete) <= one.limits.direct_files
    small = small and size(one.wanted, todo.add) <= one.limits.direct_bytes
    if state.pull is None and (through == "commit" or (through == "auto" and small)):
        return land_by_commit(one, state, todo)
    return land_by_pull(one, state)


def _tidy(one: Landing) -> None:
    """Delete the branch in which the release was gathered, if there is one."""
    remote = one.remote

    def attempt() -> None:
        try:
            remote.api.delete_branch(remote.repo, branch=one.branch, repo_type="dataset")
        except Exception as error:
            if not refused_with(error, 404):
                raise

    remote.ask(attempt)


def _tag(one: Landing, sha: str) -> None:
    """Set the tag; that of another curator, set meanwhile, stays."""
    api, repo = one.remote.api, one.remote.repo

    def attempt() -> None:
        try:
            api.create_tag(repo, tag=one.tag, tag_message=one.title, revision=sha, repo_type="dataset")
        except Exception as error:
            if not refused_with(error, 409):
                raise
            if (there := one.remote.tags().get(one.tag)) != sha:
                said = f"{repo} has another release {one.tag} ({(there or 'gone')[:10]}); raise the version"
                raise UserError(said) from error

    one.remote.ask(attempt)
