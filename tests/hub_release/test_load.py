"""A release is loaded by its tag, that version and no other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aya.errors import UserError
from hub_release.load import fetch
from hub_release.push import push
from hub_release.remote import Remote
from hub_release.verify import configurations, verify_folder
from tests.hub.server import Hub
from tests.hub_release.releases import write_release

REPO = "ada/made"
LOAD = """
import json, sys
from aya.errors import UserError
from hub_release.load import load
for tag, config, streaming in json.loads(sys.argv[1]):
    try:
        rows = load("ada/made", tag, config, streaming=streaming)["train"]
        print(sum(1 for _ in rows))
    except UserError as error:
        print(error)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Yield a Hub with two versions: 50 rows of Yoruba and Amharic each, then 100 of Yoruba and none of Amharic."""
    one = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 1, "amh_Ethi": 1})
    two = write_release(tmp_path / "two", "2.0.0", {"yor_Latn": 2}, previous="v1.0.0")
    with Hub(tmp_path / "hub", xet=True) as running:
        for folder in (one, two):
            push(folder, REPO, endpoint=running.url, token=running.token("ada"), check="sums")
        running.weather.clear()
        yield running


def loaded(hub: Hub, home: Path, *asked: tuple[str, str, bool], **more: str) -> list[str]:
    command = [sys.executable, "-c", LOAD, json.dumps(asked)]
    done = subprocess.run(command, env=hub.environment(home, **more), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.slow
def test_without_a_network_another_version_is_never_served(hub: Hub, tmp_path: Path) -> None:
    home, offline = tmp_path / "home", {"HF_HUB_OFFLINE": "1"}
    one, two = ("v1.0.0", "yor_Latn", False), ("v2.0.0", "yor_Latn", False)
    assert loaded(hub, home, one, two) == ["50", "100"]
    assert loaded(hub, home, one, two, **offline) == ["50", "100"]
    lacking = loaded(hub, home, ("v9.9.9", "yor_Latn", False), ("v1.0.0", "amh_Ethi", False), **offline)
    assert lacking[0] == "ada/made@v9.9.9 was not loaded before, and the Hub can not be reached"
    assert "data/amh_Ethi/made-train-00000.parquet of ada/made" in lacking[1]


@pytest.mark.slow
def test_streaming_a_language_reads_its_files_alone(hub: Hub, tmp_path: Path) -> None:
    assert loaded(hub, tmp_path / "home", ("v1.0.0", "yor_Latn", True)) == ["50"]
    read = {one.path.partition("/data/")[2] for one in hub.weather.requests("*/resolve/*/data/*")}
    assert read == {"yor_Latn/made-train-00000.parquet"}


def test_a_branch_is_no_version(hub: Hub, tmp_path: Path) -> None:
    remote = Remote(REPO, endpoint=hub.url, token=hub.token("ada"))
    with pytest.raises(UserError, match=r"no release 'main' in ada/made; it has v1\.0\.0, v2\.0\.0"):
        fetch(remote, "main", tmp_path / "out")
    with pytest.raises(UserError, match=r"no configuration 'yor_Latin'.* did you mean 'yor_Latn'"):
        fetch(remote, "v1.0.0", tmp_path / "out", "yor_Latin")


def test_a_manifest_is_read_at_its_revision(hub: Hub) -> None:
    remote = Remote(REPO, endpoint=hub.url, token=hub.token("ada"))
    found = {tag: remote.manifest(tag) for tag in remote.tags()}
    assert {tag: manifest and manifest["version"] for tag, manifest in found.items()} == {
        "v1.0.0": "1.0.0",
        "v2.0.0": "2.0.0",
    }
    assert remote.head("v2.0.0") == remote.head()


def test_the_faults_of_a_folder_are_named(tmp_path: Path) -> None:
    folder = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 2, "amh_Ethi": 1})
    assert verify_folder(folder, load=False)[1] == []
    first, second, third = sorted(folder.glob("data/*/*.parquet"))
    first.unlink()
    second.write_bytes(third.read_bytes())
    (folder / "data/more.parquet").write_bytes(b"PAR1")
    assert [fault.split(":")[0] for fault in verify_folder(folder, load=False)[1]] == [
        "data/more.parquet is not in the manifest",
        "data/yor_Latn/made-train-00000.parquet is not the file that was prepared",
        "data/amh_Ethi/made-train-00000.parquet is missing",
    ]


def test_configurations_are_those_of_the_card() -> None:
    card = (
        "---\nconfigs:\n- config_name: yor\n  data_files:\n  - {split: train, path: [a.parquet, b.parquet]}\n---\nText"
    )
    assert configurations(card) == {"yor": {"train": ["a.parquet", "b.parquet"]}}
    assert configurations("# No head") == {}
