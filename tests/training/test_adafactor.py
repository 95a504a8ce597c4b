from typing import Any

import pytest
import torch
import transformers

from training.adafactor import Adafactor

Adafactors: Any = transformers.Adafactor


def weights() -> list[torch.nn.Parameter]:
    torch.manual_seed(0)
    shapes = [(6, 4), (4, 9), (7,), (1, 3)]
    return [
        torch.nn.Parameter(torch.randn(shape) * scale) for shape, scale in zip(shapes, (1, 1e-5, 2, 0.1), strict=True)
    ]


def steps(optimiser: torch.optim.Optimizer, params: list[torch.nn.Parameter], num: int) -> None:
    torch.manual_seed(1)
    for _ in range(num):
        for weight in params:
            weight.grad = torch.randn_like(weight) * 3
        params[0].grad[:, 1] = 0  # type: ignore[index]  # a column without a gradient
        optimiser.step()


@pytest.mark.parametrize("num", [1, 2, 20])
def test_each_step_is_that_of_transformers_with_the_settings_of_t5x(num: int) -> None:
    ours, theirs = weights(), weights()
    steps(Adafactor(ours, lr=3e-4, least_factored=1), ours, num)
    settings: dict[str, Any] = {
        "scale_parameter": True,
        "relative_step": False,
        "decay_rate": -0.8,
        "clip_threshold": 1.0,
    }
    steps(Adafactors(theirs, lr=3e-4, **settings), theirs, num)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-9)


def test_the_first_step_of_a_vector_is_worked_out_by_hand() -> None:
    # The first decay is 0, so the second moment is the squared gradient and the update is the sign, of RMS 1;
    # the parameter's RMS is sqrt((9 + 16) / 2) = 3.5355.
    weight = torch.nn.Parameter(torch.tensor([3.0, -4.0]))
    weight.grad = torch.tensor([0.5, -2.0])
    Adafactor([weight], lr=0.1).step()
    assert weight.tolist() == pytest.approx([3 - 0.35355, -4 + 0.35355], rel=1e-5)


def test_small_matrices_are_not_factored() -> None:
    small, large = torch.nn.Parameter(torch.ones(127, 200)), torch.nn.Parameter(torch.ones(128, 200))
    optimiser = Adafactor([small, large])
    for weight in (small, large):
        weight.grad = torch.ones_like(weight)
    optimiser.step()
    assert optimiser.state[small]["moment"].shape == (127, 200)
    assert (optimiser.state[large]["row"].shape, optimiser.state[large]["column"].shape) == ((128,), (200,))
