"""The steps of a loop, each of which goes on where a killed one stopped; what is done has a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from aya.build import build as run_build
from aya.distillation_file import load_distillation
from aya.engines.events import Engine
from aya.errors import UserError
from aya.evaluation_data import rows_of
from aya.loop.file import Loop, section, with_distilled
from aya.loop.outcome import outcome
from aya.loop.receipts import Receipts
from aya.recipe import load_recipe
from aya.stage import Tell, load, silent
from aya.store import Store
from aya.table import canonical, sha256
from aya.text import digest
from aya.training_file import load_training
from aya.training_run import run as run_training
from aya.version import Version

STORE, DISTILLED = "store", "distilled"
CARD = "training.card_tables:"


class Trained(NamedTuple):
    """A version of the collection and the model that was trained on it."""

    version: Path
    model: Path
    facts: dict[str, Any]


def run_loop(loop: Loop, home: Path, out: Path, *, engine: Engine, tell: Tell = silent) -> dict[str, Any]:
    """Go through the loop in a folder and return what came of it: both versions side by side.

    `home` is the folder that the recipe's paths are below. The same call goes on after a kill; what a changed setting
    does not touch is not done again.

    Raises: UserError.
    """
    run = _Run(loop, home.resolve(), out, engine, tell, Receipts(out / "steps"))
    plan = section(
        "distillation",
        _seeded(loop, loop.distillation),
        out,
        lambda path: load_distillation(path, data=home),
        partial(loop.place, "distillation"),
    )
    parts = load("training.safety.distill:parts_of")(plan)
    requests = load("training.safety.parts:one_way")(parts.held_out)
    training = run.training("before", Path())  # its faults are said before the first step, not after it
    before = run.trained("before", loop.collection)
    before.facts.update(run.measured("before", before, training, requests, before.version))
    distilled = run.distilled(plan, parts)
    after = run.trained("after", with_distilled(loop.collection, DISTILLED, loop.share))
    after.facts.update(run.measured("after", after, training, requests, before.version))
    made = outcome(loop, before.facts, after.facts, distilled)
    return {**made, "steps": {"done": run.receipts.ran, "known": run.receipts.known}}


def _seeded(loop: Loop, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": loop.name, "seed": loop.seed, **said}


@dataclass(frozen=True)
class _Run:
    """What all steps share."""

    loop: Loop
    home: Path
    out: Path
    engine: Engine
    tell: Tell
    receipts: Receipts

    def trained(self, side: str, collection: Mapping[str, Any]) -> Trained:
        """Build a version and train on it."""
        version = self._built(side, collection)
        plan = self.training(side, version)
        stands_on = [canonical(plan.model_dump(mode="json", exclude={"data"})), sha256(version / "manifest.json")]
        folder = self.out / "training" / f"{side}-{digest(*stands_on)[:8]}"
        last = self.receipts.once(f"train-{side}", stands_on, lambda: self._train(side, plan, folder))
        opened = Version(version)
        facts = {
            "version": opened.name,
            "rows": opened.manifest["num_kept"],
            "sources": _drawn(opened),
            "training": {name: last[name] for name in ("step", "loss", "held_out_loss", "position") if name in last},
            "model": str(folder / "model"),
        }
        return Trained(version, folder / "model", facts)

    def _built(self, side: str, collection: Mapping[str, Any]) -> Path:
        recipe = section(
            side,
            _seeded(self.loop, collection),
            self.out,
            lambda path: load_recipe(path, data=self.home),
            partial(self.loop.place, "collection"),
        )
        self.tell(f"build {side}", 0, 0)
        return Path(run_build(recipe, store=Store(self.out / STORE), engine=self.engine).version)

    def training(self, side: str, version: Path) -> Any:
        """Return the plan of a training run on a version."""
        said = _seeded(self.loop, self.loop.training) | {"name": f"{self.loop.name}-{side}"}
        return section(
            f"training-{side}",
            said,
            self.out,
            lambda path: load_training(path, data=[str(version)]),
            partial(self.loop.place, "training"),
        )

    def _train(self, side: str, plan: Any, folder: Path) -> dict[str, Any]:
        def told(line: dict[str, Any]) -> None:
            self.tell(f"train {side}", line["step"], plan.steps)

        with load("training.parallel:joined")(world=1) as processes:
            return run_training(plan, self.home, folder, processes, tell=told) or {}

    def measured(self, side: str, trained: Trained, plan: Any, requests: list[Any], rows: Path) -> dict[str, Any]:
        """Ask a model about the held-out rows of the first version, and the held-out requests."""
        tasks = [self._task(said, plan, rows) for said in self.loop.tasks]
        asked = [(one.id, one.kind, one.prompt) for one in requests]
        stands_on = [
            sha256(trained.model / "model.safetensors"), [task.model_dump(mode="json") for task in tasks],
            self.loop.limit, self.loop.seed, asked,
        ]  # fmt: skip
        return self.receipts.once(
            f"evaluate-{side}",
            stands_on,
            lambda: self._measure(side, trained.model, tasks, requests, digest(canonical(stands_on))),
        )

    def _task(self, said: Mapping[str, Any], plan: Any, version: Path) -> Any:
        rows = {**said.get("rows", {}), "version": str(version), "held_out": plan.held_out, "seed": plan.seed}
        return load("training.evaluation.task:Task").model_validate({**said, "rows": rows})

    def _measure(self, side: str, folder: Path, tasks: list[Any], requests: list[Any], key: str) -> dict[str, Any]:
        model = load("training.model:load_model")(str(folder), device="cpu")
        given = load("training.evaluation.run:Given")
        results = load("training.evaluation.run:evaluate")(
            model,
            [given(task=task, rows=rows_of(task.rows, [self.home])) for task in tasks],
            self.out / "evaluation" / f"{side}-{key[:8]}",
            name=side,
            limit=self.loop.limit,
            seed=self.loop.seed,
            tell=self.tell,
        )
        refuses = load("aya.safety_checks:Refuses")()
        safety = load("training.safety.watch:watch")(model, requests, refuses, tell=self.tell)
        load(f"{CARD}add_tables")(
            folder, [*load(f"{CARD}evaluation_tables")(results), load(f"{CARD}safety_table")(safety)]
        )
        return {"tasks": results["tasks"], "safety": safety}

    def distilled(self, plan: Any, parts: Any) -> dict[str, Any]:
        """Distil; what the teacher said is kept beside the store, whatever changes."""
        items = [canonical([one.id, one.kind, one.prompt, one.answer]) for one in (*parts.taught, *parts.held_out)]
        stands_on = [plan.model_dump(mode="json"), items]
        return self.receipts.once("distil", stands_on, lambda: self._distil(plan))

    def _distil(self, plan: Any) -> dict[str, Any]:
        report: dict[str, Any] = load("training.safety.distill:distill")(
            plan,
            self.out / DISTILLED,
            refuses=load("aya.safety_checks:Refuses")(),
            stages=load("aya.safety_checks:stages")(),
            tell=self.tell,
        )
        if report["stopped"]:
            raise UserError(f"not all was asked: {report['stopped']}; the same command goes on")
        return report


def _drawn(version: Version) -> dict[str, int]:
    """Return the draws of each source in a version's own mixture."""
    return {name: amount.quota for name, amount in version.mixture().plan.amounts("source").items()}
