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
    """Return questions with answers that hardly compress, two kilobytes each."""
    draws = random.Random(7)
    return [row | {"a": f"{row['a']} {draws.randbytes(1_000).hex()}"} for row in many(num)]


@pytest.mark.slow
def test_five_percent_more_rows_send_less_than_eight_percent_of_the_bytes(workshop: Workshop) -> None:
    first = made(workshop, long(6_000), "1.0.0")
    second = made(workshop, long(6_300), "1.1.0", previous=first)
    whole = sum(len(data) for data in contents(second.path).values())
    for xet in (False, True):
        back = workshop.folder / f"back-{xet}"
        with Hub(workshop.folder / f"hub-{xet}", xet=xet) as hub:
            finish(hub, first.path, workshop.folder / f"home-{xet}")
            hub.weather.clear()
            finish(hub, second.path, workshop.folder / f"home-{xet}")
            sent = sum(one.bytes_in for one in hub.weather.requests())
            Remote(REPO, endpoint=hub.url, token=hub.token("ada")).fetch(contents(second.path), "v1.1.0", back)
        assert contents(back) == contents(second.path)
        assert sent < 0.08 * whole, f"{sent:,} of {whole:,} bytes"
