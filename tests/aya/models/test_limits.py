"""Paces and waits, without waiting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.models.limits import LONGEST_WAIT, Limits, Pace, backoff
from aya.models.model import Usage


def test_a_pace_spaces_calls_evenly() -> None:
    now = [100.0]
    pace = Pace(120, clock=lambda: now[0])  # two a second
    assert [pace.wait() for _ in range(3)] == [0, 0.5, 1.0]
    now[0] += 1.5
    assert pace.wait() == 0
    assert pace.wait(4) == 0.5
    pace.give_back(3)
    assert pace.wait() == 1.0


def test_without_a_limit_nothing_waits() -> None:
    pace = Pace(None)
    pace.wait(10**9)
    assert pace.wait() == 0


@given(attempt=st.integers(0, 60), asked=st.none() | st.floats(0, 100))
def test_a_wait_is_at_least_what_was_asked_for_and_bounded(attempt: int, asked: float | None) -> None:
    assert 0 <= backoff(attempt, asked) - (asked or 0) <= LONGEST_WAIT


def test_a_million_tokens_cost_their_price() -> None:
    limits = Limits(prompt_price=0.5, completion_price=2)
    assert limits.cost(Usage(1_000_000, 500_000)) == pytest.approx(1.5)
