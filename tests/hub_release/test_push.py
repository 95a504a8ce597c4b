"""Releases pushed to a Hub by the real clients: whole, once, resumable, and refused where main moved."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_release.remote import Remote
from tests.hub.server import Hub
from tests.hub_release.releases import write_release
from tests.releases import made, many
from tests.workshop import Workshop, contents

AYA = str(Path(sys.executable).parent / "aya")
REPO = "ada/made"


@pytest.fixture
def lfs(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path / "hub") as running:
        yield running


def aya(hub: Hub, home: Path, *arguments: str, user: str = "ada", **more: str) -> subprocess.CompletedProcess[str]:
    environment = hub.environment(home, user, **more)
    return subprocess.run([AYA, "release", *arguments], env=environment, capture_output=True, text=True, check=False)


def done(ran: subprocess.CompletedProcess[str]) -> str:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "hf_write" not in ran.stdout + ran.stderr
    return ran.stdout


def remote(hub: Hub) -> Remote:
    return Remote(REPO, endpoint=hub.url, token=hub.token("ada"))


@pytest.mark.slow
@pytest.mark.parametrize(("xet", "through"), [(False, "commit"), (True, "pull-request")], ids=["lfs", "xet"])
def test_two_versions_go_there_and_come_back_byte_for_byte(tmp_path: Path, xet: bool, through: str) -> None:
    with Hub(tmp_path / "hub", xet=xet) as hub:
        _there_and_back(hub, tmp_path, through)


def _there_and_back(hub: Hub, tmp_path: Path, through: str) -> None:
    """Push two versions, load and verify each by its tag, which loads every configuration with an empty cache."""
    asked = ("--repo", REPO, "--unchecked", "--through", through, "--check", "sums")
    one = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 2, "amh_Ethi": 1})
    two = write_release(tmp_path / "two", "1.1.0", {"yor_Latn": 2, "arb_Arab": 1}, previous="v1.0.0")
    for folder in (one, two):
        done(aya(hub, tmp_path / "home", "push", str(folder), *asked))
    for folder, tag in ((one, "v1.0.0"), (two, "v1.1.0")):
        out = tmp_path / tag
        done(aya(hub, tmp_path / "home", "load", f"{REPO}@{tag}", "--out", str(out)))
        assert contents(out) == contents(folder)
        assert "good" in done(aya(hub, tmp_path / "home", "verify", f"{REPO}@{tag}"))
    assert remote(hub).head() == remote(hub).tags()["v1.1.0"]
    done(aya(hub, tmp_path / "home", "load", f"{REPO}@v1.0.0", "--config", "amh_Ethi", "--out", str(tmp_path / "amh")))
    assert [path for path in contents(tmp_path / "amh") if "data" in path] == ["data/amh_Ethi/made-train-00000.parquet"]
    again = aya(hub, tmp_path / "home", "push", str(two), "--repo", REPO, "--unchecked")
    assert "was there already" in done(again)


@pytest.mark.slow
def test_a_release_made_on_an_old_main_is_refused_by_name(lfs: Hub, tmp_path: Path) -> None:
    one = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 1})
    done(aya(lfs, tmp_path / "home", "push", str(one), "--repo", REPO, "--unchecked", "--check", "sums"))
    ours = write_release(tmp_path / "ours", "1.1.0", {"yor_Latn": 2}, previous="v1.0.0")
    theirs = write_release(tmp_path / "theirs", "1.2.0", {"yor_Latn": 3}, previous="v1.0.0")
    pushed = aya(
        lfs, tmp_path / "bob", "push", str(theirs), "--repo", REPO, "--unchecked", "--check", "sums", user="bob"
    )
    done(pushed)
    late = aya(lfs, tmp_path / "home", "push", str(ours), "--repo", REPO, "--unchecked", "--check", "sums")
    assert late.returncode == 1
    assert "moved since v1.0.0" in late.stderr
    assert "'Release v1.2.0' by bob" in late.stderr
    assert set(remote(lfs).tags()) == {"v1.0.0", "v1.2.0"}


@pytest.mark.slow
@pytest.mark.parametrize("through", ["commit", "pull-request"])
def test_of_two_curators_at_once_one_is_refused(lfs: Hub, tmp_path: Path, through: str) -> None:
    base = write_release(tmp_path / "base", "1.0.0", {"yor_Latn": 1})
    done(aya(lfs, tmp_path / "home", "push", str(base), "--repo", REPO, "--unchecked", "--check", "sums"))
    folders = {
        user: write_release(tmp_path / user, version, {"yor_Latn": 1, place: 2}, previous="v1.0.0")
        for user, version, place in (("ada", "1.1.0", "amh_Ethi"), ("bob", "1.2.0", "arb_Arab"))
    }
    arguments = ("--repo", REPO, "--unchecked", "--check", "sums", "--through", through)
    running = [
        subprocess.Popen(
            [AYA, "release", "push", str(folder), *arguments],
            env=lfs.environment(tmp_path / f"home-{user}", user),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for user, folder in folders.items()
    ]  # fmt: skip
    said = [process.communicate()[1] for process in running]
    codes = [process.returncode for process in running]
    assert sorted(codes) == [0, 1], said
    winner, loser = ("ada", "bob") if codes == [0, 1] else ("bob", "ada")
    assert "moved since" in said[codes.index(1)]
    assert f"by {winner}" in said[codes.index(1)]
    tree = remote(lfs).files()
    assert {path for path in tree if path != ".gitattributes"} == set(contents(folders[winner]))
    assert len(remote(lfs).tags()) == 2, loser


@pytest.mark.slow
def test_a_commit_whose_answer_is_lost_is_not_made_twice(lfs: Hub, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 2})
    for match in ("POST */commit/*", "POST */tag/*", "POST */repos/create"):
        lfs.fault(match, -1)
    lfs.fault("POST */commit/*", 503, after=1)
    lfs.fault("POST */preupload/*", 429, headers={"Retry-After": "1"})
    done(aya(lfs, tmp_path / "home", "push", str(folder), "--repo", REPO, "--unchecked", "--check", "sums"))
    assert [item.title for _, item in lfs.repos[REPO].history(remote(lfs).head())] == [
        "Release v1.0.0",
        "initial commit",
    ]
    assert list(remote(lfs).tags()) == ["v1.0.0"]


@pytest.mark.slow
def test_a_broken_release_is_not_sent(lfs: Hub, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 1})
    (path,) = folder.glob("data/*/*.parquet")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    refused = aya(lfs, tmp_path / "home", "push", str(folder), "--repo", REPO, "--unchecked")
    assert refused.returncode == 1
    assert f"{path.relative_to(folder)} is not the file that was prepared" in refused.stderr
    assert REPO not in lfs.repos


@pytest.mark.slow
def test_a_configuration_that_does_not_load_is_found_before_main_changes(lfs: Hub, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 1})
    card = folder / "README.md"
    card.write_text(card.read_text().replace("data/yor_Latn/", "data/yor_Arab/"))
    for through in ("commit", "pull-request"):
        refused = aya(lfs, tmp_path / "home", "push", str(folder), "--repo", REPO, "--unchecked", "--through", through)
        assert "configuration yor_Latn does not load" in refused.stderr
        assert list(remote(lfs).files()) == [".gitattributes"]


@pytest.mark.slow
def test_a_store_is_prepared_checked_and_pushed(lfs: Hub, tmp_path: Path, workshop: Workshop) -> None:
    asked = ("push", str(workshop.store.path), "--repo", REPO)
    made(workshop, many(12), "1.0.0")
    refused = aya(lfs, tmp_path / "home", *asked)
    assert "checks fail: contamination, duplicates; see: aya release plan" in refused.stderr
    assert REPO not in lfs.repos
    shutil.rmtree(workshop.store.path / "releases")
    why = dict.fromkeys(("contamination", "duplicates"), "a test")
    release = made(workshop, many(12), "1.0.0", waive=why)
    done(aya(lfs, tmp_path / "home", *asked))
    assert {path for path in remote(lfs).files() if path != ".gitattributes"} == set(contents(release.path))


def test_a_hub_that_never_answers_is_named_at_once_and_given_up(lfs: Hub, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 2})
    asked = ("push", str(folder), "--repo", REPO, "--unchecked")
    nowhere = "http://127.0.0.1:1"  # no server listens there
    ran = aya(lfs, tmp_path / "home", *asked, HF_ENDPOINT=nowhere)
    _, asking, first, second, last = ran.stderr.splitlines()
    assert (ran.returncode, asking) == (1, f"asking {nowhere} about {REPO}")
    assert first.endswith("Connection refused); asking again in 1 s")
    assert second.endswith("Connection refused); asking again in 2 s")
    assert last.startswith(f"error: can not reach {nowhere}: ")
    offline = aya(lfs, tmp_path / "home", *asked, HF_HUB_OFFLINE="1")
    assert offline.stderr.splitlines()[-1] == f"error: {lfs.url} is not asked: HF_HUB_OFFLINE is set"
