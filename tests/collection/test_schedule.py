from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collection.schedule import Schedule

AMOUNTS = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 70)), min_size=1, max_size=4)
BLOCKS = st.sampled_from([8, 65_536])

Pair = tuple[int, int]


def schedule_of(amounts: list[Pair], *, seed: int = 0, block: int = 65_536) -> Schedule:
    """Return a schedule of groups with these sizes and quotas."""
    sizes, quotas = [size for size, _ in amounts], [quota for _, quota in amounts]
    names = [str(number) for number in range(len(amounts))]
    return Schedule(seed=seed, names=names, sizes=sizes, quotas=quotas, block=block)


def pairs(schedule: Schedule, positions: range | list[int]) -> list[Pair]:
    drawn = schedule.draws(np.asarray(positions, np.int64))
    return list(zip(drawn.group.tolist(), drawn.row.tolist(), strict=True))


@given(AMOUNTS, BLOCKS, st.integers(0, 9))
def test_every_quota_is_met_and_rows_repeat_evenly(amounts: list[Pair], block: int, seed: int) -> None:
    schedule = schedule_of(amounts, seed=seed, block=block)
    drawn = Counter(pairs(schedule, range(schedule.total)))
    for group, (size, quota) in enumerate(amounts):
        counts = [drawn[group, row] for row in range(size)]
        assert sum(counts) == quota
        assert {quota // size, -(-quota // size)} >= set(counts)


@settings(max_examples=40)
@given(AMOUNTS, BLOCKS, st.data())
def test_single_draws_and_any_pieces_agree_with_the_whole(amounts: list[Pair], block: int, data: st.DataObject) -> None:
    schedule = schedule_of(amounts, block=block)
    whole = pairs(schedule, range(schedule.total))
    positions = data.draw(st.lists(st.integers(0, schedule.total - 1), max_size=3)) if whole else []
    assert pairs(schedule, positions) == [whole[i] for i in positions]
    assert [pairs(schedule, [i])[0] for i in positions] == [whole[i] for i in positions]
    for world in (2, 7):
        ranks = [pairs(schedule, range(rank, schedule.total, world)) for rank in range(world)]
        assert [ranks[i % world][i // world] for i in range(schedule.total)] == whole


def test_epochs_of_a_group_come_one_after_another_in_other_orders() -> None:
    rows = [row for _, row in pairs(schedule_of([(50, 150)], block=10), range(150))]  # 5 blocks an epoch
    epochs = [rows[:50], rows[50:100], rows[100:]]
    assert [sorted(epoch) for epoch in epochs] == [list(range(50))] * 3
    assert epochs[0] != epochs[1] != epochs[2] != list(range(50))


def test_any_stretch_is_mixed_like_the_whole() -> None:
    # 100 groups of one draw, one of 99,900: 100,000 draws in 1,000 blocks of about 100.
    schedule = schedule_of([(10, 1)] * 100 + [(1000, 99_900)], block=100)
    small = [i for i, (group, _) in enumerate(pairs(schedule, range(schedule.total))) if group < 100]
    quarters = Counter(i * 4 // schedule.total for i in small)
    assert min(quarters.values()) > 10  # 25 each if they were even
    large = schedule_of([(10, 3_000), (10, 7_000)], block=100)
    for start in range(0, 10_000, 1_000):
        first = sum(group == 0 for group, _ in pairs(large, range(start, start + 1_000)))
        assert abs(first - 300) <= 60  # a block of 100 at either end can be cut through


def test_another_group_or_quota_does_not_change_a_group_s_order() -> None:
    def rows(amounts: list[Pair]) -> list[int]:
        schedule = schedule_of(amounts, block=1)  # so that draws of a group stand in order
        return [row for group, row in pairs(schedule, range(schedule.total)) if group == 0]

    alone = rows([(40, 40)])
    assert rows([(40, 40), (7, 90)]) == alone
    assert rows([(40, 80)])[:40] == alone


def test_another_seed_gives_another_order() -> None:
    amounts = [(40, 40), (40, 40)]
    assert pairs(schedule_of(amounts, seed=1), range(80)) != pairs(schedule_of(amounts, seed=2), range(80))
