from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants

from aya.errors import UserError
from training.checkpoint_names import check_checkpoint
from training.model import load_model


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """A Hub that has `org/there` and nothing else; yields what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path.startswith("/org/there/") else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        with named(monkeypatch, f"http://127.0.0.1:{server.server_port}", tmp_path):
            yield asked
        server.shutdown()
        thread.join()


@contextmanager
def named(monkeypatch: pytest.MonkeyPatch, url: str, cache: Path) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setattr(constants, "HF_HUB_OFFLINE", False)
        changed.setattr(constants, "HF_HUB_CACHE", str(cache / "cache"))
        changed.setattr(constants, "ENDPOINT", url)
        changed.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
        yield


def test_a_name_is_asked_for_once(hub: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_checkpoint("org/there")
    assert hub == ["/org/there/resolve/main/config.json"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "theme").mkdir()
    with pytest.raises(UserError) as refused:
        load_model("org/them")
    assert str(refused.value) == (
        "no model 'org/them': no such folder here, and the Hub has none of that name; did you mean 'theme'?"
    )
    assert len(hub) == 2


def test_a_hub_that_is_away_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        named(monkeypatch, "http://127.0.0.1:9", tmp_path),
        pytest.raises(UserError, match=r"no such folder here, and the Hub \(http://127.0.0.1:9\) can not be reached"),
    ):
        check_checkpoint("nowhere/model")


@pytest.mark.parametrize("name", ["./modle", "a/b/modle", "modle/", "a b"])
def test_what_can_be_no_name_of_the_hub_is_a_folder(name: str, hub: list[str]) -> None:
    with pytest.raises(UserError, match="no such folder"):
        check_checkpoint(name)
    assert hub == []


def test_a_folder_above_the_model_is_seen(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(UserError, match=r"the folder has no config.json; did you mean '.*/model'"):
        check_checkpoint(str(tmp_path))
    check_checkpoint(str(tmp_path / "model"))
