import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
from typer.testing import CliRunner

from aya.cli import app
from aya.cli_train import train
from aya.errors import RecipeError, UserError
from aya.stage import Facts
from aya.training_data import mixture_of, open_rows
from aya.training_file import load_training
from hub_release.draft import Request
from hub_release.prepare import prepare
from hub_release.push import push
from tests.hub.server import Hub
from tests.workshop import QUESTIONS, Workshop
from training.metrics import read_lines

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "name": "small", "model": {"new": "tiny-mt5", "vocabulary": 500, "sizes": {"d_model": 32}}, "steps": 8, "rows": 4,
    "rows_at_once": 2, "inputs": 64, "targets": 64, "checkpoint_every": 2, "optimiser": {"rate": 0.02}, "held_out": 0.1,
}  # fmt: skip


def recipe(folder: Path, **changes: object) -> Path:
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}), encoding="utf-8")
    return path


@pytest.fixture
def built(workshop: Workshop) -> Workshop:
    """A version of 60 rows with a mixture."""
    workshop.rows([{**row, "d": f"set {index % 2}"} for row in QUESTIONS for index in range(10)])
    columns = {"inputs": "q", "targets": "a", "language": "l", "dataset_name": "d"}
    workshop.recipe(source={"columns": columns}, mixture={"total": 200})
    workshop.build()
    return workshop


def test_a_preset_is_a_recipe_and_what_is_said_goes_before_it(tmp_path: Path) -> None:
    aya = load_training(Path("aya-101"), data=["somewhere"])
    assert (aya.model, aya.steps, aya.rows, aya.inputs, aya.targets) == ("google/mt5-xxl", 30_000, 256, 1024, 1024)
    assert (aya.optimiser.name, aya.optimiser.rate, aya.optimiser.decay) == ("adafactor", 3e-4, "constant")
    path = recipe(tmp_path, preset="aya-101", data="store")
    assert load_training(path).steps == 8
    assert load_training(path).dropout == 0.1


FAULTS = {
    "stepps: 5": "train.yaml:1: no setting 'stepps'; did you mean 'steps'?",
    "name: x\nsteps: 0": "train.yaml:2: steps: Input should be greater than or equal to 1",
    "preset: aya-102": "train.yaml:1: preset: no preset 'aya-102'; did you mean 'aya-101'?",
    "optimiser:\n  rat: 1": "train.yaml:2: no setting 'rat'; did you mean 'rate'?",
    "mixture:\n  temperature: 0.3": "train.yaml:2: mixture.temperature: temperature must be 1 or more, not 0.3; for an"
    " exponent of 0.3 say 3.33",
    "name: x\nname: y": "train.yaml:2: key 'name' stands here a second time",
    "model: {new: tiny-mt5}": "train.yaml:1: model: a new model has either `vocabulary` or `tokens`",
    "steps: 3": "train.yaml:1: setting 'name' is missing",
}


@pytest.mark.parametrize("text", FAULTS)
def test_every_fault_has_its_line_and_the_nearest_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        load_training(path)
    assert f"{tmp_path}/{FAULTS[text]}" in raised.value.faults


def test_a_recipe_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="nothing to train on"):
        load_training(recipe(tmp_path))


def test_rows_come_from_a_store_a_named_version_and_a_release(built: Workshop, tmp_path: Path) -> None:
    store, version = built.store.path, built.version()
    opened = open_rows(str(store), home=tmp_path, releases=tmp_path)
    assert open_rows(f"{store}@{version.name}", home=tmp_path, releases=tmp_path) == opened
    assert opened.licenses == {"rows": "CC0-1.0"}
    release = tmp_path / "release"
    (release / "meta").mkdir(parents=True)
    (release / "meta" / "manifest.json").write_text("{}", encoding="utf-8")
    (release / "data").symlink_to(version.path / "data")
    released = open_rows("release", home=tmp_path, releases=tmp_path)
    assert released.licenses == opened.licenses
    whole = mixture_of([released], None, seed=1)
    assert sorted(whole.rows(0, len(whole))["id"].to_pylist()) == sorted(version.polars()["id"].to_list())
    with pytest.raises(UserError, match=r"no version or release .*stor'; did you mean 'store'"):
        open_rows(str(store.parent / "stor"), home=tmp_path, releases=tmp_path)


def test_the_mixture_is_the_recipes_or_the_versions(built: Workshop, tmp_path: Path) -> None:
    rows = [open_rows(str(built.store.path), home=tmp_path, releases=tmp_path)]
    assert len(mixture_of(rows, None, seed=0)) == 200
    assert len(mixture_of(rows, {"weights": {"rows": 1}, "total": 77}, seed=0)) == 77
    with pytest.raises(UserError, match=r"source 'rows' is in small .* and in small"):
        mixture_of(rows * 2, None, seed=0)


def shoot(arguments: list[str], *, at: Path) -> int:
    """Run `aya train` in a process of its own and kill it as soon as a file is there; return how it ended."""
    command = [str(Path(sys.executable).with_name("aya")), "train", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as child:
        while not at.exists() and child.poll() is None:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    return child.returncode


@pytest.mark.slow
def test_a_run_that_was_shot_ends_with_the_same_model(built: Workshop, tmp_path: Path) -> None:
    path = recipe(tmp_path, data=str(built.store.path), dropout=0.1, steps=40)
    whole, cut = tmp_path / "runs" / "whole", tmp_path / "runs" / "cut"
    assert shoot([str(path), "--out", str(cut)], at=cut / "checkpoints" / "step-00000004") == -signal.SIGKILL
    for folder in (whole, cut):
        made = CliRunner().invoke(app, ["train", str(path), "--out", str(folder), "--json"], catch_exceptions=False)
        report = json.loads(made.stdout)
        assert (report["step"], report["out"]) == (40, str(folder))
    weights = [load_file(folder / "model" / "model.safetensors") for folder in (whole, cut)]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weight, weights[1][name]) for name, weight in weights[0].items())
    assert [line["step"] for line in read_lines(cut / "metrics.jsonl")] == list(range(1, 41))
    loads_in_plain_transformers(cut / "model", built)
    with pytest.raises(UserError, match=r"holds a run with another seed \(seed was 0, is 9\)"):
        train(recipe(tmp_path, data=str(built.store.path), dropout=0.1, seed=9), out_folder=cut)
    with pytest.raises(UserError, match="holds a run; give another --out"):
        train(path, out_folder=cut, resume=False)


def loads_in_plain_transformers(folder: Path, built: Workshop) -> None:
    network = AutoModelForSeq2SeqLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    made = network.generate(**tokenizer("ما عاصمة مصر؟", return_tensors="pt"), max_new_tokens=4, do_sample=False)
    assert made.shape[0] == 1
    card = (folder / "README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(card.split("---")[1])
    assert head["language"] == ["amh", "ara", "tel", "tha", "yor", "zho"]
    assert f"| rows | CC0-1.0 | 60 | 200 | {200 / 60:.2f} |" in card
    assert f"small {built.version().name}" in card


FETCH = """
import sys
from pathlib import Path
from aya.training_data import open_rows
rows = open_rows("ada/capitals@v1.0.0", home=Path(), releases=Path(sys.argv[1]))
print(rows.name, *rows.licenses.values(), sum(segment.rows for some in rows.segments.values() for segment in some))
"""


@pytest.mark.slow
def test_a_release_is_fetched_from_the_hub_once(built: Workshop, tmp_path: Path) -> None:
    made = prepare(built.version().path, tmp_path / "made", Request(None, "2026-11-23", Facts(license="CC0-1.0")))
    command = [sys.executable, "-c", FETCH, str(tmp_path / "releases")]
    with Hub(tmp_path / "hub", xet=True) as hub:
        push(made.path, "ada/capitals", endpoint=hub.url, token=hub.token("ada"), check="sums")
        environment = hub.environment(tmp_path / "home")
        said = [subprocess.check_output(command, env=environment, text=True)]
    said.append(subprocess.check_output(command, env=environment, text=True))  # nobody is there to ask any more
    assert said == ["ada/capitals@v1.0.0 CC0-1.0 60\n"] * 2
