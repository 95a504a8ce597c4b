"""A run cut over processes of this machine, as torchrun starts them; what tests spawn."""

import os
from pathlib import Path

import torch

from tests.training.draws import questions
from training.loop import train
from training.model import load_model
from training.parallel import joined
from training.settings import Training


def run(rank: int, world: int, port: int, start: str, out: str, plans: list[str]) -> None:
    """Train by each plan in turn from the model in `start`, one of `world` processes."""
    torch.set_num_threads(1)
    os.environ |= {"RANK": f"{rank}", "WORLD_SIZE": f"{world}", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": f"{port}"}
    with joined(world=world) as processes:
        for number, text in enumerate(plans):
            plan = Training.model_validate_json(text)
            train(plan, load_model(start, device="cpu"), questions(400), Path(out) / f"{number}", processes=processes)
