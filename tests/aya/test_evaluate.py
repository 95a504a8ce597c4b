"""`aya evaluate`, from files of users to figures."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from huggingface_hub import CommitOperationAdd, HfApi
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError, RecipeError, UserError
from aya.evaluation_data import rows_of
from aya.evaluation_file import load_tasks
from tests.hub.server import Hub
from tests.training.conftest import LINES
from tests.training.evaluation.worksheets import ROWS
from training.evaluation.run import read_run
from training.evaluation.task import Rows
from training.model import new_model
from training.vocabulary import learn_tokens

pytestmark = pytest.mark.usefixtures("one_thread")

TASK = {
    "name": "capitals",
    "kind": "choice",
    "about": "capital cities",
    "license": "CC0-1.0",
    "rows": {"files": "capitals*.jsonl"},
    "language": "{{ l }}",
    "id": "{{ id }}",
    "prompts": [{"name": "plain", "text": "{{ q }}"}, {"name": "named", "text": "{{ language_name }}: {{ q }}"}],
    "choices": "{{ right }} ||| {{ wrong }}",
    "answer": "{{ n }}",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a task, its rows and a model."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "capitals.yaml").write_text(yaml.safe_dump(TASK, allow_unicode=True), encoding="utf-8")
    rows = [{**row, "id": f"{number}-{row['l']}"} for row in ROWS for number in range(24)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "capitals.jsonl").write_text(lines, encoding="utf-8")
    new_model("tiny-mt5", learn_tokens(LINES, size=600), device="cpu").save(folder / "model")
    return folder


def run(*words: object) -> Any:
    done = CliRunner().invoke(app, ["evaluate", *map(str, words), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def shoot(desk: Path, out: Path) -> int:
    """Evaluate in a process of its own and kill it as soon as some answers are there."""
    command = [str(Path(sys.executable).with_name("aya")), "evaluate", "tasks", str(desk / "model"), "--quiet"]
    more = ["--task", str(desk / "capitals.yaml"), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    journal = out / "answers" / "capitals.jsonl"
    with subprocess.Popen([*command, *more], stderr=subprocess.DEVNULL, env=environment) as child:
        while not (journal.exists() and journal.stat().st_size) and child.poll() is None:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
    return child.returncode


@pytest.mark.slow
@pytest.mark.xdist_group("evaluate")
def test_a_run_that_was_shot_comes_to_the_same_answers(desk: Path, tmp_path: Path) -> None:
    assert shoot(desk, tmp_path / "cut") == -signal.SIGKILL
    done = (tmp_path / "cut" / "answers" / "capitals.jsonl").read_bytes().count(b"\n")
    assert 0 < done < 288  # of 144 items asked twice
    whole, cut = (
        run("tasks", desk / "model", "--task", desk / "capitals.yaml", "--out", tmp_path / name)
        for name in ("whole", "cut")
    )
    assert whole == cut
    assert read_run(tmp_path / "whole", "capitals").answers == read_run(tmp_path / "cut", "capitals").answers
    beside = run("compare", tmp_path / "whole", tmp_path / "cut")
    assert beside["tasks"]["capitals"]["all"]["all"]["differences"][0]["value"] == 0
    shown = CliRunner().invoke(app, ["evaluate", "report", str(tmp_path / "cut")], catch_exceptions=False)
    assert "capitals: accuracy, 144 items, 2 prompts, chance 50.0" in shown.stdout
    assert "low resource" in shown.stdout


@pytest.mark.xdist_group("evaluate")
def test_items_that_decontamination_found_are_left_out_too(desk: Path, tmp_path: Path) -> None:
    """A training row that holds the Thai answer of one item; only this one was in the set that was searched for."""
    (tmp_path / "train.jsonl").write_text(json.dumps({"text": f"{ROWS[4]['q']} {ROWS[4]['right']}"}) + "\n")
    one_each = "".join(line + "\n" for line in (desk / "capitals.jsonl").read_text().split("\n") if '"0-' in line)
    (tmp_path / "exam.jsonl").write_text(one_each, encoding="utf-8")
    sets = [
        {"files": str(tmp_path / "exam.jsonl"), "name": "capitals", "fields": ["right"], "id": "id", "language": "l"}
    ]
    (tmp_path / "sets.yaml").write_text(yaml.safe_dump(sets))
    words = ["decontaminate", str(tmp_path / "train.jsonl"), "--against", str(tmp_path / "sets.yaml")]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "clean"), "--quiet"], catch_exceptions=False)
    assert done.exit_code == 0
    asked = ["tasks", desk / "model", "--task", desk / "capitals.yaml", "--leaks", tmp_path / "clean" / "report.json"]
    found = run(*asked, "--out", tmp_path / "out")["tasks"]["capitals"]
    assert (found["leaked_same_language"], found["leaked_any_language"]) == (1, 1)
    told = found["measures"]["accuracy"]["language"]
    assert told["tha_Thai"]["without_same_language"]["items"] == 23
    assert told["ara_Arab"]["without_any_language"]["items"] == 24


def test_what_is_wrong_with_a_task_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "name: Bad\nkind: chooice\nlanguage: eng\nrows: {}\nprompts: []\nmeasure: [x]\n", encoding="utf-8"
    )
    (tmp_path / "hub.yaml").write_text(
        yaml.safe_dump({**TASK, "rows": {"hub": "org/name", "files": "*.parquet"}}), encoding="utf-8"
    )
    with pytest.raises(RecipeError) as raised:
        load_tasks([str(tmp_path / "bad.yaml"), str(tmp_path / "hub.yaml"), "xcoppa"])
    said = "\n".join(raised.value.faults)
    assert "bad.yaml:6: no setting 'measure'; did you mean 'measures'?" in said
    assert "bad.yaml:4: rows: rows are in `files` or in `version`" in said
    assert "hub.yaml:" in said
    assert "can change: give its `revision`" in said
    assert "no task xcoppa; did you mean 'xcopa'?" in said


def test_rows_come_from_files_of_any_form_and_width(tmp_path: Path) -> None:
    wide = pl.DataFrame({"id": [1, 2], "eng": ["a", "b"], "yor": ["c", None], "split": ["x", "y"]})
    wide.write_parquet(tmp_path / "deep-amh.parquet")
    wide.write_csv(tmp_path / "deep-tel.csv")
    said = Rows(files=("deep-*.parquet",), wide="^(?P<code>eng|yor)$", where={"id": ("2",)})
    assert [(row["code"], row["text"]) for row in rows_of(said, [tmp_path])] == [("eng", "b")]
    said = Rows(files=("deep-*",), file_name=r"deep-(?P<code>\w+)\.", where={"split": ("x",)})
    assert [row["code"] for row in rows_of(said, [tmp_path / "none", tmp_path])] == ["amh", "tel"]
    with pytest.raises(InputError, match=r"no file \*\.tsv in .*; say where the data is with --data"):
        list(rows_of(Rows(files=("*.tsv",)), [tmp_path]))
    with pytest.raises(InputError, match="no column 'splitt'"):
        list(rows_of(Rows(files=("deep-amh.parquet",), where={"splitt": ("x",)}), [tmp_path]))


READ = """
import sys
from aya.evaluation_data import rows_of
from training.evaluation.task import Rows
said = Rows(files=("data/*_test.jsonl",), hub="ada/exam", revision=sys.argv[1], file_name=r"(?P<code>\\w+)_test")
print([(row["code"], row["q"]) for row in rows_of(said, [])])
"""


def test_rows_come_from_a_data_set_on_the_hub(tmp_path: Path) -> None:
    with Hub(tmp_path / "hub") as hub:
        api = HfApi(endpoint=hub.url, token=hub.token("ada"))
        api.create_repo("ada/exam", repo_type="dataset")
        files = {f"data/{code}_test.jsonl": json.dumps({"q": code}).encode() for code in ("yor", "amh")}
        changes = [CommitOperationAdd(path, data) for path, data in {**files, "data/yor_train.jsonl": b"{}"}.items()]
        made = api.create_commit("ada/exam", changes, commit_message="exam", repo_type="dataset")
        command = [sys.executable, "-c", READ, str(made.oid)]
        done = subprocess.run(
            command, env=hub.environment(tmp_path / "home"), capture_output=True, text=True, check=False
        )
    assert done.stdout == "[('amh', 'amh'), ('yor', 'yor')]\n", done.stderr[-2000:]


@pytest.mark.xdist_group("evaluate")
def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        CliRunner().invoke(app, ["evaluate", "report", str(tmp_path)], catch_exceptions=False)
