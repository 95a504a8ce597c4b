"""A stand-in of the 203 million rows at a hundred-thousandth, through a whole build and back into a forecast."""

from pathlib import Path

import polars as pl
import pytest

from aya.build import Built, build
from aya.engines.local import Local
from aya.recipe import load_recipe
from aya.scale.calibration import Calibration
from aya.scale.measure import measure
from aya.scale.steps import Walk
from aya.scale.works import learned, sizes
from aya.store import Store
from benchmarks.stand_in import write_stand_in

RECIPE = Path(__file__).parents[2] / "recipes" / "aya-203m.yaml"
SCALE = 1e-5
ROWS = {
    "xp3x": 1680,
    "data_provenance": 16,
    "aya_templates": 189,
    "aya_dataset": 2,
    "aya_translations": 75,
    "sharegpt_command": 68,
}
"""Those of the table that stay after caps and pruning, by 100,000."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stand-in")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a stand-in."""
    found = tmp_path_factory.mktemp("stand-in")
    write_stand_in(RECIPE, found, scale=SCALE)
    return found


@pytest.fixture(scope="module")
def built(folder: Path) -> Built:
    """Return the build of the stand-in."""
    with Local(workers=0) as engine:
        return build(load_recipe(folder / "recipe.yaml"), store=Store(folder / "store"), engine=engine)


def test_sources_have_their_share_of_rows(folder: Path) -> None:
    assert {name: len(pl.read_parquet(folder / name)) for name in ROWS} == ROWS
    assert sum(ROWS.values()) == 2_030


def test_lengths_and_languages_are_about_those_of_the_table(folder: Path) -> None:
    rows = pl.read_parquet(folder / "xp3x")
    means = rows.select(pl.col("inputs").str.len_chars().mean(), pl.col("targets").str.len_chars().mean()).row(0)
    assert means == pytest.approx((1048, 780), rel=0.1)
    assert (rows["language"] == "eng").mean() == pytest.approx(0.232, abs=0.03)
    assert rows["language"].n_unique() > 80
    assert rows["dataset"].n_unique() == 56


def test_the_same_scale_is_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_stand_in(RECIPE, tmp_path, scale=SCALE / 10)
    written = [(tmp_path / "xp3x/00000.parquet").read_bytes()]
    (tmp_path / "xp3x/00000.parquet").unlink()
    write_stand_in(RECIPE, tmp_path, scale=SCALE / 10)
    assert written == [(tmp_path / "xp3x/00000.parquet").read_bytes()]


def test_the_recipe_runs_whole_and_finds_what_was_put_in(built: Built) -> None:
    (first, *_, last) = built.record.counts
    assert sum(first.rows_in.values()) == 2_030
    dropped = {
        reason: sum(groups.values()) for count in built.record.counts for reason, groups in count.dropped.items()
    }
    assert 20 <= dropped["dedup.exact: copy of another record"] <= 80  # a fortieth of 2,030 rows are 51
    assert dropped["dedup.minhash: near copy of another record"] >= 10
    assert dropped["dedup.descendants: text of an evaluation item"] >= 1
    assert sum(last.kept.values()) > 1_600


def test_a_forecast_from_the_build_gives_the_build_back(folder: Path, built: Built) -> None:
    recipe, store = load_recipe(folder / "recipe.yaml"), Store(folder / "store")
    sample: Calibration = measure(repeats=1, sizes=((24, 200), (60, 200), (60, 900)))
    calibration = learned(sample, store)
    steps = {step.name: step for step in Walk(recipe, sizes(recipe, store), calibration).steps()}
    took = {step.name: step for step in built.record.passes if step.num_tasks}
    assert steps.keys() == took.keys()
    alone = {name for name in steps if not name.startswith(("arrange", "gather"))}
    assert {name: steps[name].num_tasks for name in alone} == {name: took[name].num_tasks for name in alone}
    seconds = {
        name: sum(work.seconds.of(piece.amount) for piece in step.pieces if (work := calibration.cost(piece.work)))
        for name, step in steps.items()
    }
    # The same seconds, told by tasks, rows and characters, and told back: not how fast this machine is.
    assert sum(seconds.values()) == pytest.approx(sum(step.task_seconds for step in took.values()), rel=0.25)
