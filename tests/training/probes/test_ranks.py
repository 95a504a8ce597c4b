from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, mannwhitneyu

from training.probes.ranks import discoveries, pairs, pairwise

VALUES = st.lists(st.integers(0, 30).map(float), min_size=2, max_size=14)


@given(samples=st.lists(VALUES, min_size=2, max_size=4))
def test_p_is_that_of_scipy(samples: list[list[float]]) -> None:
    found = pairwise([np.array(some) for some in samples])
    for (first, second), p in zip(pairs(len(samples)), found, strict=True):
        one, other = samples[first], samples[second]
        ties = len({*one, *other}) < len(one) + len(other)
        method: Any = "asymptotic" if ties or min(len(one), len(other)) > 8 else "exact"
        expected = mannwhitneyu(one, other, method=method).pvalue if len({*one, *other}) > 1 else 1.0
        assert p == pytest.approx(expected, abs=1e-12)


def test_p_of_few_is_counted_by_hand() -> None:
    # Of the 20 orders of 3 and 3 values, 2 are wholly apart.
    assert pairwise([np.array([1.0, 2, 3]), np.array([4.0, 5, 6])])[0] == pytest.approx(2 / 20)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_discoveries_are_those_of_scipy(p: list[float]) -> None:
    assert discoveries(np.array(p)) == int((false_discovery_control(p) <= 0.05).sum())
