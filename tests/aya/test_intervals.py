import pytest

from aya.intervals import wilson


def test_the_interval_is_wilsons() -> None:
    # 8 of 10: (0.8 + 0.19208 +- 1.96 sqrt(0.016 + 0.009604)) / 1.38416
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5)[0] == 0.0


def test_of_nobody_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
