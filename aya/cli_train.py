"""`aya train`: a model on the mixture of a version."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from aya.errors import UserError
from aya.stage import load
from aya.terminal import AsJson, out, print_json, talk
from aya.training_file import load_training
from aya.training_run import run


def train(
    recipe: Annotated[Path, typer.Argument(help="a training recipe (YAML), or a preset: aya-101, tiny")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data", help="what to train on instead: a store, store@version, a release, org/name@tag; again for more"
        ),
    ] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="folder of the run [default: build/training/NAME]")
    ] = None,
    resume: Annotated[bool, typer.Option(help="go on from the last checkpoint in --out, if there is one")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="say only what went wrong")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model as a recipe says; a killed run goes on where it stopped, to the same weights bit by bit.

    Metrics are in OUT/metrics.jsonl and for TensorBoard in OUT/tensorboard, the model with its card in OUT/model. On
    several accelerators: torchrun --nproc-per-node 8 --no-python aya train RECIPE
    """
    plan = load_training(recipe, data=data or ())
    folder = out_folder or Path("build/training") / plan.name
    if not resume and (folder / "run.json").exists():
        raise UserError(f"{folder} holds a run; give another --out, or go on with it by --resume")
    with load("training.parallel:joined")(world=int(os.environ.get("WORLD_SIZE", "1"))) as processes:
        silent = quiet or not processes.first
        report = run(
            plan,
            recipe.parent,
            folder,
            processes,
            introduce=(lambda draws, model: None) if silent else partial(_introduce, plan),
            tell=_Talk(plan, quiet=silent),
        )
    if report is None:
        return
    if as_json:
        print_json(report)
    else:
        out.print(f"{plan.name}: {report['step']:,} steps, loss {report['loss']:.3f}", markup=False)
        out.print(f"  in    {folder / 'model'}", markup=False)


def _introduce(plan: Any, draws: Any, model: Any) -> None:
    weights = sum(weight.numel() for weight in model.network.parameters())
    talk.print(
        f"{model.name} ({weights:,} weights, {model.kind}) on {len(draws):,} draws; {plan.steps:,} steps", markup=False
    )
    if model.tokens.lost:
        talk.print(f"its vocabulary does not keep {', '.join(model.tokens.lost)}", markup=False)


class _Talk:
    """Says the loss and the speed from time to time, and at every checkpoint."""

    def __init__(self, plan: Any, *, quiet: bool, every: float = 5.0) -> None:
        self._plan, self._quiet, self._every, self._said = plan, quiet, every, 0.0

    def __call__(self, line: dict[str, Any]) -> None:
        now = time.monotonic()
        checked = "held_out_loss" in line or line["step"] == self._plan.steps
        if self._quiet or (now - self._said < self._every and not checked):
            return
        self._said = now
        held = f", held out {line['held_out_loss']:.3f}" if "held_out_loss" in line else ""
        talk.print(
            f"step {line['step']:,} of {self._plan.steps:,}: loss {line['loss']:.3f}{held};"
            f" {line['tokens_per_second']:,.0f} tokens/s, {line['useful_share']:.0%} useful",
            markup=False,
        )
