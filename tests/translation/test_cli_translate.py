import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import UserError
from aya.verbs import translate
from translation.tiny import pairs


def test_the_command_translates_with_a_checkpoint_in_a_folder(tiny_model: Path, tmp_path: Path) -> None:
    known = dict(pairs("fra_Latn", num=60))
    prompt, completion = [text for text in known if text.isalpha()][:2]
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"inputs": f"- {prompt}\n- `x`", "targets": completion}) + "\n", encoding="utf-8")
    command = ["translate", str(rows), "--to", "fr", "--out", str(tmp_path / "out"), "--model", str(tiny_model)]

    planned = CliRunner().invoke(app, [*command, "--dry-run", "--json"])
    assert json.loads(planned.stdout)["different"] == 2
    assert not (tmp_path / "out").exists()
    priced = CliRunner().invoke(app, [*command, "--dry-run", "--price", "3600000"])
    assert "cost" in priced.stdout

    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "fra_Latn: 1 row," in done.stdout
    made = pl.read_parquet(tmp_path / "out" / "fra_Latn" / "rows.parquet").row(0, named=True)
    assert made["inputs"] == f"- {known[prompt]}\n- `x`"
    assert made["targets"] == known[completion]


def test_a_data_set_of_the_hub_is_translated_at_its_commit(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "owner" / "name"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(json.dumps({"inputs": "Yes", "targets": "No"}) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)  # a folder of the name of a data set comes before the Hub
    command = ["translate", f"hub:owner/name@{'a' * 40}", "--to", "es", "--out", "out", "--model", str(tiny_model)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    (made,) = Path("out/spa_Latn").iterdir()
    assert made.name == "owner-name-train-aaaaaaaa.parquet"
    assert pl.read_parquet("out/*/*.parquet")["source_inputs"].to_list() == ["Yes"]  # nothing else lies there


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rows.jsonl", "--to", "fry"], "NLLB lacks it; the nearest it has: nld_Latn, deu_Latn, ltz_Latn"),
        (["rows.jsonl", "--to", "en"], "en is the language of the texts themselves"),
        (["rows.jsonl", "--to", "yor", "--skip", "rhymes"], "no kind of rows 'rhymes'; kinds are code, translation"),
        (["hub:owner/name@main", "--to", "yor"], "write hub:OWNER/NAME@COMMIT"),
        (["rows.txt", "--to", "yor"], "rows.txt: neither Parquet nor JSON Lines"),
    ],
)
def test_what_can_not_be_is_said_at_once(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["translate", *arguments, "--out", str(tmp_path), "--model", "./nowhere"])
    assert isinstance(done.exception, UserError)
    assert message in str(done.exception)


def test_the_verb_for_notebooks_translates_a_file_without_a_word(
    tiny_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    known = {text: other for text, other in pairs("fra_Latn", num=60) if text.isalpha()}
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"inputs": text, "targets": text}) + "\n" for text in known), encoding="utf-8")
    report = translate(rows, "fr", tmp_path / "out", model=str(tiny_model), rows=8)
    made = pl.read_parquet(tmp_path / "out" / "fra_Latn" / "rows.parquet")
    assert sum(said == other for said, other in zip(made["targets"], [*known.values()][:8], strict=True)) >= 7
    assert report["targets"]["fra_Latn"]["rows"] == 8
    assert capfd.readouterr() == ("", "")
