import numpy as np
import pytest

from training.judging.calibration import Double
from training.judging.kappa import kappa
from training.judging.resampling import NOTHING, Resampling

HOW = Resampling(draws=300)


def test_kappa_is_what_the_tables_of_two_come_to_by_hand() -> None:
    # Of 50, 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: .7 alike, .5 by chance (.5 * .6 + .5 * .4): (.7 - .5) / .5.
    found = kappa(Double(20, 5, 10, 15).pairs, HOW)
    assert found.value == pytest.approx(0.4)
    assert found.low is not None
    assert found.high is not None
    assert 0.1 < found.low < 0.4 < found.high < 0.7


def test_what_agrees_by_chance_alone_has_a_kappa_about_0() -> None:
    random = np.random.default_rng(0)
    one, other = (random.choice(["win", "tie", "loss"], 2_000, p=[0.6, 0.1, 0.3]).tolist() for _ in range(2))
    found = kappa([*zip(one, other, strict=True)], HOW)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert found.width < 0.1


def test_where_chance_does_all_there_is_no_kappa() -> None:
    assert kappa([("no", "no")] * 9, HOW) == NOTHING
    assert kappa([], HOW) == NOTHING
    alike = kappa([("yes", "yes"), ("no", "no")] * 9, HOW)
    assert (alike.value, alike.low) == (1.0, None)
