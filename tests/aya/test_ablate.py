"""What each source is worth, from a version to the table, with models that learn in seconds."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from aya.ablation import ALL, Ablation, ablate, folder_of, variants
from aya.cli import app
from aya.errors import UserError
from aya.evaluation_file import load_tasks
from aya.training_file import load_training
from tests.workshop import Workshop

pytestmark = pytest.mark.usefixtures("one_thread")

FACTS = {
    "aya_dataset": [("Kí ni ajá?", "ẹranko", "yor"), ("Kí ni ìrẹsì?", "oúnjẹ", "yor")],
    "aya_templates": [("ما الكلب؟", "حيوان", "ara"), ("ما الأرز؟", "طعام", "ara")],
}
"""A dog is an animal, rice is food: each source knows one language."""

TASK = {
    "name": "what",
    "kind": "choice",
    "about": "animal or food",
    "license": "CC0-1.0",
    "language": "{{ language }}",
    "choices": "{{ 'ẹranko ||| oúnjẹ' if language == 'yor' else 'حيوان ||| طعام' }}",
    "answer": "{{ 0 if targets in ('ẹranko', 'حيوان') else 1 }}",
    "prompts": [{"name": "plain", "text": "{{ inputs }}"}],
}


@pytest.fixture
def asked(workshop: Workshop) -> Ablation:
    """A version of two sources, a training recipe and a task over its rows."""
    sources = []
    for name, facts in FACTS.items():
        rows = [{"q": q, "a": a, "l": language} for q, a, language in facts for _ in range(8)]
        workshop.rows(rows, file=f"{name}.jsonl")
        columns = {"inputs": "q", "targets": "a", "language": "l"}
        about = {"license": "CC0-1.0", "revision": "1", "citation": "nobody"}
        sources.append({"name": name, "use": "collection.jsonl", "files": f"{name}.jsonl", "columns": columns, **about})
    workshop.recipe(sources=sources)
    workshop.build()
    training = {
        "name": "small", "data": str(workshop.folder / "store"), "model": {"new": "tiny-mt5", "vocabulary": 400},
        "steps": 30, "rows": 4, "rows_at_once": 4, "inputs": 64, "targets": 64, "dropout": 0.0,
        "optimiser": {"name": "adamw", "rate": 0.005, "clip": 1.0},
    }  # fmt: skip
    (workshop.folder / "train.yaml").write_text(yaml.safe_dump(training), encoding="utf-8")
    task: dict[str, Any] = dict(TASK)
    task["rows"] = {"version": str(workshop.folder / "store")}
    (workshop.folder / "what.yaml").write_text(yaml.safe_dump(task), encoding="utf-8")
    return Ablation(
        plan=load_training(workshop.folder / "train.yaml"),
        home=workshop.folder,
        tasks=load_tasks([str(workshop.folder / "what.yaml")]),
    )


def test_runs_are_all_each_without_one_and_the_published_ones(asked: Ablation, tmp_path: Path) -> None:
    found = variants(asked, tmp_path)
    assert list(found) == [
        "all", "without aya_dataset", "without aya_templates", "aya-human-heavy", "aya-translation-heavy",
        "aya-template-heavy",
    ]  # fmt: skip
    assert found["all"]["weights"] == {"aya_dataset": 16, "aya_templates": 16}
    assert found["without aya_dataset"]["weights"] == {"aya_dataset": 0, "aya_templates": 16}


@pytest.mark.slow
def test_a_source_is_worth_what_its_language_loses_without_it(asked: Ablation, tmp_path: Path) -> None:
    small = Ablation(**{**vars(asked), "weightings": False})
    found = ablate(small, tmp_path / "out")
    assert found["models"] == ["all", "without aya_dataset", "without aya_templates"]
    worth = found["worth"]["what"]
    assert worth["aya_dataset"]["earns"] == ["yor_Latn"]
    assert worth["aya_dataset"]["languages"]["yor_Latn"]["value"] == pytest.approx(50)  # what chance gives stays
    assert worth["aya_templates"]["earns"] == ["ara_Arab"]
    assert worth["aya_templates"]["costs"] == []
    heard: list[str] = []
    assert ablate(small, tmp_path / "out", tell=lambda what, done, of: heard.append(what)) == found
    assert not [what for what in heard if what.startswith("train")]  # nothing is trained again
    assert json.loads((tmp_path / "out" / "ablation.json").read_text(encoding="utf-8")) == found


def test_what_can_not_be_left_out_is_said(asked: Ablation, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no source 'aya_datasets'; did you mean 'aya_dataset'"):
        variants(Ablation(**{**vars(asked), "without": ["aya_datasets"]}), tmp_path)
    alone = asked.plan.model_copy(update={"mixture": {"weights": {"aya_dataset": 1, "aya_templates": 0}}})
    with pytest.raises(UserError, match="nothing to leave out: all is of aya_dataset"):
        variants(Ablation(**{**vars(asked), "plan": alone}), tmp_path)


def test_a_dry_run_shows_the_runs_and_trains_nothing(asked: Ablation, tmp_path: Path) -> None:
    recipe, task = asked.home / "train.yaml", asked.home / "what.yaml"
    command = ["ablate", str(recipe), "--task", str(task), "--out", str(tmp_path / "x"), "--dry-run", "--json"]
    done: Any = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["aya-human-heavy"] == {"preset": "aya-human-heavy"}
    assert not (tmp_path / "x").exists()
    assert folder_of("without a b") == "without_a_b"
    assert ALL in json.loads(done.stdout)
