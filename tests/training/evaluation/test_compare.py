from pathlib import Path

import pytest

from aya.errors import UserError
from tests.training.evaluation.worksheets import ROWS, choices
from training.evaluation.compare import compare
from training.evaluation.run import Given, evaluate
from training.model import Model, new_model


@pytest.fixture
def runs(model: Model, tmp_path: Path) -> list[Path]:
    """Two models on the same items, one of them on a few more."""
    other = new_model(model.name, model.tokens, seed=3, device="cpu")
    evaluate(model, [Given(task=choices(), rows=ROWS)], tmp_path / "a", name="a")
    evaluate(other, [Given(task=choices(), rows=[*ROWS, {**ROWS[0], "q": "?"}])], tmp_path / "b", name="b")
    return [tmp_path / "a", tmp_path / "b"]


def test_differences_are_those_of_the_same_items(runs: list[Path]) -> None:
    found = compare(runs)
    task = found["tasks"]["capitals"]
    assert found["models"] == ["a", "b"]
    assert task["items"] == 6
    both = task["all"]["all"]
    first, second = (figure["value"] for figure in both["figures"])
    assert both["differences"][0]["value"] == pytest.approx(second - first)
    assert set(task["language"]) == {"amh_Ethi", "ara_Arab", "tel_Telu", "tha_Thai", "yor_Latn", "zho_Hans"}


def test_a_model_does_not_differ_from_itself(runs: list[Path]) -> None:
    found = compare([runs[0], runs[0]], measure="accuracy_norm")
    assert found["tasks"]["capitals"]["measure"] == "accuracy_norm"
    assert found["models"] == [str(runs[0])] * 2
    for group in found["tasks"]["capitals"]["resource"].values():
        assert group["differences"] == [{"value": 0, "low": 0, "high": 0, "sure": False}]


def test_runs_that_were_asked_otherwise_are_not_compared(model: Model, runs: list[Path], tmp_path: Path) -> None:
    other = choices(choices="{{ wrong }} ||| {{ right }}")
    evaluate(model, [Given(task=other, rows=ROWS)], tmp_path / "c")
    with pytest.raises(UserError, match="capitals: the runs were asked other questions"):
        compare([runs[0], tmp_path / "c"])
    evaluate(model, [Given(task=choices(name="else"), rows=ROWS)], tmp_path / "d")
    with pytest.raises(UserError, match="have no task in common"):
        compare([runs[0], tmp_path / "d"])
    with pytest.raises(UserError, match="name two runs or more"):
        compare(runs[:1])
