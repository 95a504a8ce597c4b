"""Push a prepared release: sent and checked where nobody looks, then shown on main in one step and tagged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Literal

from aya.errors import UserError
from hub_release.digests import Digests
from hub_release.journal import Journal, State, journal
from hub_release.patience import refused_with
from hub_release.remote import MANIFEST, Remote
from hub_release.sending import Change, Limits, Tell, bring, change, show, size
from hub_release.verify import manifest_of, verify_folder, verify_remote

Through = Literal["auto", "commit", "pull-request"]
Check = Literal["full", "sums"]

_NAMED = 3
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

    @property
    def branch(self) -> str:
        """Where a small release is gathered; another one of the same version has another."""
        return f"draft-{self.tag}-{self.wanted[MANIFEST].sha256[:12]}"


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
        if state is None or onto not in (None, state.base):
            follows = release["previous"] and f"v{release['previous'].removeprefix('v')}"
            base = _base(remote, follows, tags, onto)
            sums = {path: file.sha256 for path, file in wanted.items()}
            state = State(endpoint=remote.endpoint, repo=repo, tag=tag, contents=sums, base=base)
            notes.write(state)
        sha = _landed(one, state) or _land(one, state, through)
        _tag(one, sha)
        _tidy(one)
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
    _tidy(one)
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
    return UserError(
        f"main of {remote.repo} moved since {name or base[:10]}: {_since(remote, base) or head}\n"
        f"prepare the release on top of it, or, if it is to be replaced: --onto {head}"
    )


def _since(remote: Remote, base: str) -> str:
    """Return the commits of main after `base` and whose they are, in words."""
    log = remote.ask(partial(remote.api.list_repo_commits, remote.repo, repo_type="dataset"))
    new = [f"{item.commit_id[:10]} '{item.title}' by {', '.join(item.authors)}"
           for item in takewhile(lambda item: item.commit_id != base, log)]  # fmt: skip
    return "; ".join(new[:_NAMED])


def _landed(one: _Push, state: State) -> str | None:
    """Return the commit of main, since the base, that shows this release: an earlier run was killed before the tag.

    The tip of a merged pull request is in the history of main too, but main has shown it only as its own tip.
    """
    log = one.remote.ask(partial(one.remote.api.list_repo_commits, one.remote.repo, repo_type="dataset"))
    tip = one.remote.head(f"refs/pr/{state.pull}") if state.pull else None
    for number, item in enumerate(log[:_LOOKED_BACK]):
        if item.commit_id == state.base:
            return None
        if number and item.commit_id == tip:
            continue
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
        return _land_by_commit(one, state, todo)
    return _land_by_pull(one, state)


def _land_by_commit(one: _Push, state: State, todo: Change) -> str:
    """Gather the release in a branch, check it there, then show it on main in one commit that sends no contents."""
    remote, branch = one.remote, one.branch
    api, repo = remote.api, remote.repo
    remote.ask(partial(api.create_branch, repo, branch=branch, revision=state.base, repo_type="dataset", exist_ok=True))
    sha = _gather(one, state, branch)

    def attempt() -> str:
        if landed := _landed(one, state):
            return landed
        if (head := remote.head()) != state.base:
            raise _moved(remote, state.base, head)
        try:
            return show(remote, todo, of=sha, parent=state.base, title=one.title)
        except Exception as error:
            if refused_with(error, 412):
                raise _moved(remote, state.base, remote.head()) from error
            raise

    shown = remote.ask(attempt)
    _compare(one, shown)
    return shown


def _land_by_pull(one: _Push, state: State) -> str:
    """Gather the release in a draft pull request, check it there, and merge it."""
    state.pull = _pull(one, state)
    one.journal.write(state)
    _gather(one, state, f"refs/pr/{state.pull}")
    one.tell(f"merging pull request {state.pull}")
    return one.remote.ask(partial(_merge, one, state))


def _gather(one: _Push, state: State, ref: str) -> str:
    """Bring a branch or a pull request to hold the release, check it once, and return its tip."""
    bring(
        one.remote, one.folder, one.wanted,
        ref=ref, title=f"{one.title} (part)", limits=one.limits, tell=one.tell,
    )  # fmt: skip
    sha = one.remote.head(ref)
    if state.checked != sha:
        _verify(one, sha)
        state.checked = sha
        one.journal.write(state)
    return sha


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
    if sha := _landed(one, state):
        return sha
    if (head := remote.head()) != state.base:
        raise _moved(remote, state.base, head)
    if remote.api.get_discussion_details(remote.repo, pull, repo_type="dataset").status == "draft":
        remote.api.change_discussion_status(remote.repo, pull, "open", repo_type="dataset")
    try:
        remote.api.merge_pull_request(remote.repo, pull, repo_type="dataset")
    except Exception as error:
        if not refused_with(error, 409):
            raise
    sha = _landed(one, state)
    if sha is None:
        raise _not_alone(one, state)
    return sha


def _not_alone(one: _Push, state: State) -> UserError:
    """Return what to do where main is not the release after its merge: somebody changed it at that moment."""
    remote, head = one.remote, one.remote.head()
    merged = remote.ask(partial(remote.api.get_discussion_details, remote.repo, state.pull or 0, repo_type="dataset"))
    if merged.status != "merged":
        return _moved(remote, state.base, head)
    add, delete = change(one.wanted, remote.files(head))
    return UserError(
        f"main of {remote.repo} was changed while pull request {state.pull} was merged:"
        f" {_since(remote, state.base)}; other than in the release: {', '.join([*add, *delete][:_NAMED])}\n"
        f"{one.tag} is not tagged; to make main the release and nothing else, push again with --onto {head}"
    )


def _verify(one: _Push, sha: str) -> None:
    """Check what the Hub has; nothing comes to main if it is not the release."""
    _compare(one, sha)
    if one.check == "full":
        one.tell("fetching the release back, and loading every configuration with an empty cache")
        _refuse(verify_remote(one.remote, sha), f"{one.remote.repo}@{sha[:10]}")


def _compare(one: _Push, sha: str) -> None:
    """Compare the checksums that the Hub lists with those of the release."""
    differing = change(one.wanted, one.remote.files(sha))
    _refuse([f"{path} is not as it was sent" for path in (*differing.add, *differing.delete)], one.remote.repo)


def _tidy(one: _Push) -> None:
    """Delete the branch in which the release was gathered, if there is one."""
    remote = one.remote

    def attempt() -> None:
        try:
            remote.api.delete_branch(remote.repo, branch=one.branch, repo_type="dataset")
        except Exception as error:
            if not refused_with(error, 404):
                raise

    remote.ask(attempt)


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
