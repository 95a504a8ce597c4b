"""Fixtures that several tests share; they make, they do not check."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports torch or numpy, and for all processes that tests start: two threads of one test wait for each
# other while another test has the processor, and burn it meanwhile.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.workshop import QUESTIONS, Workshop

# A busy machine is no fault of the code; in CI the same examples come every time.
settings.register_profile(
    "aya", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("aya")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Return a folder with six questions in six scripts and a recipe over them."""
    made = Workshop(tmp_path)
    made.rows(QUESTIONS)
    made.recipe()
    return made


@pytest.fixture
def one_thread() -> None:
    """Let torch add up with one thread: two add up in another order, and wait for each other on a busy machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real data; the test is skipped where there is none."""
    folder = os.environ.get("AYA_DATA")
    if not folder:
        pytest.skip("AYA_DATA is not set")
    return Path(folder)
