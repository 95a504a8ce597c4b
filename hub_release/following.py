"""Which commit of main a release follows, and the refusal where main is not there any more."""

from functools import partial
from itertools import takewhile

from aya.errors import UserError
from hub_release.remote import MANIFEST, Remote

NAMED = 3
"""Commits or files that a refusal names."""


def base_of(remote: Remote, previous: str | None, tags: dict[str, str], onto: str | None) -> str:
    """Return the commit of main that a new release follows.

    Raises: UserError if main is not at the release before.
    """
    head = remote.head()
    if onto is not None:
        if onto != head:
            raise moved(remote, onto, head)
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
        raise moved(remote, tags[previous], head, previous)
    return head


def moved(remote: Remote, base: str, head: str, name: str = "") -> UserError:
    """Return the refusal of a release that was made on top of another state of main."""
    return UserError(
        f"main of {remote.repo} moved since {name or base[:10]}: {since(remote, base) or head}\n"
        f"prepare the release on top of it, or, if it is to be replaced: --onto {head}"
    )


def since(remote: Remote, base: str) -> str:
    """Return the commits of main after `base` and whose they are, in words."""
    log = remote.ask(partial(remote.api.list_repo_commits, remote.repo, repo_type="dataset"))
    new = [f"{item.commit_id[:10]} '{item.title}' by {', '.join(item.authors)}"
           for item in takewhile(lambda item: item.commit_id != base, log)]  # fmt: skip
    return "; ".join(new[:NAMED])
