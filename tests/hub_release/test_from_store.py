"""A collection goes from the store to the Hub and on: planned, pushed, compared, repaired, by the commands."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub.server import Hub
from tests.releases import many
from tests.workshop import Workshop

AYA = str(Path(sys.executable).parent / "aya")
REPO = "ada/capitals"
FACTS = {
    "title": "Capitals", "license": "CC0-1.0", "repo": REPO,
    "waive": {"contamination": "questions for tests", "duplicates": "each has a number"},
}  # fmt: skip


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path / "hub", xet=True) as running:
        yield running


def aya(hub: Hub, home: Path, *arguments: str, code: int = 0) -> Any:
    """Run `aya release ... --json` and return what it says."""
    command = [AYA, "release", *arguments, "--json"]
    done = subprocess.run(command, env=hub.environment(home), capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else done.stderr


def built(workshop: Workshop, num: int) -> str:
    """Build questions of which every fourth was written by a model; return the store."""
    workshop.rows([row | {"o": "synthetic" if place % 4 == 3 else "human"} for place, row in enumerate(many(num))])
    columns = {"inputs": "q", "targets": "a", "language": "l", "origin": "o"}
    workshop.recipe(source={"key": "k", "columns": columns}, release=FACTS)
    workshop.build()
    return str(workshop.store.path)


def data(hub: Hub, tag: str) -> dict[str, str]:
    """Return the files of rows of a tag with their checksums."""
    return {path: one.sha256 for path, one in hub.repos[REPO].tree(tag).items() if path.startswith("data/")}


def id_of(workshop: Workshop, number: str) -> str:
    (found,) = [row["id"] for row in workshop.version().arrow().to_pylist() if row["inputs"].startswith(number)]
    return str(found)


@pytest.mark.slow
def test_a_store_is_released_grown_compared_and_repaired_over_the_hub(hub: Hub, workshop: Workshop) -> None:
    home, to = workshop.folder / "home", ("--repo", REPO)
    store = built(workshop, 24)
    planned = aya(hub, home, "plan", store, *to)
    assert (planned["passed"], planned["version"], planned["against"]) == (True, "1.0.0", None)
    assert planned["by_origin"] == {"human": 18, "synthetic": 6}
    assert REPO not in hub.repos
    aya(hub, home, "push", store, *to)
    stems = {path.rpartition("/")[2].partition("-")[0] for path in data(hub, "v1.0.0")}
    assert stems == {"rows~human", "rows~synthetic"}

    shutil.rmtree(workshop.store.path / "releases")  # as on the computer of another curator
    built(workshop, 30)
    planned = aya(hub, home, "plan", store, *to)
    assert (planned["version"], planned["against"], planned["difference"]["num_added"]) == ("1.1.0", "v1.0.0", 6)
    aya(hub, home, "push", store, *to, "--check", "sums")
    assert set(data(hub, "v1.0.0").values()) <= set(data(hub, "v1.1.0").values())

    compared = aya(hub, home, "diff", f"{REPO}@v1.0.0", f"{REPO}@v1.1.0")
    assert (compared["num_added"], compared["num_removed"], compared["bump"]["size"]) == (6, 0, "minor")

    old, new = (f"{REPO}@v1.0.0", f"{REPO}@v1.1.0")
    first, last = (id_of(workshop, number) for number in ("0.", "29."))
    removed = aya(hub, home, "remove", store, first, last, "--reason", "request", *to)
    assert (removed["version"], removed["num_rows"]) == ("1.1.1", 2)
    assert [len(removed["held_by"][where]) for where in (old, new)] == [1, 2]
    aya(hub, home, "push", store, *to, "--check", "sums")
    assert aya(hub, home, "verify", f"{REPO}@v1.1.1") == {"release": f"{REPO}@v1.1.1", "good": True, "faults": []}
