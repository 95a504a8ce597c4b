import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.doctor import Finding, _fault, _packages, examine
from aya.lock import write_lock
from tests.workshop import Workshop


def said(workshop: Workshop) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"good": [], "note": [], "missing": []}
    for finding in examine(workshop.path, store=workshop.store.path):
        found[finding.state].append(finding.what)
    return found


def test_nothing_is_missing_for_a_good_recipe(workshop: Workshop) -> None:
    found = said(workshop)
    assert found["missing"] == []
    assert f"{workshop.path} has no fault" in found["good"]
    assert any(what.startswith("a build writes about ") for what in found["good"])


def test_the_last_build_says_how_long_the_next_one_takes(workshop: Workshop) -> None:
    workshop.build()
    assert any("seconds of work, by the last one" in what for what in said(workshop)["note"])


def test_every_fault_of_a_recipe_is_missing(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "dedup.exacct"}])
    (fault,) = said(workshop)["missing"]
    assert fault.endswith("no stage 'dedup.exacct'; did you mean 'dedup.exact'?")


def test_a_disk_without_room_is_missing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    (fault,) = said(workshop)["missing"]
    assert fault.endswith("10 bytes are free")


def test_an_extra_that_a_recipe_needs_is_missing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.recipe(stages=[{"use": "collection.language_id", "backend": "langdetect"}])
    monkeypatch.setattr(metadata, "requires", lambda name: ["nosuchpackage>=1; extra == 'language_id'"])
    found = said(workshop)
    assert found["missing"] == ["collection.language_id needs the extra 'language_id'"]
    assert "extra 'language_id' is not there: nosuchpackage is not installed" in found["note"]


def test_packages_are_missing_or_too_old() -> None:
    assert _fault("polars", ">=1.30") is None
    assert _fault("polars", ">=1000.1") == f"polars {metadata.version('polars')} is too old, 1000.1 or newer is needed"
    assert list(_packages(["nosuchpackage>=2"])) == [
        Finding("missing", "nosuchpackage is not installed", "pip install 'nosuchpackage>=2'"),
        Finding("good", "the 1 packages that aya always needs were looked at"),
    ]


def test_what_a_lock_pinned_is_compared(workshop: Workshop) -> None:
    write_lock(workshop.load())
    assert any("pinned it" in what for what in said(workshop)["good"])
    workshop.rows([{"q": "another", "a": "row", "l": "eng"}])
    assert any("sources.rows.parts" in what for what in said(workshop)["note"])


def test_a_token_is_seen_and_never_said(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert "a token for the Hugging Face Hub is there" not in said(workshop)["good"]
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    found = said(workshop)
    assert "a token for the Hugging Face Hub is there" in found["good"]
    assert "hf_secret" not in json.dumps(found)


def test_a_recipe_that_reads_the_hub_is_told_of_a_missing_token(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    source = {"use": "collection.hub", "repo": "CohereLabs/aya_dataset", "revision": "0" * 40, "files": None}
    workshop.recipe(source=source, release={"repo": "ada/questions"})
    lost = "data sets that ask for a login can not be read, and a release can not be sent"
    assert f"no token for the Hugging Face Hub: {lost}" in said(workshop)["note"]


def test_a_server_is_asked_only_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", address)
        list(examine())
        assert asked == []
        assert Finding("good", f"{address} answers") in list(examine(online=True))
        server.shutdown()
    (finding,) = [one for one in examine(online=True) if "does not answer" in one.what]
    assert finding.state == "note"


def test_the_command_ends_with_one_if_something_is_missing(workshop: Workshop) -> None:
    run = CliRunner()
    good = run.invoke(app, ["doctor", str(workshop.path), "--json"])
    assert good.exit_code == 0
    assert json.loads(good.output)[0]["what"].startswith("aya ")
    bad = run.invoke(app, ["doctor", str(workshop.folder / "other.yaml")])
    assert bad.exit_code == 1
    assert "MISSING  no recipe" in bad.output
