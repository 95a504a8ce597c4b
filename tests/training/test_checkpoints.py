import struct
from pathlib import Path

import pytest
import torch
from tensorboardX.proto.event_pb2 import Event

from training.adafactor import Adafactor
from training.checkpoints import Checkpoints, write_folder
from training.metrics import Metrics, read_lines
from training.parallel import Processes


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(130, 140), torch.nn.Linear(140, 2))


def stepped(made: torch.nn.Module, optimiser: torch.optim.Optimizer, num: int) -> None:
    for step in range(num):
        torch.manual_seed(step)
        made(torch.randn(3, 130)).square().sum().backward()
        optimiser.step()
        optimiser.zero_grad()


@pytest.mark.parametrize("kind", [Adafactor, torch.optim.AdamW])
def test_what_is_restored_steps_as_what_was_saved(tmp_path: Path, kind: type[torch.optim.Optimizer]) -> None:
    made, again = network(), network()
    optimisers = [kind(one.parameters(), lr=0.01) for one in (made, again)]  # type: ignore[call-arg]
    checkpoints = Checkpoints(tmp_path, keep=2, processes=Processes())
    assert checkpoints.restore(again, optimisers[1]) is None
    stepped(made, optimisers[0], 3)
    checkpoints.save(3, {"position": 77}, made, optimisers[0])
    assert checkpoints.restore(again, optimisers[1]) == {"position": 77, "step": 3}
    for one, optimiser in zip((made, again), optimisers, strict=True):
        stepped(one, optimiser, 2)
    assert all(torch.equal(weight, other) for weight, other in zip(made.parameters(), again.parameters(), strict=True))


def test_the_last_few_stay(tmp_path: Path) -> None:
    made = network()
    checkpoints = Checkpoints(tmp_path, keep=2, processes=Processes())
    for step in (5, 10, 15):
        checkpoints.save(step, {}, made, Adafactor(made.parameters()))
    assert checkpoints.steps() == [10, 15]


def test_what_a_kill_left_half_written_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    made = network()
    checkpoints = Checkpoints(tmp_path, keep=2, processes=Processes())
    checkpoints.save(5, {}, made, Adafactor(made.parameters()))

    def broken(folder: Path) -> None:
        (folder / "weights.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "step-00000010", broken)
    assert checkpoints.steps() == [5]
    assert Checkpoints(tmp_path, keep=2, processes=Processes()).steps() == [5]
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000005"]


def test_metrics_after_the_checkpoint_are_taken_back(tmp_path: Path) -> None:
    with Metrics(tmp_path, after=0) as metrics:
        for step in (1, 2, 3):
            metrics.write({"step": step, "loss": 1 / step})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')  # a kill
    with Metrics(tmp_path, after=2) as metrics:
        metrics.write({"step": 3, "loss": 0.5})
    assert read_lines(tmp_path / "metrics.jsonl") == [
        {"step": 1, "loss": 1.0}, {"step": 2, "loss": 0.5}, {"step": 3, "loss": 0.5}
    ]  # fmt: skip


def test_tensorboard_gets_the_same_numbers(tmp_path: Path) -> None:
    with Metrics(tmp_path, after=0) as metrics:
        metrics.write({"step": 1, "loss": 2.5})
    (path,) = (tmp_path / "tensorboard").iterdir()
    content, found = path.read_bytes(), []
    while content:  # records of TensorFlow: length, checksum, event, checksum
        (size,) = struct.unpack("<Q", content[:8])
        found.append(Event.FromString(content[12 : 12 + size]))
        content = content[16 + size :]
    values = [(event.step, value.tag, value.simple_value) for event in found for value in event.summary.value]
    assert values == [(1, "loss", 2.5)]
