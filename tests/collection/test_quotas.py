import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collection.quotas import Counts, apportion

WEIGHTS = st.lists(
    st.tuples(st.one_of(st.just(0.0), st.floats(1e-200, 1e200)), st.integers(0, 2**36)), min_size=1, max_size=30
)


def quotas(total: int, weights: list[float], capacities: list[int] | None = None) -> list[int]:
    most: Counts = np.asarray(capacities or [2**36] * len(weights), np.int64)
    found: list[int] = apportion(total, np.asarray(weights, np.float64), most).tolist()
    return found


def test_fractions_go_by_the_largest_remainder() -> None:
    assert quotas(10, [1, 1, 1]) == [4, 3, 3]  # 3.33 each: the first of equals
    assert quotas(10, [5, 3, 1]) == [6, 3, 1]  # 5.56, 3.33, 1.11
    assert quotas(7, [0, 2, 1]) == [0, 5, 2]  # 4.67, 2.33
    assert quotas(0, [1, 2]) == [0, 0]


def test_what_is_above_a_capacity_goes_to_the_others_by_weight() -> None:
    # 100 by 5:3:2 is 50, 30, 20; the first holds 10, so 90 by 3:2 is 54 and 36.
    assert quotas(100, [5, 3, 2], [10, 99, 99]) == [10, 54, 36]
    # The second holds only 40, so the third gets the rest.
    assert quotas(100, [5, 3, 2], [10, 40, 99]) == [10, 40, 50]


def test_a_total_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"8 is more than the capacities hold \(7\)"):
        quotas(8, [1, 1, 0], [3, 4, 9])


@given(WEIGHTS, st.integers(0, 2**36))
def test_quotas_are_exact_and_fit(drawn: list[tuple[float, int]], total: int) -> None:
    weights, capacities = [w for w, _ in drawn], [c for _, c in drawn]
    room = sum(c for w, c in drawn if w > 0)
    assume(room > 0)
    found = quotas(min(total, room), weights, capacities)
    assert sum(found) == min(total, room)
    assert all(0 <= quota <= most for quota, most in zip(found, capacities, strict=True))
    assert all(quota == 0 for quota, weight in zip(found, weights, strict=True) if weight == 0)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50), st.integers(0, 10**9))
def test_quotas_are_within_one_of_the_ideal(weights: list[float], total: int) -> None:
    for quota, weight in zip(quotas(total, weights), weights, strict=True):
        assert quota == pytest.approx(total * weight / sum(weights), abs=1.001)


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=20), st.integers(0, 1000))
def test_more_weight_never_gets_less(weights: list[float], total: int) -> None:
    by_weight = [quota for _, quota in sorted(zip(weights, quotas(total, weights), strict=True))]
    assert by_weight == sorted(by_weight)
