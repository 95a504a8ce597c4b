"""Train: packed steps from the mixture, the loss averaged per completion, everything again from the last checkpoint."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aya.errors import UserError, needs
from aya.text import hash64
from training.adafactor import Adafactor
from training.batches import Batch, Example
from training.checkpoints import Checkpoints
from training.metrics import Metrics
from training.model import Model
from training.network import Packed
from training.parallel import Processes, shard
from training.settings import Training
from training.stream import Draws, Step, batch_of, steps

with needs("training"):
    import torch

Line = dict[str, Any]
"""The numbers of one step."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """Examples that are never trained on, each with its language."""

    examples: Sequence[Example] = ()
    languages: Sequence[str] = ()


def train(
    plan: Training,
    model: Model,
    draws: Draws,
    out: Path,
    *,
    held: Held | None = None,
    processes: Processes | None = None,
    tell: Callable[[Line], None] = lambda line: None,
) -> Line:
    """Train a model as a recipe says, from the last checkpoint in `out` on; return the numbers of the last step.

    The model is changed. The same recipe gives the same weights bit by bit, however often the run was killed, with any
    number of workers; with another number of processes, only as exactly as sums are.
    """
    processes = processes or Processes()
    trainer = _Trainer(plan, model, held or Held(), processes)
    checkpoints = Checkpoints(out / "checkpoints", keep=plan.keep, processes=processes)
    state = checkpoints.restore(model.network, trainer.optimiser) or {"step": 0, "position": 0}
    done, line = state["step"], dict(state.get("line", {}))
    with _metrics(out, after=done, processes=processes) as metrics:
        coming = steps(draws, model, plan, start=state["position"]) if done < plan.steps else iter(())
        for number, step in enumerate(coming, done + 1):
            line = {"step": number, "position": step.stop, **trainer.step(number, step)}
            last = number == plan.steps
            if last or number % (plan.validate_every or plan.checkpoint_every) == 0:
                line |= trainer.validate()
            if metrics:
                metrics.write(line)
            tell(line)
            if last or number % plan.checkpoint_every == 0:
                if metrics:
                    metrics.sync()
                state = {"position": step.stop, "line": line}
                checkpoints.save(number, state, model.network, trainer.optimiser)
            if last:
                break
    return line


@contextmanager
def _metrics(out: Path, *, after: int, processes: Processes) -> Iterator[Metrics | None]:
    if not processes.first:
        yield None
        return
    out.mkdir(parents=True, exist_ok=True)
    with Metrics(out, after=after) as metrics:
        yield metrics


class _Trainer:
    """A model, what steps it, and how many processes share the rows."""

    def __init__(self, plan: Training, model: Model, held: Held, processes: Processes) -> None:
        together = plan.rows_at_once * processes.world
        if plan.rows % together:
            raise UserError(f"{plan.rows} rows can not be shared by {processes.world} processes, {together} at once")
        self._plan, self._model, self._held, self._processes = plan, model, held, processes
        self._packed = Packed(model.network)
        prepare(model.network, plan)
        self._half = torch.bfloat16 if plan.precision == "bfloat16" else torch.float32
        if processes.world > 1:
            shard(self._packed, model.network, precision=self._half)
        self.optimiser = optimiser_of(model.network, plan)

    def step(self, number: int, step: Step) -> Line:
        """Train on the rows of a step."""
        started = time.perf_counter()
        rate = self._plan.optimiser.rate_at(number, self._plan.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batches = step.batches(self._model, self._plan.rows_at_once)
        loss = self._gradient(number, step, batches)
        norm = torch.nn.utils.clip_grad_norm_(
            list(self._packed.parameters()), self._plan.optimiser.clip or float("inf"), foreach=False
        )
        self.optimiser.step()
        self.optimiser.zero_grad()
        useful = sum(batch.useful for batch in batches)
        return {
            "loss": loss,
            "gradient_norm": float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm),
            "rate": rate,
            "completions": step.completions,
            "cut": step.cut(self._plan),
            "useful_tokens": useful,
            "useful_share": useful / sum(batch.size for batch in batches),
            "tokens_per_second": useful / (time.perf_counter() - started),
        }

    def _gradient(self, number: int, step: Step, batches: Sequence[Batch]) -> float:
        """Add up the gradient of the loss over all rows of the step, this process's part of them; return the loss."""
        rank, world = self._processes.rank, self._processes.world
        torch.manual_seed(hash64(f"dropout {number} {rank}", seed=self._plan.seed) % 2**63)
        self._model.network.train()
        total = torch.zeros((), device=self._model.device)
        for batch in batches[rank::world]:
            with self._precision():
                loss = self._packed(batch.to(self._model.device)).sum() * (world / step.completions)
            loss.backward()
            total += loss.detach()
        return self._processes.mean(total)

    @torch.no_grad()
    def validate(self) -> Line:
        """Return the loss on the rows that were held out, and by language; nothing if there are none."""
        losses: list[float] = []
        self._model.network.eval()
        for begin in range(0, len(self._held.examples), self._plan.rows_at_once):
            some = self._held.examples[begin : begin + self._plan.rows_at_once]
            batch = batch_of(self._model, [[example] for example in some])
            with self._precision():
                losses += self._packed(batch.to(self._model.device)).tolist()
        if not losses:
            return {}
        by_language: dict[str, list[float]] = {}
        for language, loss in zip(self._held.languages, losses, strict=True):
            by_language.setdefault(language, []).append(loss)
        return {
            "held_out_loss": sum(losses) / len(losses),
            **{f"held_out_loss/{code}": sum(some) / len(some) for code, some in sorted(by_language.items())},
        }

    def _precision(self) -> Any:
        if self._half is torch.float32 or self._processes.world > 1:
            return nullcontext()
        return torch.autocast(self._model.device.type, dtype=self._half)


def prepare(network: Any, plan: Training) -> None:
    """Set what a recipe says of the network itself."""
    if plan.dropout is not None:
        for module in network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = plan.dropout
            elif isinstance(getattr(module, "dropout", None), float):  # attention in T5
                module.dropout = plan.dropout
    if plan.recompute:
        network.activation_checkpointing_enable()


def optimiser_of(network: Any, plan: Training) -> torch.optim.Optimizer:
    """Return the optimiser of a recipe over the weights of a network."""
    said = plan.optimiser
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    if said.name == "adafactor":
        return Adafactor(weights, said.rate)
    return torch.optim.AdamW(weights, said.rate, weight_decay=said.weight_decay)
