import json
from pathlib import Path

import pytest

from aya.errors import UserError
from tests.training.evaluation.worksheets import ROWS, choices, texts
from training.evaluation import answers
from training.evaluation.leaks import Leaks
from training.evaluation.run import Given, evaluate, read_run
from training.model import Model, new_model


def test_a_run_holds_figures_by_language_and_level(model: Model, tmp_path: Path) -> None:
    found = evaluate(model, [Given(task=choices(), rows=ROWS), Given(task=texts(), rows=ROWS)], tmp_path)
    assert json.loads((tmp_path / "results.json").read_text()) == found
    told = found["tasks"]["capitals"]["measures"]["accuracy"]
    assert set(told["language"]) == {"amh_Ethi", "ara_Arab", "tel_Telu", "tha_Thai", "yor_Latn", "zho_Hans"}
    assert set(told["resource"]) == {"high", "low", "mid"}
    assert found["tasks"]["capitals"]["chance"] == 50
    assert set(found["tasks"]["answers"]["measures"]) == {"chrf++", "f1"}


def test_a_run_that_was_cut_off_goes_on_to_the_same_figures(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(answers.CHUNK, "choice", 4)
    given = Given(task=choices(), rows=ROWS)
    whole = evaluate(model, [given], tmp_path / "whole")
    evaluate(model, [given], tmp_path / "cut")
    journal = tmp_path / "cut" / "answers" / "capitals.jsonl"
    kept = journal.read_bytes()[:-150]  # in the middle of a line
    journal.write_bytes(kept)
    heard: list[int] = []
    assert evaluate(model, [given], tmp_path / "cut", tell=lambda what, done, of: heard.append(done)) == whole
    assert heard == [4, 8, 12]
    assert journal.read_bytes().startswith(kept[: kept.rfind(b"\n")])
    assert read_run(tmp_path / "cut", "capitals").answers == read_run(tmp_path / "whole", "capitals").answers


def test_a_folder_is_of_one_model_and_of_the_same_items(model: Model, tmp_path: Path) -> None:
    evaluate(model, [Given(task=choices(), rows=ROWS)], tmp_path)
    other = new_model(model.name, model.tokens, seed=1, device="cpu")
    with pytest.raises(UserError, match="with other weights; give another --out"):
        evaluate(other, [Given(task=choices(), rows=ROWS)], tmp_path)
    with pytest.raises(UserError, match="answers to other items of capitals"):
        evaluate(model, [Given(task=choices(), rows=ROWS[:2])], tmp_path)
    with pytest.raises(UserError, match="answers to capitals with another end, longest; give another --out"):
        evaluate(model, [Given(task=choices(end=True, longest=64), rows=ROWS)], tmp_path)
    evaluate(model, [Given(task=choices(measures=["accuracy_norm"]), rows=ROWS)], tmp_path)  # asks nothing again


def test_a_run_is_told_without_the_items_that_leaked(model: Model, tmp_path: Path) -> None:
    rows = [{**row, "id": "same"} for row in ROWS[:2]] + [{**ROWS[0], "id": "other"}]
    leaks = Leaks(items={"same": ("yor",)})
    result = evaluate(model, [Given(task=choices(id="{{ id }}"), rows=rows, leaks=leaks)], tmp_path)["tasks"][
        "capitals"
    ]
    assert (result["leaked_same_language"], result["leaked_any_language"]) == (1, 2)
    told = result["measures"]["accuracy"]["language"]
    assert told["yor_Latn"]["without_same_language"]["items"] == 1
    assert told["ara_Arab"]["without_same_language"]["items"] == 1
    assert told["ara_Arab"]["without_any_language"] is None


def test_a_task_that_is_not_done_is_not_read(model: Model, tmp_path: Path) -> None:
    evaluate(model, [Given(task=choices(), rows=ROWS)], tmp_path)
    with pytest.raises(UserError, match="no task 'capital'; did you mean 'capitals'"):
        read_run(tmp_path, "capital")
    (tmp_path / "answers" / "capitals.jsonl").unlink()
    with pytest.raises(UserError, match="capitals is not done"):
        read_run(tmp_path, "capitals")
