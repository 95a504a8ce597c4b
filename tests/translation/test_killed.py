import json
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.translation.killed import Noted, engine, run
from translation.tiny import pairs


def batches(log: Path) -> list[list[str]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["transformers", "ctranslate2"])
@pytest.mark.parametrize("share", [0.7])
def test_a_killed_run_goes_on_with_the_batch_in_hand_and_ends_as_if_it_had_not_been(
    name: str, share: float, tiny_model: Path, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    texts = [english for english, _ in pairs("fra_Latn", num=48)]
    rows.write_text(
        "".join(json.dumps({"inputs": text, "targets": f"{text} {{name}}"}) + "\n" for text in texts), encoding="utf-8"
    )
    made = engine(name, str(tiny_model), str(tmp_path / "converted"))
    run(rows, tmp_path / "undisturbed", Noted(made, tmp_path / "wanted"))
    wanted = batches(tmp_path / "wanted")

    last = round(share * len(wanted))
    assert 1 < last < len(wanted)
    given = [name, tiny_model, tmp_path / "converted", rows, tmp_path / "out", tmp_path / "log", last]
    killed = subprocess.run([sys.executable, "-m", "tests.translation.killed", *map(str, given)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out" / "fra_Latn").exists()
    run(rows, tmp_path / "out", Noted(made, tmp_path / "log"))

    assert batches(tmp_path / "log") == [*wanted[:last], *wanted[last - 1 :]]
    after, before = (pl.read_parquet(tmp_path / folder / "fra_Latn") for folder in ("out", "undisturbed"))
    assert after.equals(before)
