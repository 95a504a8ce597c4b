"""Bring a release to main: gathered and checked in a branch where nobody looks, then shown in one commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from aya.errors import UserError
from hub_release.digests import Digests
from hub_release.following import moved
from hub_release.journal import Journal, State
from hub_release.patience import refused_with
from hub_release.remote import MANIFEST, Remote
from hub_release.sending import Change, Limits, Tell, bring, change, show
from hub_release.verify import verify_remote

Check = Literal["full", "sums"]

_LOOKED_BACK = 20
"""Commits of main that are searched for a release whose push was killed before its tag."""


@dataclass(kw_only=True)
class Landing:
    """A release on its way: what goes where, how much at once, and its journal."""

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
        """Return the title of the commit that shows the release."""
        return f"Release {self.tag}"

    @property
    def branch(self) -> str:
        """Where a small release is gathered; another one of the same version has another."""
        return f"draft-{self.tag}-{self.wanted[MANIFEST].sha256[:12]}"


def landed(one: Landing, state: State) -> str | None:
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


def land_by_commit(one: Landing, state: State, todo: Change) -> str:
    """Gather the release in a branch, check it there, then show it on main in one commit that sends no contents."""
    remote, branch = one.remote, one.branch
    api, repo = remote.api, remote.repo
    remote.ask(partial(api.create_branch, repo, branch=branch, revision=state.base, repo_type="dataset", exist_ok=True))
    gathered = gather(one, state, branch)

    def attempt() -> str:
        if shown := landed(one, state):
            return shown
        if (head := remote.head()) != state.base:
            raise moved(remote, state.base, head)
        try:
            return show(remote, todo, of=gathered, parent=state.base, title=one.title)
        except Exception as error:
            if refused_with(error, 412):
                raise moved(remote, state.base, remote.head()) from error
            raise

    sha = remote.ask(attempt)
    compare(one, sha)
    return sha


def gather(one: Landing, state: State, ref: str) -> str:
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


def _verify(one: Landing, sha: str) -> None:
    """Check what the Hub has; nothing comes to main if it is not the release."""
    compare(one, sha)
    if one.check == "full":
        one.tell("fetching the release back, and loading every configuration with an empty cache")
        refuse(verify_remote(one.remote, sha), f"{one.remote.repo}@{sha[:10]}")


def compare(one: Landing, sha: str) -> None:
    """Compare the checksums that the Hub lists with those of the release."""
    differing = change(one.wanted, one.remote.files(sha))
    refuse([f"{path} is not as it was sent" for path in (*differing.add, *differing.delete)], one.remote.repo)


def refuse(faults: Sequence[str], where: str) -> None:
    """Raise a UserError that names the first faults; nothing without any."""
    if faults:
        more = [f"and {len(faults) - 10} more"] if len(faults) > 10 else []
        raise UserError("\n".join([*(f"{where}: {fault}" for fault in faults[:10]), *more]))
