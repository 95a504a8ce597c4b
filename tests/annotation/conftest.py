"""One real Argilla server for the tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.argilla import Argilla


@pytest.fixture(scope="session")
def argilla(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Argilla]:
    """Yield a server that runs; tests that use it are of the xdist group `argilla`, so that there is one."""
    server = Argilla(tmp_path_factory.mktemp("argilla"))
    yield server
    server.stop()
