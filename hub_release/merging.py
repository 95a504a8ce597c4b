"""Bring a large release to main: gathered and checked in a draft pull request, which is then merged."""

from functools import partial

from aya.errors import UserError
from hub_release.following import NAMED, moved, since
from hub_release.journal import State
from hub_release.landing import Landing, gather, landed
from hub_release.patience import refused_with
from hub_release.remote import MANIFEST
from hub_release.sending import change


def land_by_pull(one: Landing, state: State) -> str:
    """Gather the release in a draft pull request, check it there, and merge it."""
    state.pull = _pull(one, state)
    one.journal.write(state)
    gather(one, state, f"refs/pr/{state.pull}")
    one.tell(f"merging pull request {state.pull}")
    return one.remote.ask(partial(_merge, one, state))


def _pull(one: Landing, state: State) -> int:
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


def _merge(one: Landing, state: State) -> str:
    """Merge if main is where the release was made for; return the commit that shows it."""
    remote, pull = one.remote, state.pull
    assert pull is not None
    if sha := landed(one, state):
        return sha
    if (head := remote.head()) != state.base:
        raise moved(remote, state.base, head)
    if remote.api.get_discussion_details(remote.repo, pull, repo_type="dataset").status == "draft":
        remote.api.change_discussion_status(remote.repo, pull, "open", repo_type="dataset")
    try:
        remote.api.merge_pull_request(remote.repo, pull, repo_type="dataset")
    except Exception as error:
        if not refused_with(error, 409):
            raise
    sha = landed(one, state)
    if sha is None:
        raise _not_alone(one, state)
    return sha


def _not_alone(one: Landing, state: State) -> UserError:
    """Return what to do where main is not the release after its merge: somebody changed it at that moment."""
    remote, head = one.remote, one.remote.head()
    merged = remote.ask(partial(remote.api.get_discussion_details, remote.repo, state.pull or 0, repo_type="dataset"))
    if merged.status != "merged":
        return moved(remote, state.base, head)
    add, delete = change(one.wanted, remote.files(head))
    return UserError(
        f"main of {remote.repo} was changed while pull request {state.pull} was merged:"
        f" {since(remote, state.base)}; other than in the release: {', '.join([*add, *delete][:NAMED])}\n"
        f"{one.tag} is not tagged; to make main the release and nothing else, push again with --onto {head}"
    )
