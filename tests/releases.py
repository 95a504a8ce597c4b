"""Releases for tests: collections built for real, in a folder of their own."""

from typing import Any

import pyarrow.parquet as pq

from aya.stage import Facts
from hub_release.draft import Request
from hub_release.prepare import prepare
from hub_release.release import Release
from tests.workshop import QUESTIONS, Workshop

DATE = "2026-11-23"


def many(num: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Return questions in six scripts, each with a number of its own."""
    rows = []
    for number in range(start, start + num):
        one = QUESTIONS[number % len(QUESTIONS)]
        rows.append(one | {"q": f"{number}. {one['q']}", "k": f"k{number}"})
    return rows


def made(
    workshop: Workshop, rows: list[dict[str, Any]], version: str, *, previous: Release | None = None, **facts: Any
) -> Release:
    """Build rows and prepare a release of them."""
    workshop.rows(rows)
    workshop.recipe(source={"key": "k"})
    return released(workshop, version, previous=previous, **facts)


def released(workshop: Workshop, version: str, *, previous: Release | None = None, **facts: Any) -> Release:
    """Prepare a release of the recipe as it stands."""
    workshop.build()
    request = Request(version, DATE, Facts(title="Capitals", license="CC0-1.0", **facts))
    home = workshop.store.path / "releases"
    return prepare(workshop.version().path, home, request, previous=None if previous is None else previous.path)


def rows_of(release: Release) -> dict[str, dict[str, Any]]:
    """Return all rows by id."""
    return {row["id"]: row for path in release.paths() for row in pq.read_table(path).to_pylist()}
