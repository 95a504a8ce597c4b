import numpy as np
import pytest

from training.evaluation.bootstrap import counts, interval, mean


def test_a_cluster_is_drawn_alike_whoever_else_is_there() -> None:
    alone, among = counts(["b"]), counts(["a", "b", "c"])
    assert (alone[:, 0] == among[:, 1]).all()
    assert (counts(["b"], seed=1) != alone).any()


def test_counts_are_poisson_numbers_of_mean_one() -> None:
    found = counts([str(number) for number in range(200)])
    assert found.mean() == pytest.approx(1, abs=0.01)  # deviation of the mean: 1 / sqrt(200,000) = 0.002
    assert found.var() == pytest.approx(1, abs=0.02)


def test_an_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    """400 samples of 100 items in clusters of 2, of a model that is right in 70 %: 95 % +- 2 x 1.1 %."""
    random = np.random.default_rng(7)
    weights = counts([str(number) for number in range(50)]).astype(float)
    held = 0
    for _ in range(400):
        right = 2.0 * (random.random(50) < 0.7)  # both of a cluster, or none
        low, high = interval(mean(np.stack([weights @ right, weights @ np.full(50, 2.0)], axis=-1)))
        held += low <= 70 <= high
    assert 0.915 < held / 400 < 0.975


def test_draws_without_an_item_have_no_figure() -> None:
    assert np.isnan(mean(np.zeros((3, 2)))).all()
    assert interval(np.array([1.0, np.nan, 3.0])) == pytest.approx((1.05, 2.95))
    assert np.isnan(interval(np.array([np.nan]))).all()
