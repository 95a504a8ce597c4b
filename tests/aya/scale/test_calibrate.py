"""Calibrating, and pricing by what was calibrated, as the command does it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aya import text
from aya.cli import app
from aya.scale.calibration import Amount, Calibration, read_calibration
from aya.scale.sample import messages, write_sample

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a calibration of one repetition."""
    path = tmp_path_factory.mktemp("calibration") / "calibration.json"
    done = CliRunner().invoke(app, ["calibrate", "--repeats", "1", "--quiet", "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


def test_the_sample_is_in_twelve_scripts() -> None:
    found = {next(iter(text.script_shares(" ".join(texts)))) for texts in messages().values()}
    assert len(found) == 12


def test_the_sample_is_the_same_each_time(tmp_path: Path) -> None:
    sizes = {write_sample(tmp_path / name, rows=24, characters=200, seed=7) for name in ("one", "other")}
    assert len(sizes) == 1
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert 24 * 190 <= sizes.pop() <= 24 * 260


def test_all_work_of_a_build_is_measured(calibration: Path) -> None:
    found = read_calibration(calibration)
    rows = Amount(1, 1_000_000, 1e9)
    assert {
        "read sources",
        "judge",
        "arrange",
        "gather",
        "dedup.exact: settle",
        "dedup.minhash, round 3: conclude",
    } <= (found.works.keys())
    assert all(work.seconds.of(rows) > 0 for work in found.works.values())
    assert found.works["gather"].written.of(rows) > 0
    assert found.works["collection.length"].written.of(rows) == 0
    assert set(found.disk) == {"write", "read", "compress", "unpack"}


def test_nothing_is_measured_for_a_store_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["calibrate", "--from", str(tmp_path / "none"), "--out", str(tmp_path / "c.json")])
    assert (str(done.exception), done.stderr) == (
        f"no version in {tmp_path / 'none'}; build one with: aya build RECIPE",
        "",
    )
    assert not (tmp_path / "c.json").exists()


def test_the_worked_example_is_priced(calibration: Path) -> None:
    words = ["plan", str(ROOT / "recipes/aya-203m.yaml"), "--cluster", str(ROOT / "docs/examples/cluster.yaml")]
    done = CliRunner().invoke(app, [*words, "--calibration", str(calibration), "--json"])
    found = json.loads(done.stdout)
    costs = {cost["name"]: cost for cost in found["costs"]}
    assert found["unknown"] == []
    assert costs["read sources"]["rows"] == 727_629_500
    assert costs["gather kept rows"]["rows"] == 203_079_500
    # 6,800,000 rows of 1,465 characters, 2.7 a token, 5,000 tokens a second; as in the file of the cluster.
    assert costs["sharegpt_command: translate"]["gpu_hours"] == pytest.approx(6.8e6 * 1465 / 2.7 / 5000 / 3600)
    said = CliRunner().invoke(app, [*words, "--calibration", str(calibration)]).stdout
    assert "collection.caps + 6 more" in said
    assert "assumed:" in said


def test_without_a_calibration_the_command_says_how_to_make_it(tmp_path: Path) -> None:
    words = ["plan", str(ROOT / "recipes/aya-203m.yaml"), "--cluster", str(ROOT / "docs/examples/cluster.yaml")]
    done = CliRunner().invoke(app, [*words, "--calibration", str(tmp_path / "none.json")])
    assert "make it with: aya calibrate --out" in str(done.exception)


def test_a_calibration_is_read_as_it_was_written(calibration: Path) -> None:
    found = read_calibration(calibration)
    assert Calibration.model_validate_json(found.model_dump_json()) == found
