"""A collection that grew by a twentieth sends little more than the new rows."""

import random
from typing import Any

import pytest

from hub_release.remote import Remote
from tests.hub.server import Hub
from tests.hub_release.test_killed import REPO, finish
from tests.releases import made, many
from tests.workshop import Workshop, contents


def long(num: int) -> list[dict[str, Any]]:
    """Return questions with answers that hardly compress, as many bytes as a kilobyte each."""
    draws = random.Random(7)
    return [row | {"a": f"{row['a']} {draws.randbytes(500).hex()}"} for row in many(num)]


@pytest.mark.slow
@pytest.mark.parametrize("xet", [False, True], ids=["lfs", "xet"])
def test_five_percent_more_rows_send_less_than_eight_percent_of_the_bytes(workshop: Workshop, xet: bool) -> None:
    back = workshop.folder / "back"
    first = made(workshop, long(12_000), "1.0.0")
    second = made(workshop, long(12_600), "1.1.0", previous=first)
    with Hub(workshop.folder / "hub", xet=xet) as hub:
        finish(hub, first.path, workshop.folder / "home")
        hub.weather.clear()
        finish(hub, second.path, workshop.folder / "home")
        sent = sum(one.bytes_in for one in hub.weather.requests())
        Remote(REPO, endpoint=hub.url, token=hub.token("ada")).fetch(contents(second.path), "v1.1.0", back)
    whole = sum(len(data) for data in contents(second.path).values())
    assert contents(back) == contents(second.path)
    assert sent < 0.08 * whole, f"{sent:,} of {whole:,} bytes"
