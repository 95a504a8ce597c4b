"""How good the verdict of a tool about duplicates is, held against all true pairs.

A verdict is a label for each row: the number of the row that stays for it, its own if it stays itself.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.parts.truth import SLACK, Pairs

Labels = npt.NDArray[np.int64]
ALIKE, NEARLY = 0.8, 0.7


class Quality(NamedTuple):
    """Shares from 0 to 1."""

    pair_recall: float
    """Of pairs that are alike (.8), those in one cluster."""
    row_recall: float
    """Of rows that are like another, those in one cluster with such a one."""
    row_recall_unsegmented: float
    settled: float
    """Of rows that are like another, those that do not stay beside such a one.

    Where a row goes only if it is like the very row that stays for it, the end of a chain (like a row that goes, unlike
    the one that stays) rightly stays: it counts against the row recall if it is not in the cluster, not here.
    """
    settled_unsegmented: float
    row_precision: float
    """Of rows in a cluster of two or more, those in one cluster with a row they are like."""
    row_precision_unsegmented: float
    row_precision_nearly: float
    """The same with pairs of .7 and more."""
    removed_alike: float
    """Of rows that go, those that are like the very row that stays for them."""
    removed: int
    largest: int


def quality(labels: Labels, kept: Labels, truth: Pairs, unsegmented: npt.NDArray[np.bool_]) -> Quality:
    """Return how a verdict (clusters, and who stays for whom) stands against the true pairs of .7 and more."""
    alike = truth.jaccard >= ALIKE - SLACK
    together = labels[truth.a] == labels[truth.b]
    rows = np.arange(len(labels))
    sizes = np.bincount(labels, minlength=len(labels))
    clustered, goes = sizes[labels] > 1, kept != rows
    like, found = _rows(truth, alike, len(labels)), _rows(truth, alike & together, len(labels))
    nearly = _rows(truth, together, len(labels))
    settled = ~_rows(truth, alike & ~goes[truth.a] & ~goes[truth.b], len(labels))
    return Quality(
        pair_recall=_share(together, alike),
        row_recall=_share(found, like),
        row_recall_unsegmented=_share(found, like & unsegmented),
        settled=_share(settled, like),
        settled_unsegmented=_share(settled, like & unsegmented),
        row_precision=_share(found, clustered),
        row_precision_unsegmented=_share(found, clustered & unsegmented),
        row_precision_nearly=_share(nearly, clustered),
        removed_alike=_share(_like_their_keeper(kept, truth, alike), goes),
        removed=int(goes.sum()),
        largest=int(sizes.max()),
    )


def by_script(labels: Labels, truth: Pairs, scripts: npt.NDArray[np.str_]) -> dict[str, tuple[int, float, float]]:
    """Return for each script the number of rows that are like another, their recall, and the precision."""
    alike = truth.jaccard >= ALIKE - SLACK
    together = labels[truth.a] == labels[truth.b]
    clustered = np.bincount(labels, minlength=len(labels))[labels] > 1
    like, found = _rows(truth, alike, len(labels)), _rows(truth, alike & together, len(labels))
    table = {}
    for script in sorted(set(scripts.tolist())):
        mine = scripts == script
        table[script] = (int((like & mine).sum()), _share(found, like & mine), _share(found, clustered & mine))
    return table


def first_of_each(labels: npt.NDArray[np.int64]) -> Labels:
    """Return labels of any kind as the lowest row of each cluster."""
    _, first, which = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(first[which], np.int64)


def _rows(truth: Pairs, chosen: npt.NDArray[np.bool_], num: int) -> npt.NDArray[np.bool_]:
    """Return which rows are in one of the chosen pairs."""
    found = np.zeros(num, bool)
    found[truth.a[chosen]] = True
    found[truth.b[chosen]] = True
    return found


def _like_their_keeper(labels: Labels, truth: Pairs, alike: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(labels), bool)
    for row, other in ((truth.a[alike], truth.b[alike]), (truth.b[alike], truth.a[alike])):
        found[row[labels[row] == other]] = True
    return found


def _share(found: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float:
    return float(found[among].mean()) if among.any() else float("nan")
