"""The cluster and the S3 server that the tests of the Ray engine share."""

from collections.abc import Iterator

import pytest

from tests.ray_cluster import Machines, machines
from tests.s3 import bucket_of_a_server


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """Return the URL of a bucket of an S3 server."""
    with bucket_of_a_server() as url:
        yield url


@pytest.fixture(scope="session")
def _machines(bucket: str) -> Iterator[Machines]:  # which must find the server in their environment
    with machines() as made:
        yield made


@pytest.fixture
def cluster(_machines: Machines) -> Machines:
    """Return a cluster of two machines with a processor each; one that an earlier test killed is there again."""
    _machines.two()
    return _machines
