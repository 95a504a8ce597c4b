"""Which requests are taught and which are held out; what is held out in one language is held out in all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aya.text import graphemes, hash64, normalise
from training.safety.items import Item

LETTERS = 4
"""Letters of a piece by which requests are compared; words would not do in scripts without spaces."""


class Parts(NamedTuple):
    """Requests by what becomes of them."""

    taught: list[Item]
    held_out: list[Item]
    leaked: list[tuple[Item, str]]
    """Requests that are neither, each with the id of the held-out one that it is like."""


def divide(items: Iterable[Item], *, share: float, near: float, seed: int) -> Parts:
    """Return the parts: a share of the keys is held out, and all of which a translation is in a test part.

    A request that is left over and as like a held-out one of its language as `near` (Jaccard of their letters, four at
    a time) goes. The same request in one language twice is there once.
    """
    unique = {item.id: item for item in items}
    items = [unique[name] for name in sorted(unique)]
    tested = {item.key for item in items if item.split not in (None, "train")}
    out = {item.key for item in items if item.key in tested or hash64(item.key, seed=seed) < share * 2**64}
    held = [item for item in items if item.key in out]
    likeness = _Likeness(held)
    parts = Parts([], held, [])
    for item in items:
        if item.key not in out:
            if like := likeness.nearest(item, near):
                parts.leaked.append((item, like))
            else:
                parts.taught.append(item)
    return parts


def one_way(items: Iterable[Item]) -> list[Item]:
    """Return each request once in its language: the ways to ask for it stand or fall together."""
    found: dict[tuple[str, str], Item] = {}
    for item in items:
        found.setdefault((item.key, item.language), item)
    return list(found.values())


class _Likeness:
    """Finds the request of a language that is most like another, by the pieces that they share."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._sizes: dict[str, int] = {}
        self._holders: dict[tuple[str, str], list[str]] = defaultdict(list)
        for item in items:
            found = pieces(item.prompt)
            self._sizes[item.id] = len(found)
            for piece in found:
                self._holders[item.language, piece].append(item.id)

    def nearest(self, item: Item, least: float) -> str | None:
        """Return the id of the likest one, if it is as like as `least`."""
        found = pieces(item.prompt)
        shared: dict[str, int] = defaultdict(int)
        for piece in found:
            for id_ in self._holders.get((item.language, piece), ()):
                shared[id_] += 1
        scored = ((num / (len(found) + self._sizes[id_] - num), id_) for id_, num in shared.items())
        best = max(scored, default=(0.0, ""))
        return best[1] if best[0] >= least else None


def pieces(text: str) -> set[str]:
    """Return the runs of four letters of a text, as it is compared; a shorter text is one piece."""
    letters = [letter for letter in graphemes(normalise(text)) if letter[0].isalnum()]
    runs = range(max(1, len(letters) - LETTERS + 1))
    return {"".join(letters[at : at + LETTERS]) for at in runs}
