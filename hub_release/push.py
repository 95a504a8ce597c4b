"""Push a prepared release: sent and checked where nobody looks, then shown on main in one step and tagged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from aya.errors import UserError
from hub_release.digests import Digests
from hub_release.journal import Journal, State, journal
from hub_release.patience import refused_with
from hub_release.remote import MANIFEST, Remote
from hub_release.sending import Change, Counter, Limits, Tell, bring, change, commit, size
from hub_release.verify import manifest_of, verify_folder, verify_remote

Through = Literal["auto", "commit", "pull-request"]
Check = Literal["full", "sums"]

_LOOKED_BACK = 20
"""Commits of main that are searched for a release whose push was killed before its tag."""


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """A release on the Hub."""

    repo: str
    tag: str
    commit: str
    pull: int | None
    new: bool


@dataclass(kw_only=True)
class _Push:
    """One push: what goes where, and its journal."""

    remote: Remote
    folder: Path
    wanted: dict[str, Digests]
    tag: str
    journal: Journal
    limits: Limits
    check: Check
    tell: Tell

    @property
    def title(self) -> str:
        return f"Release {self.tag}"


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

    A small release is one commit on main; a large one is gathered in a draft pull request, which is merged once it is
    whole and checked. `onto` is the commit of main to build on, where it is not the tag of the release before.
    `check` is `full` (fetch all, compare checksums and counts, load every configuration with an empty cache) or `sums`
    (compare the checksums that the Hub lists). A repository that is not there is made, private unless `public`.

    Raises: UserError if main moved since the release before, if the tag is another release, or if a check fails.
    """
    release = manifest_of(folder)
    tag = f"v{release['version']}"
    with journal(folder) as notes:
        tell("checking the release on disk")
        wanted, faults = verify_folder(folder, load=False)
        _refuse(faults, str(folder))
        remote = Remote(repo, endpoint=endpoint, token=token)
        _make(remote, public=public)
        one = _Push(
            remote=remote, folder=folder, wanted=wanted, tag=tag, journal=notes,
            limits=limits or Limits(), check=check, tell=tell,
        )  # fmt: skip
        state = notes.read(remote, tag, wanted)
        tags = remote.tags()
        if tag in tags:
            return _there_already(one, tags[tag], state)
        if state is None:
            follows = release["previous"] and f"v{release['previous'].removeprefix('v')}"
            base = _base(remote, follows, tags, onto)
            sums = {path: file.sha256 for path, file in wanted.items()}
            state = State(endpoint=remote.endpoint, repo=repo, tag=tag, contents=sums, base=base)
            notes.write(state)
        sha = _landed(one, state.base) or _land(one, state, through)
        _tag(one, sha)
        notes.remove()
        return Pushed(repo=repo, tag=tag, commit=sha, pull=state.pull, new=True)


def _refuse(faults: Sequence[str], where: str) -> None:
    if faults:
        more = [f"and {len(faults) - 10} more"] if len(faults) > 10 else []
        raise UserError("\n".join([*(f"{where}: {fault}" for fault in faults[:10]), *more]))


def _make(remote: Remote, *, public: bool) -> None:
    if not remote.exists():
        visibility: Literal["public", "private"] = "public" if public else "private"
        make = partial(remote.api.create_repo, remote.repo, repo_type="dataset", visibility=visibility, exist_ok=True)
        remote.ask(make)


def _there_already(one: _Push, sha: str, state: State | None) -> Pushed:
    """Return the release that an earlier run has pushed.

    Raises: UserError if the tag is another release; a tag never moves.
    """
    if any(change(one.wanted, one.remote.files(sha))):
        raise UserError(f"{one.remote.repo} has another release {one.tag} ({sha[:10]}); a tag stays: raise the version")
    one.journal.remove()
    return Pushed(repo=one.remote.repo, tag=one.tag, commit=sha, pull=state.pull if state else None, new=False)


def _base(remote: Remote, previous: str | None, tags: dict[str, str], onto: str | None) -> str:
    """Return the commit of main that a new release follows.

    Raises: UserError if main is not at the release before.
    """
    head = remote.head()
    if onto is not None:
        if onto != head:
            raise _moved(remote, onto, head)
        return head
    if previous is not None and previous not in tags:
        raise UserError(f"{remote.repo} has no {previous}, which this release follows; push that first")
    if previous is None:
        others = sorted(set(remote.files(head)) - {".gitattributes", "README.md"})
        if tags or MANIFEST in others:
            latest = f" ({', '.join(sorted(tags))})" if tags else ""
            raise UserError(f"{remote.repo} has releases{latest}, but this one follows none; prepare it again")
        if others:
            raise UserError(f"{remote.repo} holds files that would go ({others[0]}); if they may: --onto {head}")
        return head
    if tags[previous] != head:
        raise _moved(remote, tags[previous], head, previous)
    return head


def _moved(remote: Remote, base: str, head: str, name: str = "") -> UserError:
    """Return the refusal of a release that was made on top of another state of main."""
    log = remote.ask(partial(remote.api.list_repo_commits, remote.repo, repo_type="dataset"))
    new = []
    for item in log:
        if item.commit_id == base:
            break
        new.append(f"{item.commit_id[:10]} '{item.title}' by {', '.join(item.authors)}")
    said = "; ".join(new[:3]) or head
    return UserError(
        f"main of {remote.repo} moved since {name or base[:10]}: {said}\n"
        f"prepare the release on top of it, or, if it is to be replaced: --onto {head}"
    )


def _landed(one: _Push, base: str) -> str | None:
    """Return the commit of main, since `base`, that holds this release: an earlier run was killed before the tag."""
    log = one.remote.ask(partial(one.remote.api.list_repo_commits, one.remote.repo, repo_type="dataset"))
    for item in log[:_LOOKED_BACK]:
        if item.commit_id == base:
            return None
        if not any(change(one.wanted, one.remote.files(item.commit_id))):
            return item.commit_id
    return None


def _land(one: _Push, state: State, through: Through) -> str:
    """Bring the release to main and return the commit."""
    head = one.remote.head()
    if head != state.base:
        raise _moved(one.remote, state.base, head)
    todo = change(one.wanted, one.remote.files(head))
    small = len(todo.add) + len(todo.delete) <= one.limits.direct_files
    small = small and size(one.wanted, todo.add) <= one.limits.direct_bytes
    if state.pull is None and (through == "commit" or (through == "auto" and small)):
        return _land_by_commit(one, state.base, todo)
    return _land_by_pull(one, state)


def _land_by_commit(one: _Push, base: str, todo: Change) -> str:
    """Check the release on disk by loading it, then commit it to main at once."""
    remote = one.remote
    if one.check == "full":
        one.tell("loading every configuration from disk")
        _refuse(verify_folder(one.folder, load=True)[1], str(one.folder))
    counter = Counter(one.wanted, todo.add, one.tell)

    def attempt() -> str:
        if sha := _landed(one, base):
            return sha
        if (head := remote.head()) != base:
            raise _moved(remote, base, head)
        try:
            return commit(
                remote, one.folder, one.wanted, todo,
                ref="main", parent=base, title=one.title, limits=one.limits, sent=counter,
            )  # fmt: skip
        except Exception as error:
            if refused_with(error, 412):
                raise _moved(remote, base, remote.head()) from error
            raise

    sha = remote.ask(attempt)
    _verify(one, sha)
    return sha


def _land_by_pull(one: _Push, state: State) -> str:
    """Gather the release in a draft pull request, check it there, and merge it."""
    remote = one.remote
    state.pull = _pull(one, state)
    one.journal.write(state)
    ref = f"refs/pr/{state.pull}"
    bring(
        remote, one.folder, one.wanted,
        ref=ref, title=f"{one.title} (part)", limits=one.limits, tell=one.tell,
    )  # fmt: skip
    sha = remote.head(ref)
    if state.checked != sha:
        _verify(one, sha)
        state.checked = sha
        one.journal.write(state)
    one.tell(f"merging pull request {state.pull}")
    return remote.ask(partial(_merge, one, state))


def _pull(one: _Push, state: State) -> int:
    """Return the draft of this push: that of an earlier run, or a new one."""
    remote, title = one.remote, f"{one.title} ({one.wanted[MANIFEST].sha256[:12]}, {state.base[:12]})"
    api = remote.api

    def attempt() -> int:
        asked = api.get_repo_discussions(remote.repo, repo_type="dataset", discussion_type="pull_request")
        mine = [pull for pull in asked if pull.title == title and pull.status in ("draft", "open")]
        if mine:
            return mine[0].num
        return api.create_pull_request(remote.repo, title, repo_type="dataset").num

    return remote.ask(attempt)


def _merge(one: _Push, state: State) -> str:
    """Merge if main is where the release was made for; return the commit that shows it."""
    remote, pull = one.remote, state.pull
    assert pull is not None
    if sha := _landed(one, state.base):
        return sha
    if (head := remote.head()) != state.base:
        raise _moved(remote, state.base, head)
    if remote.api.get_discussion_details(remote.repo, pull, repo_type="dataset").status == "draft":
        remote.api.change_discussion_status(remote.repo, pull, "open", repo_type="dataset")
    try:
        remote.api.merge_pull_request(remote.repo, pull, repo_type="dataset")
    except Exception as error:
        if refused_with(error, 409) and (head := remote.head()) != state.base and not _landed(one, state.base):
            raise _moved(remote, state.base, head) from error
        if not refused_with(error, 409):
            raise
    sha = _landed(one, state.base)
    if sha is None:
        raise _moved(remote, state.base, remote.head())
    return sha


def _verify(one: _Push, sha: str) -> None:
    """Check what the Hub has; nothing is tagged or merged if it is not the release."""
    differing = change(one.wanted, one.remote.files(sha))
    _refuse([f"{path} is not as it was sent" for path in (*differing.add, *differing.delete)], one.remote.repo)
    if one.check == "full":
        one.tell("fetching the release back, and loading every configuration with an empty cache")
        _refuse(verify_remote(one.remote, sha), f"{one.remote.repo}@{sha[:10]}")


def _tag(one: _Push, sha: str) -> None:
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
