import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from aya.cli import app
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

    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "fra_Latn: 1 rows" in done.stdout
    made = pl.read_parquet(tmp_path / "out" / "fra_Latn" / "rows.parquet").row(0, named=True)
    assert made["inputs"] == f"- {known[prompt]}\n- `x`"
    assert made["targets"] == known[completion]
