"""Figures of a task: by language, and by groups of languages, each with its interval.

The figure of a language is the median over its prompts, that of a group the mean over its languages, so that a large
language hides no small one.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from aya import languages
from aya.intervals import wilson
from training.evaluation.bootstrap import Floats, counts, interval
from training.evaluation.items import Item

# Shapes: B draws, N items, P prompts, K numbers of an item, C clusters.


class Figured(Protocol):
    """What makes figures of sums."""

    share: bool
    """Whether it is the share of items that are right."""
    signature: str

    def figure(self, sums: Floats) -> Floats:
        """Return the figures (...) of sums (..., K)."""


class Group(NamedTuple):
    """Items that have a figure: of a `language`, of the languages of a `resource` level, ..."""

    kind: str
    name: str


KINDS: Mapping[str, Callable[[languages.Language], str]] = {
    "resource": lambda row: row.resource or "not known",
    "class": lambda row: "not known" if row.joshi_class is None else str(row.joshi_class),
    "family": lambda row: row.family or "not known",
}
"""What languages are grouped by, besides their scripts: resource level, class of Joshi et al. 2020, family."""


class Drawn(NamedTuple):
    """A figure, and its values in all draws (B)."""

    value: float
    draws: Floats
    languages: int
    items: int
    clusters: int
    prompts: Mapping[str, float]
    """The figure by each prompt, of a language alone."""
    right: int | None
    """How many items are right, where the figure is their share by one prompt and no two hang together."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The numbers (N, P, K) of some items by one measure."""

    measure: Figured
    items: Sequence[Item]
    numbers: NDArray[np.float64]

    def without(self, unwanted: Callable[[Item], bool]) -> "Sheet":
        """Return the sheet of all other items."""
        places = [place for place, item in enumerate(self.items) if not unwanted(item)]
        return Sheet(measure=self.measure, items=[self.items[place] for place in places], numbers=self.numbers[places])


def figures(sheet: Sheet, *, seed: int = 0) -> dict[Group, Drawn]:
    """Return the figures of all languages and groups of them that a sheet has."""
    names = sorted({item.cluster for item in sheet.items})
    places = {name: place for place, name in enumerate(names)}
    weights_BC = counts(names, seed=seed)
    of_language = defaultdict[str, list[int]](list)
    for place, item in enumerate(sheet.items):
        of_language[item.tongue].append(place)
    found: dict[Group, Drawn] = {}
    for tongue, rows in sorted(of_language.items()):
        clusters = np.array([places[sheet.items[row].cluster] for row in rows])
        found[Group("language", tongue)] = _of_language(sheet, np.array(rows), clusters, weights_BC)
    return found | _of_groups(found)


def _of_language(
    sheet: Sheet, rows_N: NDArray[np.int64], clusters_N: NDArray[np.int64], weights_BC: NDArray[np.uint8]
) -> Drawn:
    numbers_NPK = sheet.numbers[rows_N]
    own, places_N = np.unique(clusters_N, return_inverse=True)
    sums_CPK = np.zeros((len(own), *numbers_NPK.shape[1:]))
    np.add.at(sums_CPK, places_N, numbers_NPK)
    drawn_BPK = np.tensordot(weights_BC[:, own].astype(np.float64), sums_CPK, axes=1)
    by_prompt_P = sheet.measure.figure(numbers_NPK.sum(axis=0))
    asked = [question.prompt for question in sheet.items[rows_N[0]].questions]
    alone = sheet.measure.share and len(asked) == 1 and len(own) == len(rows_N)
    return Drawn(
        value=float(np.median(by_prompt_P)),
        draws=np.median(sheet.measure.figure(drawn_BPK), axis=1),
        languages=1,
        items=len(rows_N),
        clusters=len(own),
        prompts=dict(zip(asked, by_prompt_P.tolist(), strict=True)),
        right=int(numbers_NPK[..., 0].sum()) if alone else None,
    )


def _of_groups(found: Mapping[Group, Drawn]) -> dict[Group, Drawn]:
    members = defaultdict[Group, list[Drawn]](list)
    for group, drawn in found.items():
        code, script = group.name.split("_")
        facts = languages.get(code)
        for kind, name_of in KINDS.items():
            members[Group(kind, name_of(facts))].append(drawn)
        members[Group("script", script)].append(drawn)
        members[Group("all", "all")].append(drawn)
    return {group: _mean(some) for group, some in sorted(members.items())}


def _mean(some: Sequence[Drawn]) -> Drawn:
    return Drawn(
        value=float(np.mean([one.value for one in some])),
        draws=np.mean([one.draws for one in some], axis=0),
        languages=len(some),
        items=sum(one.items for one in some),
        clusters=max(one.clusters for one in some),
        prompts={},
        right=some[0].right if len(some) == 1 else None,
    )


def said(drawn: Drawn) -> dict[str, Any]:
    """Return a figure as it is reported: Wilson's interval where items are right or wrong by themselves."""
    wide = interval(drawn.draws)
    method = "bootstrap"
    if drawn.right is not None or wide[0] == wide[1]:  # that all items agree is no proof that all others would
        right = round(drawn.value / 100 * drawn.clusters) if drawn.right is None else drawn.right
        low, high = wilson(right, drawn.clusters)
        wide, method = (100 * low, 100 * high), "Wilson"
    facts = {"value": drawn.value, "low": wide[0], "high": wide[1], "interval": method}
    return {
        **facts,
        "languages": drawn.languages,
        "items": drawn.items,
        **({"prompts": dict(drawn.prompts)} if drawn.prompts else {}),
    }
