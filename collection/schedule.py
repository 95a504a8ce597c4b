"""A schedule of draws: which row of which group stands at each position, computed from its number.

The positions are cut into blocks, each of which holds every group in proportion to its quota, so any
stretch of the schedule is mixed like the whole. A group's draws run through its rows epoch by epoch,
in another order each time; inside a block the draws stand in random order.

Array shapes: G groups, B blocks, P positions.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aya import text
from collection.permutation import permute, subkeys

BLOCK = 65_536  # positions, roughly; a block's draws and what makes them fit into the processor's cache

Indices = NDArray[np.int64]


class Draws(NamedTuple):
    """The group and the row inside its group of each position."""

    group: Indices
    row: Indices


class Schedule:
    """All draws of groups with sizes and quotas; `names` make the orders and must be unique.

    A group's order in each epoch depends on the seed, its name and its size alone: another group, or
    another quota, does not change it. `block` does change which positions they stand at.
    """

    def __init__(
        self,
        *,
        seed: int,
        names: Sequence[str],
        sizes: Sequence[int],
        quotas: Sequence[int],
        block: int = BLOCK,
    ) -> None:
        self._sizes_G = np.asarray(sizes, np.int64)
        self._quotas_G = np.asarray(quotas, np.int64)
        self._keys_G = np.asarray(text.hashes64(names, seed=seed), np.uint64)
        self._block_key = np.uint64(text.hash64("blocks", seed=seed))
        self.total = int(self._quotas_G.sum())
        self._num_blocks = max(1, round(self.total / block))
        # Where in a block a group's draws fall differs from group to group, or small groups would all
        # come in the last block.
        self._phases_G = (self._keys_G % np.uint64(self._num_blocks)).astype(np.int64)
        starts = [int(self._drawn_before(block).sum()) for block in range(self._num_blocks + 1)]
        self._starts_B = np.asarray(starts, np.int64)
        self._latest: tuple[int, Indices, Indices] | None = None  # the last block's layout

    def draws(self, positions_P: Indices) -> Draws:
        """Return the draws at positions, in the order given; a block costs as much as its groups."""
        blocks_P = np.searchsorted(self._starts_B, positions_P, side="right") - 1
        group_P = np.empty(len(positions_P), np.int64)
        row_P = np.empty(len(positions_P), np.int64)
        order_P = np.argsort(blocks_P, kind="stable")
        cuts = np.flatnonzero(np.diff(blocks_P[order_P])) + 1
        for here in np.split(order_P, cuts) if len(order_P) else ():
            group_P[here], row_P[here] = self._draws_of(int(blocks_P[here[0]]), positions_P[here])
        return Draws(group_P, row_P)

    def _draws_of(self, block: int, positions_P: Indices) -> Draws:
        start, size = int(self._starts_B[block]), int(self._starts_B[block + 1] - self._starts_B[block])
        key = subkeys(self._block_key.reshape(1), np.asarray([block], np.uint64))
        places_P = permute(
            (positions_P - start).astype(np.uint64),
            np.full(len(positions_P), size, np.uint64),
            np.full(len(positions_P), key[0], np.uint64),
        ).astype(np.int64)
        groups, first_G = self._layout(block)
        group_P = groups[places_P]
        return Draws(group_P, self._row_of(group_P, first_G[group_P] + places_P))

    def _row_of(self, group_P: Indices, turn_P: Indices) -> Indices:
        """Return the row that a group's draw number `turn` takes."""
        size_P = self._sizes_G[group_P]
        epoch_P = turn_P // size_P
        keys_P = subkeys(self._keys_G[group_P], epoch_P.astype(np.uint64))
        place_P = (turn_P - epoch_P * size_P).astype(np.uint64)
        return permute(place_P, size_P.astype(np.uint64), keys_P).astype(np.int64)

    def _drawn_before(self, block: int) -> Indices:
        """Return how many draws each group has in the blocks before this one."""
        return (block * self._quotas_G + self._phases_G) // self._num_blocks

    def _layout(self, block: int) -> tuple[Indices, Indices]:
        """Return the group at each place of a block, and what to add to a place for its group's turn."""
        if self._latest is None or self._latest[0] != block:
            before_G = self._drawn_before(block)
            counts_G = self._drawn_before(block + 1) - before_G
            groups = np.repeat(np.arange(len(counts_G)), counts_G)
            self._latest = block, groups, before_G - (np.cumsum(counts_G) - counts_G)
        return self._latest[1:]
