"""How a release comes to main: checked before anybody sees it, and alone, whatever others do at that moment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from aya.errors import UserError
from hub_release.digests import digests
from hub_release.push import Pushed, push
from hub_release.remote import Remote
from tests.hub.server import Hub
from tests.hub_release.releases import write_release
from tests.workshop import contents

REPO = "ada/made"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Yield a Hub with one release of Yoruba."""
    with Hub(tmp_path / "hub", xet=True) as running:
        sent(running, write_release(tmp_path / "one", "1.0.0", {"yor_Latn": 1}))
        yield running


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """Return the release that follows, with Amharic."""
    return write_release(tmp_path / "two", "1.1.0", {"yor_Latn": 1, "amh_Ethi": 1}, previous="v1.0.0")


def sent(hub: Hub, folder: Path, **more: Any) -> Pushed:
    return push(folder, REPO, endpoint=hub.url, token=hub.token("ada"), **{"check": "sums", **more})


def remote(hub: Hub) -> Remote:
    return Remote(REPO, endpoint=hub.url, token=hub.token("ada"))


def shown(hub: Hub) -> set[str]:
    return {path for path in remote(hub).files() if path != ".gitattributes"}


def edit(hub: Hub) -> None:
    """Change main by hand, as bob does in the browser."""
    repo = hub.repos[REPO]
    repo.add("refs/heads/main", {**repo.tree("main"), "notes.txt": repo.regular(b"Mo ti ka a")}, "bob", "Add notes")


def test_an_edit_at_the_moment_of_the_commit_is_refused_by_the_hub(hub: Hub, second: Path) -> None:
    hub.fault("POST */commit/main", None, before=lambda: edit(hub))
    with pytest.raises(UserError, match=r"moved since [0-9a-f]{10}: [0-9a-f]{10} 'Add notes' by bob\nprepare"):
        sent(hub, second, through="commit")
    assert [*remote(hub).tags()] == ["v1.0.0"]
    assert "data/amh_Ethi/made-train-00000.parquet" not in shown(hub)


def test_an_edit_at_the_moment_of_the_merge_is_named_and_not_tagged(hub: Hub, second: Path) -> None:
    hub.fault("POST */merge", None, before=lambda: edit(hub))
    with pytest.raises(UserError, match=r"changed while pull request 1 was merged: .*'Add notes' by bob") as refused:
        sent(hub, second, through="pull-request")
    head = remote(hub).head()
    assert "other than in the release: notes.txt\nv1.1.0 is not tagged" in str(refused.value)
    assert str(refused.value).endswith(f"--onto {head}")
    assert [*remote(hub).tags()] == ["v1.0.0"]
    with pytest.raises(UserError, match="moved since"):  # the same command again does not tag it either
        sent(hub, second)
    done = sent(hub, second, onto=head)
    assert remote(hub).tags()["v1.1.0"] == done.commit == remote(hub).head()
    assert shown(hub) == set(contents(second))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # of the client, in its own code
@pytest.mark.parametrize("through", ["commit", "pull-request"])
def test_contents_that_were_spoiled_on_the_way_never_come_to_main(
    hub: Hub, second: Path, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # so that contents lie whole where they can be spoiled
    before = remote(hub).head()
    (new,) = second.glob("data/amh_Ethi/*")
    stored = hub.api.contents.path(digests(new).sha256)
    hub.fault("POST */commit/*", None, before=lambda: stored.write_bytes(stored.read_bytes()[:-1] + b"x"))
    with pytest.raises(UserError, match="arrived otherwise"):
        sent(hub, second, through=through, check="full")
    assert remote(hub).head() == before
    assert [*remote(hub).tags()] == ["v1.0.0"]


def test_a_small_release_leaves_one_commit_and_no_branch(hub: Hub, second: Path) -> None:
    done = sent(hub, second)
    history = [item.title for _, item in hub.repos[REPO].history(done.commit)]
    assert history == ["Release v1.1.0", "Release v1.0.0", "initial commit"]
    assert {ref for ref in hub.repos[REPO].refs if ref.startswith("refs/heads/")} == {"refs/heads/main"}
    arrived = sum(path.stat().st_size for path in second.glob("data/amh_Ethi/*"))
    assert hub.weather.data_in() < 3 * arrived  # of two files, each once
