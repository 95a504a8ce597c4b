"""Where an item is shown, and to whom.

Argilla assigns nothing to anybody: whoever is in a workspace sees all of it, and nobody else can. So workspaces are
how people are kept from what they must not see: what somebody of a group wrote is in a workspace that the group is
not in (nobody judges their own work), and harmful content in one that people leave when their hours are used up.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from annotation.campaign import Campaign


class Place(NamedTuple):
    """A data set: of one task, in a workspace for a language and those who may see it."""

    language: str
    group: int | None
    """What its items show was written by this group, which does not see them."""
    harmful: bool
    task: str

    def workspace(self, campaign: str) -> str:
        """Return the name of its workspace."""
        group = "" if self.group is None else f"-by-group-{self.group}"
        return f"{campaign}-{self.language}{group}{'-harmful' if self.harmful else ''}"


def is_of(campaign: str, workspace: str) -> bool:
    """Return whether a workspace is one of a campaign's, not of another whose name begins alike."""
    return re.fullmatch(f"{re.escape(campaign)}-[a-z]{{3}}(-by-group-[0-9]+)?(-harmful)?", workspace) is not None


def place_of(item: Mapping[str, Any], groups: Mapping[str, int]) -> Place:
    """Return the place of an item; `groups` are those of the people by pseudonym."""
    group = None if item["author"] is None else groups[item["author"]]
    return Place(item["language"], group, bool(item["harmful"]), item["task"])


def members(
    place: Place,
    accounts: Iterable[Mapping[str, Any]],
    people: Mapping[str, Mapping[str, Any]],
    *,
    tired: frozenset[str],
    full: frozenset[str] = frozenset(),
) -> set[str]:
    """Return Argilla's ids of those who see a place.

    `tired` have had their hours of harmful content today, `full` their answers of any kind.
    """
    return {
        account["user"]
        for account in accounts
        if account["user"] is not None
        and place.language in people[account["annotator"]]["languages"]
        and not people[account["annotator"]]["withdrawn"]
        and account["review_group"] != place.group
        and account["annotator"] not in full
        and (not place.harmful or (account["harmful"] and account["annotator"] not in tired))
    }


def places(campaign: Campaign, found: Iterable[Place]) -> list[Place]:
    """Return the places of items and those that every language has, sorted."""
    plain = [task for task in ("original",) if getattr(campaign.tasks, task)]
    return sorted({*found, *(Place(code, None, False, task) for code in campaign.languages for task in plain)}, key=str)
