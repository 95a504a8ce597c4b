from itertools import permutations

import numpy as np
import pytest

from tests.training.judging.simulated import Ints, verdicts
from training.judging.bradley_terry import strengths
from training.judging.resampling import Estimate, Resampling

TRUTH = {"a": 0.5, "b": 0.2, "c": 0.0, "d": -0.7}
ORDER, TIE = 0.4, -0.6


def simulated(seed: int, num: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return first, second, verdict and prompt of `num` prompts, every ordered pair of systems on each."""
    two = np.array(list(permutations(range(len(TRUTH)), 2)))
    first, second = np.tile(two.T, num)
    strong = np.array([*TRUTH.values()])
    found = verdicts(np.random.default_rng(seed), strong[first] - strong[second], order=ORDER, tie=TIE)
    return first, second, found, np.repeat(np.arange(num), len(two))


def holds(found: Estimate, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


def test_strengths_order_and_ties_are_found_again() -> None:
    found = strengths([*TRUTH], *simulated(0, 400), Resampling(draws=200))
    assert {name: one.value for name, one in found.systems.items()} == pytest.approx(TRUTH, abs=0.12)
    assert found.order.value == pytest.approx(ORDER, abs=0.1)
    assert found.tie.value == pytest.approx(TIE, abs=0.1)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    for seed in range(60):
        found = strengths([*TRUTH], *simulated(seed, 60), Resampling(draws=150, seed=seed))
        held += [holds(found.systems[name], truth) for name, truth in TRUTH.items()]
        held += [holds(found.order, ORDER), holds(found.tie, TIE)]
    assert 0.90 <= np.mean(held) <= 0.985  # 360 intervals of 95 %


def test_two_systems_alone_differ_by_the_log_odds_of_their_verdicts() -> None:
    # 30 to 10 whichever is shown first, no tie: log 3 apart, no worth of the order
    outcomes = np.array([0] * 30 + [2] * 10 + [2] * 30 + [0] * 10)
    first = np.repeat([0, 1], 40)
    found = strengths(["a", "b"], first, 1 - first, outcomes, np.arange(80), Resampling(draws=20))
    difference = (found.systems["a"].value or 0) - (found.systems["b"].value or 0)
    assert difference == pytest.approx(np.log(3), abs=0.01)
    assert found.order.value == pytest.approx(0, abs=1e-6)


def test_who_wins_everything_is_not_infinitely_strong() -> None:
    found = strengths(
        ["a", "b"], np.zeros(20, int), np.ones(20, int), np.zeros(20, int), np.arange(20), Resampling(draws=20)
    )
    assert found.systems["a"].value is not None
    assert 0 < found.systems["a"].value < 10


def test_no_verdict_says_nothing() -> None:
    none = np.array([], np.int64)
    found = strengths(["a", "b"], none, none, none, none, Resampling(draws=20))
    assert found.systems["a"].value == 0
