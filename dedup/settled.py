"""What was settled of rows before: copies, groups and scores, so that only what new rows change is settled again."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aya.table import publish

Rows = npt.NDArray[np.uint32]
NO_ROWS = np.zeros(0, np.uint32)


class Scores(NamedTuple):
    """Rows that are like another, that other, and their similarity."""

    rows: Rows
    others: Rows
    """The row that stays in place of one that goes; of one that stays, a row of its like that went for a third."""
    jaccard: npt.NDArray[np.float32]
    goes: npt.NDArray[np.bool_]

    def of(self, places: npt.NDArray[np.bool_]) -> "Scores":
        """Return those at some places."""
        return Scores(self.rows[places], self.others[places], self.jaccard[places], self.goes[places])

    def of_rows(self, rows: Rows) -> "Scores":
        """Return these with rows in the place of their numbers among `rows`."""
        return Scores(rows[self.rows], rows[self.others], self.jaccard, self.goes)

    def and_those(self, others: "Scores") -> "Scores":
        """Return these, then the others."""
        return Scores(*(np.concatenate([mine, its]) for mine, its in zip(self, others, strict=True)))


class Groups(NamedTuple):
    """Connected components of the pairs worth comparing."""

    rows: Rows
    """Group by group."""
    sizes: Rows
    names: npt.NDArray[np.uint64]
    """A number for each group that stands for all its pairs."""

    def and_those(self, others: "Groups") -> "Groups":
        """Return these, then the others."""
        return Groups(*(np.concatenate([mine, its]) for mine, its in zip(self, others, strict=True)))


class Settled(NamedTuple):
    """The outcome for the first `num_rows` rows."""

    num_rows: int
    copies: Rows
    originals: Rows
    """The row that each of `copies` is a copy of."""
    groups: Groups
    scores: Scores

    def copy_of(self, num: int) -> Rows:
        """Return for each of `num` rows the row that it is a copy of, else itself."""
        found = np.arange(num, dtype=np.uint32)
        found[self.copies] = self.originals
        return found


NO_SCORES = Scores(NO_ROWS, NO_ROWS, np.zeros(0, np.float32), np.zeros(0, np.bool_))
NO_GROUPS = Groups(NO_ROWS, NO_ROWS, np.zeros(0, np.uint64))
NOTHING = Settled(0, NO_ROWS, NO_ROWS, NO_GROUPS, NO_SCORES)


def without(groups: Groups, scores: Scores, rows: Rows) -> tuple[Groups, Scores, Rows]:
    """Return the groups that hold none of some rows, with their scores, and these rows with all others of their groups.

    `rows` are sorted, each there once, and so is what is returned.
    """
    places = np.flatnonzero(np.isin(groups.rows, rows))
    stays = np.ones(len(groups.sizes), np.bool_)
    stays[np.searchsorted(np.cumsum(groups.sizes), places, side="right")] = False
    stay = np.repeat(stays, groups.sizes)
    gone = np.union1d(groups.rows[~stay], rows)
    old = ~np.isin(scores.rows, gone)
    left = Groups(groups.rows[stay], groups.sizes[stays], groups.names[stays])
    return left, scores.of(old), gone


def settled(copy_of_N: Rows, groups: Groups, scores: Scores) -> Settled:
    """Return the outcome for all rows."""
    copies = np.flatnonzero(copy_of_N != np.arange(len(copy_of_N), dtype=np.uint32)).astype(np.uint32)
    return Settled(len(copy_of_N), copies, copy_of_N[copies], groups, scores)


def read_settled(folder: Path) -> Settled:
    """Return what `write_settled` wrote to a folder, or nothing."""
    path = folder / "settled.npz"
    if not path.exists():
        return NOTHING
    with np.load(path) as file:
        if "scores_goes" not in file:  # written before ends of chains were told
            return NOTHING
        groups = Groups(*(file[f"groups_{name}"] for name in Groups._fields))
        scores = Scores(*(file[f"scores_{name}"] for name in Scores._fields))
        return Settled(int(file["num_rows"]), file["copies"], file["originals"], groups, scores)


def write_settled(folder: Path, what: Settled) -> None:
    """Write what is settled to a folder, all or nothing."""
    arrays: dict[str, Any] = {"num_rows": np.array(what.num_rows), "copies": what.copies, "originals": what.originals}
    arrays |= {f"groups_{name}": column for name, column in what.groups._asdict().items()}
    arrays |= {f"scores_{name}": column for name, column in what.scores._asdict().items()}

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **arrays)

    publish(folder / "settled.npz", write)
