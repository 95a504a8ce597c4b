import numpy as np
import pytest

from training.judging.calibration import Double, by_other_sample, by_own_sample, double
from training.judging.resampling import Estimate, Resampling

SENSITIVITY, SPECIFICITY, TRUTH = 0.7, 0.9, 0.25
HOW = Resampling(draws=1000)


def holds(found: Estimate) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= TRUTH <= found.high


def judged(random: np.random.Generator, num: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what a judge with known errors and what people say of answers."""
    people = random.random(num) < TRUTH
    return random.random(num) < np.where(people, SENSITIVITY, 1 - SPECIFICITY), people


def test_a_judge_that_is_wrong_is_put_right() -> None:
    judge, people = judged(np.random.default_rng(0), 4000)
    sample = double(judge[:1000].tolist(), people[:1000].tolist())
    assert judge.mean() == pytest.approx(TRUTH * SENSITIVITY + (1 - TRUTH) * (1 - SPECIFICITY), abs=0.02)
    for method in (by_own_sample, by_other_sample):
        found = method(int(judge.sum()), 4000, sample, HOW)
        assert found.share.value == pytest.approx(TRUTH, abs=0.04)


@pytest.mark.parametrize("own", [True, False])
def test_intervals_hold_the_truth_as_often_as_they_say(own: bool) -> None:
    """Small samples, as people label: 400 answers, 80 labels; 300 times."""
    random, held = np.random.default_rng(1), 0
    for seed in range(300):
        judge, people = judged(random, 400)
        if own:
            made = by_own_sample(
                int(judge.sum()), 400, double(judge[:80], people[:80]), Resampling(draws=400, seed=seed)
            )
        else:
            sample = double(*judged(random, 80))
            made = by_other_sample(int(judge.sum()), 400, sample, Resampling(draws=400, seed=seed))
        held += holds(made.share)
    assert 0.92 <= held / 300 <= 0.985


def test_few_labels_leave_much_open() -> None:
    few, many = (by_own_sample(50, 200, Double(4 * num, num, num, 14 * num), HOW).share for num in (1, 20))
    assert few.value == many.value
    assert few.width > 2 * many.width


def test_no_label_leaves_all_open() -> None:
    found = by_own_sample(50, 200, Double(0, 0, 0, 0), HOW).share
    assert found.width > 0.8


def test_a_judge_that_guesses_tells_nothing_of_other_answers() -> None:
    found = by_other_sample(100, 200, Double(10, 10, 10, 10), HOW).share
    assert found.width > 0.8


def test_a_rare_label_is_judged_by_f1() -> None:
    sample = double([True, False, True, *[False] * 97], [True, True, False, *[False] * 97])
    assert sample == Double(1, 1, 1, 97)
    assert sample.alike == 0.98
    assert sample.f1 == 0.5


def test_nothing_judged_has_no_rate() -> None:
    assert by_own_sample(0, 0, Double(0, 0, 0, 0), HOW).share.value is None
