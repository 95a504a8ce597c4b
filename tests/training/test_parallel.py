import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.multiprocessing.spawn import spawn

from tests.training.draws import questions
from tests.training.two_processes import run
from training.loop import train
from training.metrics import read_lines
from training.model import load_model, new_model
from training.settings import Training
from training.tokens import Tokens

LAST = "checkpoints/step-00000004"


def plans(**changes: Any) -> list[Training]:
    """Return one for each optimiser."""
    settings: dict[str, Any] = {
        "name": "two", "data": ["none"], "model": "start", "steps": 4, "rows": 4, "rows_at_once": 1, "inputs": 96,
        "targets": 96, "dropout": 0.0, "checkpoint_every": 2, **changes,
    }  # fmt: skip
    optimisers = [{"name": "adafactor", "rate": 0.02}, {"name": "adamw", "rate": 3e-4, "clip": 1.0}]
    return [Training.model_validate({**settings, "optimiser": one}) for one in optimisers]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.slow
def test_two_processes_with_cut_weights_are_one_process(tokens: Tokens, tmp_path: Path) -> None:
    start = tmp_path / "start"
    # 128 columns: matrices are factored; 601 rows: the processes have parts of unlike size.
    new_model("tiny-mt5", tokens, device="cpu", d_model=128, vocab_size=601).save(start)
    made = plans()
    half = plans(precision="bfloat16", recompute=True)[0]
    texts = [plan.model_dump_json() for plan in (*made, half)]
    spawn(run, (2, free_port(), str(start), str(tmp_path / "two"), texts), nprocs=2)  # type: ignore[no-untyped-call]
    for number, plan in enumerate(made):
        one = tmp_path / "one" / f"{number}"
        two = tmp_path / "two" / f"{number}"
        train(plan, load_model(str(start), device="cpu"), questions(400), one)
        for file in ("weights.safetensors", "optimiser.safetensors"):
            whole, cut = (load_file(run / LAST / file) for run in (one, two))
            assert whole.keys() == cut.keys()
            for name, tensor in whole.items():
                assert torch.allclose(cut[name], tensor, atol=1e-5), (plan.optimiser.name, file, name)
        lines = [read_lines(run / "metrics.jsonl") for run in (one, two)]
        for name in ("loss", "gradient_norm"):
            assert [line[name] for line in lines[1]] == pytest.approx([line[name] for line in lines[0]], rel=1e-4)
    numbers = read_lines(tmp_path / "two" / "2" / "metrics.jsonl")  # half precision: near, with other roundings
    exact = read_lines(tmp_path / "one" / "0" / "metrics.jsonl")
    assert [line["loss"] for line in numbers] == pytest.approx([line["loss"] for line in exact], rel=0.02)
    longer = made[0].model_copy(update={"steps": 6})
    ends = []
    for name in ("one", "two"):  # one process goes on from what two have written
        ends.append(load_model(str(start), device="cpu"))
        train(longer, ends[-1], questions(400), tmp_path / name / "0")
    for weight, other in zip(*(end.network.parameters() for end in ends), strict=True):
        assert torch.allclose(weight, other, atol=1e-5)
