import pickle

import pytest
from pydantic import ValidationError

from collection.mixture_plan import Amount, Group, MixturePlan


def group(source: str, language: str, size: int, quota: int) -> Group:
    return Group(
        source=source,
        dataset="d",
        language=language,
        pool=source,
        size=size,
        quota=quota,
        asked=quota / 30,
        natural=size / 40,
    )


PLAN = MixturePlan(
    seed=3, total=30, groups=(group("a", "yor", 10, 20), group("b", "tel", 20, 5), group("b", "yor", 10, 5))
)


def test_a_plan_is_the_same_after_json_and_pickle() -> None:
    again = MixturePlan.model_validate_json(PLAN.model_dump_json())
    assert again == PLAN
    assert again.draws(0, 30).row.tolist() == PLAN.draws(0, 30).row.tolist()
    assert pickle.loads(pickle.dumps(PLAN)) == PLAN


def test_the_order_of_a_plan_is_the_same_on_every_machine() -> None:
    drawn = PLAN.draws(0, 8)
    assert list(zip(drawn.group.tolist(), drawn.row.tolist(), strict=True)) == [
        (0, 2),
        (2, 1),
        (2, 0),
        (0, 5),
        (0, 0),
        (1, 14),
        (0, 2),
        (0, 4),
    ]


def test_resumed_batches_go_on_where_they_stopped() -> None:
    whole = PLAN.draws(0, 30)
    pieces = [*PLAN.batches(7, start=13)]
    assert [len(piece.row) for piece in pieces] == [7, 7, 3]
    assert [row for piece in pieces for row in piece.row.tolist()] == whole.row[13:].tolist()
    assert PLAN.draws(3, 30, 9).group.tolist() == whole.group[[3, 12, 21]].tolist()


def test_positions_outside_are_refused() -> None:
    for start, stop in ((-1, 3), (5, 4), (0, 31)):
        with pytest.raises(ValueError, match=rf"no positions {start}:{stop}:1 in a mixture of 30 draws"):
            PLAN.draws(start, stop)


def test_amounts_add_up_by_language() -> None:
    assert PLAN.amounts("language") == {
        "tel": Amount(size=20, quota=5, asked=5 / 30, natural=0.5),
        "yor": Amount(size=20, quota=25, asked=20 / 30 + 5 / 30, natural=0.5),
    }
    assert PLAN.amounts("source")["a"].epochs == 2


def test_a_plan_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValidationError, match="quotas sum to 20, not to the total of 21"):
        MixturePlan(seed=0, total=21, groups=(group("a", "yor", 10, 20),))
    with pytest.raises(ValidationError, match="two groups have the same source, dataset and language"):
        MixturePlan(seed=0, total=2, groups=(group("a", "yor", 1, 1), group("a", "yor", 1, 1)))
