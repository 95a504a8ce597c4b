import random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.components import roots_of_pairs
from dedup.grouping import EMPTY, SHORT, WHOLE, Grouped, Kept, group
from dedup.regrouping import is_small, regroup
from dedup.settled import NO_ROWS, NO_SCORES, NOTHING, Groups, Scores, Settled, settled, without

LIMITS = (126, 127)


def keys_of(num: int, drawn: random.Random, *, crowded: bool) -> Kept:
    """Keys of rows that share buckets, some of them copies; crowded buckets run out of leaders."""
    most = 2 if crowded else num // 2
    bands = [np.array([drawn.randrange(most) * 0x0101_0101 for _ in range(num)], np.uint32) for _ in range(4)]
    sketches = np.zeros((num, 4), np.uint64)
    sketches[:, 0] = [sum(drawn.choice([0, 0, 0, 1 << bit]) for bit in range(0, 40, 2)) for _ in range(num)]
    exact = np.array([drawn.randrange(1 << 64) for _ in range(num)], np.uint64)
    ranks = np.array([drawn.randrange(3) for _ in range(num)], np.uint32)
    states = np.array([drawn.choice([EMPTY, SHORT, WHOLE, WHOLE, WHOLE, WHOLE]) for _ in range(num)], np.uint8)
    for row in range(1, num):
        if drawn.random() < 0.3:  # a copy: all but its rank and its tie are those of a row before
            of = drawn.randrange(row)
            columns: list[npt.NDArray[Any]] = [*bands, sketches, exact, states]
            for column in columns:
                column[row] = column[of]
    ties = np.array([drawn.randrange(1 << 32) for _ in range(num)], np.uint32)
    return Kept(bands, sketches, exact, ranks, ties, states)


def first(kept: Kept, num: int) -> Kept:
    rest = (kept.sketches_NW[:num], kept.exact_N[:num], kept.ranks_N[:num], kept.ties_N[:num], kept.states_N[:num])
    return Kept([keys[:num] for keys in kept.bands_BN], *rest)


def pairs_of(grouped: Grouped) -> set[tuple[int, int]]:
    rows = grouped.rows_M.tolist()
    return {(rows[pair >> 32], rows[pair & 0xFFFFFFFF]) for pair in grouped.pairs.tolist()}


def groups_of(pairs: set[tuple[int, int]], num: int) -> Groups:
    packed = np.array([(one << 32) | other for one, other in sorted(pairs)], np.uint64)
    roots = roots_of_pairs(num, packed)
    members = [row for pair in pairs for row in pair]
    found = [np.flatnonzero(roots == root) for root in sorted({*roots[members].tolist()})]
    rows = np.concatenate([NO_ROWS, *found]).astype(np.uint32)
    return Groups(rows, np.array([len(some) for some in found], np.uint32), np.zeros(len(found), np.uint64))


def grown(
    kept: Kept, before: Settled, pairs: set[tuple[int, int]]
) -> tuple[npt.NDArray[np.uint32], set[tuple[int, int]]]:
    """Return copies and pairs of all rows, given those of the first."""
    found = regroup(kept, LIMITS, before)
    same = {*found.groups.rows.tolist()}
    changed = pairs_of(found.changed)
    assert not same & {row for pair in changed for row in pair}
    return found.changed.copy_of_N, {pair for pair in pairs if pair[0] in same} | changed


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), num=st.integers(4, 90), crowded=st.booleans(), data=st.data())
def test_batch_by_batch_gives_the_copies_and_pairs_of_one_run(
    seed: int, num: int, crowded: bool, data: st.DataObject
) -> None:
    kept = keys_of(num, random.Random(seed), crowded=crowded)
    cuts = sorted(data.draw(st.sets(st.integers(1, num), min_size=1, max_size=3)) | {num})
    start = group(first(kept, cuts[0]), LIMITS)
    copy_of, pairs = start.copy_of_N, pairs_of(start)
    for cut in cuts[1:]:
        before = settled(copy_of, groups_of(pairs, len(copy_of)), NO_SCORES)
        copy_of, pairs = grown(first(kept, cut), before, pairs)
    joint = group(kept, LIMITS)
    assert copy_of.tolist() == joint.copy_of_N.tolist()
    assert pairs == pairs_of(joint)


def test_pairs_that_new_leaders_displace_go() -> None:
    """A bucket has 16 leaders; new rows that are preferred take their places."""
    num = 40
    sketches = np.zeros((num, 4), np.uint64)
    sketches[:, 0] = [1 << 2 * (row % 32) for row in range(num)]  # any two differ in two slots at most: 126 agree
    exact = np.arange(num, 0, -1).astype(np.uint64) << np.uint64(40)  # the later a row, the more preferred
    zeros = np.zeros(num, np.uint32)
    kept = Kept([zeros], sketches, exact, zeros, zeros, np.full(num, WHOLE, np.uint8))
    start = group(first(kept, 20), (126, 128))
    before = settled(start.copy_of_N, groups_of(pairs_of(start), 20), NO_SCORES)
    found = pairs_of(regroup(kept, (126, 128), before).changed)
    assert (0, 19) in pairs_of(start)
    assert (0, 19) not in found
    assert found == pairs_of(group(kept, (126, 128)))


def test_rows_of_a_group_leave_with_all_of_it() -> None:
    rows, sizes, names = (
        np.array([4, 7, 1, 2, 9], np.uint32),
        np.array([2, 3], np.uint32),
        np.array([11, 12], np.uint64),
    )
    groups = Groups(rows, sizes, names)
    scores = Scores(
        np.array([7, 9], np.uint32), np.array([4, 1], np.uint32), np.ones(2, np.float32), np.ones(2, np.bool_)
    )
    left, kept, gone = without(groups, scores, np.array([2, 5], np.uint32))
    assert (left.rows.tolist(), left.sizes.tolist(), left.names.tolist()) == ([4, 7], [2], [11])
    assert (kept.rows.tolist(), gone.tolist()) == ([7], [1, 2, 5, 9])


@pytest.mark.parametrize(("new", "small"), [(0, True), (125, True), (126, False), (1000, False)])
def test_an_eighth_of_all_rows_is_few(new: int, small: bool) -> None:
    assert is_small(NOTHING._replace(num_rows=1000 - new), 1000) is small
