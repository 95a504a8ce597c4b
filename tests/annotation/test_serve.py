"""`aya annotate serve`: the real server keeps what it was given, and gives nothing to whom it should not."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from annotation import serve
from annotation.environment import PACKAGES, prepare
from aya.cli import app
from aya.errors import UserError
from tests.argilla import ENVIRONMENT, Answered, Argilla

pytestmark = pytest.mark.xdist_group("argilla")
AYA = "from aya.__main__ import main; main()"
RATING = {"rating": {"type": "rating", "options": [{"value": value} for value in range(1, 6)]}}


def pending(argilla: Argilla, dataset: str, token: str) -> list[str]:
    """Return the queue of an annotator."""
    wanted = {"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["pending"]}
    return sorted(argilla.find(dataset, token, filters={"and": [wanted]})[0])


def rate(argilla: Argilla, record: str, token: str) -> None:
    body = {"status": "submitted", "values": {"rating": {"value": 4}}}
    argilla.call("POST", f"records/{record}/responses", body, token=token)


def made(argilla: Argilla, name: str) -> tuple[str, list[str], str, str]:
    """Make a workspace with a dataset of three records and an annotator."""
    workspace = argilla.call("POST", "workspaces", {"name": name})["id"]
    dataset = argilla.dataset(workspace, name, settings=RATING)
    items = [{"external_id": f"r{number}", "fields": {"prompt": f"ጥያቄ {number}"}} for number in range(3)]
    records = [record["id"] for record in argilla.add(dataset, items)]
    user, token = argilla.person(f"{name}_annotator", workspace)
    return dataset, records, user, token


def test_secrets_are_generated_and_for_the_user_alone(tmp_path: Path) -> None:
    one, other = serve.owner(tmp_path / "one"), serve.owner(tmp_path / "other")
    assert one == serve.owner(tmp_path / "one")
    for name in ("password", "api_key", "token_key"):
        assert getattr(one, name) != getattr(other, name)
        assert len(getattr(one, name)) >= 24
    assert stat.S_IMODE((tmp_path / "one" / "owner.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700


def test_settings_are_kept_and_changed_by_name(tmp_path: Path) -> None:
    assert serve.settings(tmp_path, port=7000) == serve.Server(port=7000)
    assert serve.settings(tmp_path, database="postgresql://db/aya").port == 7000
    assert serve.settings(tmp_path).environment(tmp_path)["ARGILLA_DATABASE_URL"] == "postgresql://db/aya"
    with pytest.raises(UserError, match="opensearch needs its address: --search-url"):
        serve.settings(tmp_path, search="opensearch")
    with pytest.raises(UserError, match="port: Input should be less than or equal to 65535"):
        serve.settings(tmp_path, port=70_000)


def test_a_kill_loses_nothing_and_an_index_that_lags_behind_is_put_right(argilla: Argilla) -> None:
    dataset, records, user, token = made(argilla, "killed")
    rate(argilla, records[0], token)
    argilla.kill()
    with sqlite3.connect(argilla.folder / "index.db") as index:  # as if the server died before it wrote there
        index.execute("DELETE FROM responses")
        index.execute("UPDATE records SET status = 'pending'")
        index.execute("DELETE FROM records WHERE id = ?", [records[2]])
        index.execute(
            "INSERT INTO records SELECT NULL, 'ghost', dataset, NULL, 'pending', '', '', 0, NULL FROM records LIMIT 1"
        )
    index.close()
    argilla.restart()
    (kept,) = argilla.call("GET", f"records/{records[0]}")["responses"] or [None]
    assert (kept["user_id"], kept["values"]["rating"]["value"]) == (user, 4)
    assert pending(argilla, dataset, token) == ["r1", "r2"]


def test_a_stop_leaves_no_rubbish_and_a_start_makes_good_what_was_lost(argilla: Argilla) -> None:
    dataset, records, _, token = made(argilla, "job")
    rate(argilla, records[0], token)
    assert argilla.stop() == 0
    assert not (argilla.folder / "tmp").exists()
    assert serve.status(argilla.folder) is None
    assert serve.stop(argilla.folder) is False
    with sqlite3.connect(argilla.folder / "argilla.db") as database:  # the job that sets statuses never ran
        database.execute("UPDATE datasets SET distribution = ? WHERE name = 'job'",
                         ['{"strategy": "overlap", "min_submitted": 2}'])  # fmt: skip
    database.close()
    (argilla.folder / "index.db").write_bytes(b"no database at all" * 100)
    argilla.restart()
    assert "making the search index" in argilla.said
    assert pending(argilla, dataset, token) == ["r1", "r2"]
    assert argilla.find(dataset, query={"text": {"q": "ጥያቄ"}})[1] == 3
    progress = argilla.call("GET", f"datasets/{dataset}/progress")
    assert (progress["total"], progress["completed"]) == (3, 0)
    assert len(list((argilla.folder / "tmp").iterdir())) == 1  # one copy of the pages, whatever the number of starts


def test_a_folder_has_one_server(argilla: Argilla) -> None:
    with pytest.raises(UserError, match=f"is served already at {argilla.url}"):
        serve.start(argilla.folder, argilla.settings, ENVIRONMENT, print)


def test_an_annotator_sees_only_the_own_workspace(argilla: Argilla) -> None:
    own, _, _, token = made(argilla, "inside")
    foreign, (record, *_), _, _ = made(argilla, "outside")
    assert [item["id"] for item in argilla.call("GET", "me/datasets", token=token)["items"]] == [own]
    for method, path in (
        ("POST", f"me/datasets/{foreign}/records/search"), ("GET", f"records/{record}"), ("GET", "users"),
        ("GET", f"datasets/{foreign}"), ("GET", f"datasets/{foreign}/fields"), ("GET", f"datasets/{own}/records"),
    ):  # fmt: skip
        with pytest.raises(Answered, match="403"):
            argilla.call(method, path, {} if method == "POST" else None, token=token)
    with pytest.raises(Answered, match="403"):
        rate(argilla, record, token)


@pytest.mark.parametrize("password", ["12345678", "argilla.apikey", "amadou_k"])
def test_a_password_that_everybody_knows_is_refused(argilla: Argilla, password: str) -> None:
    body = {"username": "amadou_k", "first_name": "Amadou", "role": "annotator", "password": password}
    with pytest.raises(Answered, match=r"422: .*known to everybody"):
        argilla.call("POST", "users", body)


def test_a_database_with_a_default_account_is_not_served(tmp_path: Path, argilla: Argilla) -> None:
    with sqlite3.connect(argilla.folder / "argilla.db") as database, sqlite3.connect(tmp_path / "argilla.db") as copy:
        database.backup(copy)
        copy.execute("UPDATE users SET username = 'old', api_key = 'argilla.apikey' WHERE username = 'owner'")
    database.close()
    copy.close()
    with pytest.raises(UserError, match="has a password or key that everybody knows"):
        serve.start(tmp_path, serve.settings(tmp_path, port=0), ENVIRONMENT, print)


def test_every_answer_binds_the_browser(argilla: Argilla) -> None:
    for path in ("/", "/sign-in", "/api/v1/version", "/nothing"):
        with urllib.request.urlopen(argilla.url + path) as answer:
            headers = answer.headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["object-src"] == policy["frame-ancestors"] == "'none'"
        assert "'unsafe-inline'" not in policy["script-src"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_no_other_page_may_ask_with_a_signed_in_browser(argilla: Argilla) -> None:
    request = urllib.request.Request(f"{argilla.url}/api/v1/version", headers={"Origin": "https://elsewhere.example"})
    with urllib.request.urlopen(request) as answer:
        assert "access-control-allow-origin" not in answer.headers


def served(folder: Path) -> "subprocess.Popen[bytes]":
    """Run `aya annotate serve`, and return when it has said where."""
    environment = {**os.environ, "AYA_ARGILLA": str(ENVIRONMENT)}
    command = [sys.executable, "-c", AYA, "annotate", "serve", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert process.stdout
    assert process.stdout.readline().startswith(b"http://127.0.0.1:")
    assert b"owner.json" in process.stdout.readline()
    return process


def test_it_dies_with_the_command_that_started_it(tmp_path: Path) -> None:
    for number, code in ((signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)):
        with served(tmp_path / "here") as process:
            state = serve.status(tmp_path / "here")
            process.send_signal(number)
            assert process.wait(60) == code
        assert state is not None
        deadline = time.monotonic() + 60
        while psutil.pid_exists(state.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not psutil.pid_exists(state.pid)
        assert serve.status(tmp_path / "here") is None


@pytest.mark.parametrize(
    ("host", "warned"), [("0.0.0.0", True), ("192.0.2.1", True), ("127.0.0.1", False), ("::1", False)]
)
def test_letting_other_machines_in_is_warned_of(tmp_path: Path, host: str, warned: bool) -> None:
    (tmp_path / "thesis.txt").write_text("no environment for a server, so that none is started")
    asked = ["annotate", "serve", str(tmp_path / "here"), "--host", host, "--environment", str(tmp_path)]
    answer = CliRunner().invoke(app, asked, env={"COLUMNS": "200"})
    assert isinstance(answer.exception, UserError)
    assert (f"warning: {host} lets other machines in, without encryption" in answer.stderr) == warned


def test_an_environment_that_is_whole_is_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    assert prepare(ENVIRONMENT, said.append) == ENVIRONMENT / "bin" / "python"
    assert said == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not delete")
    with pytest.raises(UserError, match="holds something else"):
        prepare(tmp_path / "mine", said.append)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_an_environment_that_was_cut_short_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few, folder = tmp_path / "few.txt", tmp_path / "venv"
    few.write_text("# no packages\n")
    monkeypatch.setattr("annotation.environment.PACKAGES", few)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("")
    (folder / "pyvenv.cfg").write_text("")  # as if pip had been killed: there is no stamp
    said: list[str] = []
    python = prepare(folder, said.append)
    subprocess.run([python, "-m", "pip", "--version"], check=True, stdout=subprocess.DEVNULL)
    assert prepare(folder, said.append) == python
    assert len(said) == 1


def test_every_package_of_the_environment_is_pinned() -> None:
    lines = [line for line in PACKAGES.read_text().splitlines() if not line.startswith("#")]
    assert "argilla-server==2.8.0" in lines
    assert all("==" in line for line in lines)


def test_the_state_is_for_scripts_too(argilla: Argilla) -> None:
    asked = CliRunner().invoke(app, ["annotate", "server", str(argilla.folder), "--json"])
    assert json.loads(asked.stdout) == {"pid": argilla.running.process.pid, "state": "ready", "url": argilla.url}
