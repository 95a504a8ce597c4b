from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.draws import Listed, questions
from training.batches import Example
from training.loop import Held, Line, train
from training.metrics import read_lines
from training.model import Model, new_model
from training.settings import Training
from training.stream import encode, steps
from training.tokens import Tokens

DRAWS = questions(400)


def plan(**changes: Any) -> Training:
    settings: dict[str, Any] = {
        "name": "test", "data": ["none"], "model": {"new": "tiny-mt5", "vocabulary": 600}, "steps": 6, "rows": 4,
        "rows_at_once": 2, "inputs": 96, "targets": 96, "dropout": 0.1, "checkpoint_every": 2,
        "optimiser": {"rate": 0.02},
    }  # fmt: skip
    return Training.model_validate({**settings, **changes})


def fresh(tokens: Tokens, shape: str = "tiny-mt5") -> Model:
    return new_model(shape, tokens, device="cpu", **({"d_model": 32} if shape == "tiny-mt5" else {}))


def weights(model: Model) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in model.network.parameters()])


class Killed(BaseException):
    """Comes from outside, at any moment."""


def killed_at(step: int) -> Callable[[Line], None]:
    def tell(line: Line) -> None:
        if line["step"] == step:
            raise Killed

    return tell


@pytest.mark.parametrize("shape", ["tiny-mt5", "tiny-causal"])
def test_a_model_learns_by_heart_what_it_is_trained_on(tokens: Tokens, tmp_path: Path, shape: str) -> None:
    losses: list[float] = []
    settings = plan(steps=12, dropout=0.0, model={"new": shape, "vocabulary": 600})
    train(settings, fresh(tokens, shape), DRAWS, tmp_path, tell=lambda line: losses.append(line["loss"]))
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.parametrize("optimiser", ["adafactor", "adamw"])
def test_a_run_killed_at_every_step_has_the_same_weights_bit_by_bit(
    tokens: Tokens, tmp_path: Path, optimiser: str
) -> None:
    settings = plan(optimiser={"name": optimiser, "rate": 0.01})
    whole = fresh(tokens)
    train(settings, whole, DRAWS, tmp_path / "whole")
    for step in range(1, 6):  # a kill after 1 to 5 steps; checkpoints are at 2 and 4
        torch.manual_seed(step)  # of nobody's business
        with pytest.raises(Killed):
            train(settings, fresh(tokens), DRAWS, tmp_path / "cut", tell=killed_at(step))
    again = fresh(tokens)
    train(settings, again, DRAWS, tmp_path / "cut")
    assert torch.equal(weights(again), weights(whole))
    lines = [read_lines(tmp_path / name / "metrics.jsonl") for name in ("whole", "cut")]
    assert [line["step"] for line in lines[1]] == [1, 2, 3, 4, 5, 6]
    same = ("loss", "position", "completions", "gradient_norm")
    assert [[line[name] for name in same] for line in lines[1]] == [[line[name] for name in same] for line in lines[0]]


def test_a_finished_run_stays_as_it_is(tokens: Tokens, tmp_path: Path) -> None:
    first, again = fresh(tokens), fresh(tokens)
    line = train(plan(), first, DRAWS, tmp_path)
    assert train(plan(), again, DRAWS, tmp_path) == line
    assert torch.equal(weights(again), weights(first))
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-00000004", "step-00000006"]


def test_gradients_added_up_are_that_of_one_big_batch(tokens: Tokens, tmp_path: Path) -> None:
    found = []
    for at_once in (4, 2, 1):
        model, lines = fresh(tokens), list[Line]()
        settings = plan(steps=3, rows_at_once=at_once, dropout=0.0)
        train(settings, model, DRAWS, tmp_path / str(at_once), tell=lines.append)
        found.append((weights(model), torch.tensor([[line["loss"], line["gradient_norm"]] for line in lines])))
    for other, numbers in found[1:]:
        assert torch.allclose(other, found[0][0], atol=1e-5)
        assert torch.allclose(numbers, found[0][1], rtol=1e-5)


def test_the_loss_of_a_step_is_the_mean_of_its_examples_alone(tokens: Tokens, tmp_path: Path) -> None:
    model = fresh(tokens)
    step = next(steps(DRAWS, model, plan()))
    alone = []
    for example in (example for row in step.rows for example in row):
        ids = {"input_ids": torch.tensor([example.inputs]), "labels": torch.tensor([example.targets])}
        alone.append(model.network.eval()(**ids).loss.item())
    assert len(alone) == step.completions > 4
    line = train(plan(steps=1, dropout=0.0), model, DRAWS, tmp_path)
    assert line["loss"] == pytest.approx(sum(alone) / len(alone), rel=1e-5)


def drawn(
    draws: Listed, model: Model, settings: Training, num: int, start: int = 0
) -> list[tuple[int, int, list[list[Example]]]]:
    coming: Iterator[Any] = steps(draws, model, settings, start=start)
    return [(step.start, step.stop, step.rows) for step, _ in zip(coming, range(num), strict=False)]


def test_every_draw_is_in_one_step_in_order(tokens: Tokens) -> None:
    model, settings = fresh(tokens), plan()
    found = drawn(DRAWS, model, settings, 60)
    texts = [DRAWS.table[name].to_pylist() * 2 for name in ("inputs", "targets")]
    assert found[-1][1] > len(DRAWS)  # after the last draw comes the first
    for start, stop, rows in found:
        expected = encode(model, texts[0][start:stop], texts[1][start:stop], settings)
        assert sorted(example for row in rows for example in row) == sorted(expected)
    assert [stop for _, stop, _ in found[:-1]] == [start for start, _, _ in found[1:]]


def test_the_data_goes_on_from_one_integer(tokens: Tokens) -> None:
    model, settings = fresh(tokens), plan()
    found = drawn(DRAWS, model, settings, 30)
    for place in (1, 7, 29):
        assert drawn(DRAWS, model, settings, 30 - place, start=found[place][0]) == found[place:]


@pytest.mark.slow
def test_two_workers_draw_the_same_as_none(tokens: Tokens) -> None:
    model = fresh(tokens)
    assert drawn(DRAWS, model, plan(workers=2), 30) == drawn(DRAWS, model, plan(), 30)


def test_rows_that_are_held_out_are_never_drawn(tokens: Tokens, tmp_path: Path) -> None:
    split = ["test"] * 10 + ["train"] * 10 + [None] * 380
    draws = Listed(DRAWS.table.set_column(DRAWS.table.schema.get_field_index("split"), "split", [split]))
    model = fresh(tokens)
    settings = plan(held_out=0.5)
    first = drawn(draws, model, settings, 1)[0]
    assert first[0] == 0
    kept = sum(len(row) for row in first[2])
    assert kept < first[1] - first[0] - 10
    examples = encode(model, DRAWS.table["inputs"].to_pylist()[:4], DRAWS.table["targets"].to_pylist()[:4], settings)
    held = Held(examples=examples, languages=["yor", "ara", "tel", "zho"])
    line = train(settings.model_copy(update={"steps": 1}), model, draws, tmp_path, held=held)
    assert line["held_out_loss"] == pytest.approx(sum(line[f"held_out_loss/{code}"] for code in held.languages) / 4)


def test_half_precision_learns_too(tokens: Tokens, tmp_path: Path) -> None:
    model = fresh(tokens)
    settings = plan(precision="bfloat16", recompute=True, dropout=0.0)
    first = train(settings.model_copy(update={"steps": 1}), model, DRAWS, tmp_path / "one")
    last = train(settings, fresh(tokens), DRAWS, tmp_path / "six")
    assert last["loss"] < first["loss"]
    assert {weight.dtype for weight in model.network.parameters()} == {torch.float32}
