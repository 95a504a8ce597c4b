"""Checkpoints of a run: whole or not there, the last few of them, weights and moments bit by bit."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aya.errors import needs
from aya.table import sync_folder
from training.adafactor import Adafactor
from training.parallel import Processes, put_whole, whole

with needs("training"):
    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

_WEIGHTS, _MOMENTS, _STATE = "weights.safetensors", "optimiser.safetensors", "state.json"


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Write a folder so that it is either whole or not there: beside it, fsync, rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    write(temporary)
    for path in [*temporary.rglob("*")]:
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(temporary)
    remove_folder(folder)
    temporary.rename(folder)
    sync_folder(folder.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder, if it is there, so that a killed removal leaves no half of it under its name."""
    if folder.is_dir():
        gone = folder.with_name(f".{folder.name}.{os.getpid()}.old.tmp")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone)


class Checkpoints:
    """The checkpoints in a folder, `step-00000100` and so on; at most `keep` of them stay."""

    def __init__(self, folder: Path, *, keep: int, processes: Processes) -> None:
        self._folder, self._keep, self._processes = folder, keep, processes
        if processes.first:
            for path in folder.glob(".*.tmp"):
                shutil.rmtree(path, ignore_errors=True)
        processes.wait()

    def steps(self) -> list[int]:
        """Return the steps that there is a checkpoint of, the earliest first."""
        return sorted(int(path.name.partition("-")[2]) for path in self._folder.glob("step-*"))

    def save(self, step: int, state: Mapping[str, Any], network: Any, optimiser: torch.optim.Optimizer) -> None:
        """Write a checkpoint; every process takes part, the first one writes."""
        weights = {name: whole(weight, self._processes) for name, weight in network.named_parameters()}
        moments, counts = {}, {}
        for name, key, value in _moments(network, optimiser):
            if isinstance(value, torch.Tensor):
                moments[f"{name}/{key}"] = whole(value, self._processes)
            else:
                counts[f"{name}/{key}"] = value
        if self._processes.first:
            described = {**state, "step": step, "counts": counts}
            write_folder(self._path(step), lambda folder: _write(folder, weights, moments, described))
            for old in self.steps()[: -self._keep]:
                remove_folder(self._path(old))
        self._processes.wait()

    def restore(self, network: Any, optimiser: torch.optim.Optimizer) -> dict[str, Any] | None:
        """Put the latest checkpoint into network and optimiser and return its state; None if there is none."""
        folder = self.weights_into(network)
        if folder is None:
            return None
        state: dict[str, Any] = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        with safe_open(folder / _MOMENTS, framework="pt") as file:
            moments = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it can not be iterated
        _restore(network, optimiser, {**moments, **state.pop("counts")})
        return state

    def weights_into(self, network: Any) -> Path | None:
        """Put the weights of the latest checkpoint into a network; return its folder, None if there is none."""
        steps = self.steps()
        if not steps:
            return None
        folder = self._path(steps[-1])
        with safe_open(folder / _WEIGHTS, framework="pt") as file:
            for name, weight in network.named_parameters():
                put_whole(weight, file.get_tensor(name))
        return folder

    def _path(self, step: int) -> Path:
        return self._folder / f"step-{step:08d}"


def _write(
    folder: Path, weights: dict[str, torch.Tensor], moments: dict[str, torch.Tensor], state: Mapping[str, Any]
) -> None:
    save_file(weights, folder / _WEIGHTS)
    save_file(moments, folder / _MOMENTS)
    (folder / _STATE).write_text(json.dumps(state, indent=1), encoding="utf-8")


def _moments(network: Any, optimiser: torch.optim.Optimizer) -> Iterator[tuple[str, str, Any]]:
    for name, weight in network.named_parameters():
        for key, value in optimiser.state[weight].items():
            yield name, key, value


def _restore(network: Any, optimiser: torch.optim.Optimizer, found: Mapping[str, Any]) -> None:
    """Fill the optimiser's state, in the form that each of its parameters has it."""
    weights = dict(network.named_parameters())
    for name in found:
        weight, key = weights[name.rpartition("/")[0]], name.rpartition("/")[2]
        state = optimiser.state[weight]
        if isinstance(optimiser, Adafactor) and not state:
            state.update(optimiser.new_state(weight))
        value = found[name]
        if not isinstance(value, torch.Tensor):
            state[key] = value
            continue
        if key not in state:  # AdamW's moments are like the weights, its count of steps is a number
            state[key] = torch.zeros_like(weight) if value.shape == weight.shape else torch.zeros_like(value)
        put_whole(state[key], value)
