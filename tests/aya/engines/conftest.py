"""The cluster that the tests of the Ray engine share."""

from collections.abc import Iterator

import pytest

from tests.ray_cluster import Machines, machines


@pytest.fixture(scope="session")
def _machines() -> Iterator[Machines]:
    with machines() as made:
        yield made


@pytest.fixture
def cluster(_machines: Machines) -> Machines:
    """Return a cluster of two machines with a processor each; one that an earlier test killed is there again."""
    _machines.two()
    return _machines
