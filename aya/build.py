"""Build a recipe: run its passes on an engine, count, check, and write a version of the store."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aya import checks
from aya.engines.events import Engine, Event, Failed, Finished
from aya.ledger import withdrawals
from aya.plan import Done, Pass, State, passes
from aya.recipe import Recipe
from aya.record import BuildRecord, PassRecord, Quarantined
from aya.store import Store, write_version
from aya.task import Count, Task


@dataclass(frozen=True, kw_only=True)
class PassStarted:
    """A pass begins; `num_done` of its tasks were done before."""

    name: str
    num_tasks: int
    num_done: int


@dataclass(frozen=True, kw_only=True)
class PassEnded:
    """A pass has ended."""

    name: str
    seconds: float


Report = Callable[[Event | PassStarted | PassEnded], None]


@dataclass(frozen=True, kw_only=True)
class Built:
    """A finished build."""

    version: Path
    record: BuildRecord
    new: bool
    """Whether anything was to be done."""


@dataclass(kw_only=True)
class _Run:
    """The state of a build in progress."""

    recipe: Recipe
    engine: Engine
    report: Report
    store: Store
    state: State = field(default_factory=State)
    passes: list[PassRecord] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    num_run: int = 0


def build(
    recipe: Recipe, *, store: Store, engine: Engine, limit: int | None = None, report: Report = lambda _: None
) -> Built:
    """Build a version of the recipe's collection in the store.

    What is done and unchanged is not done again. A part that fails is put into `quarantine/` and the
    build goes on without it: `record.quarantined` names it, and the next build tries it again.
    Raises: BuildError when the outcome is not what the recipe allows; UserError.
    """
    with store.locked():
        store.sweep()
        run = _Run(recipe=recipe, engine=engine, report=report, store=store)
        for step in passes(recipe, work=store.work, limit=limit, first=withdrawals(store)):
            if not step.needless(run.state):
                _run_pass(run, step)
        passed, quarantined = tuple(run.passes), tuple(run.quarantined)
        record = BuildRecord(recipe=recipe.name, sample=limit, passes=passed, quarantined=quarantined)
        version = write_version(store, recipe, run.state, record)
        return Built(version=version, record=record, new=run.num_run > 0)


def _run_pass(run: _Run, step: Pass) -> None:
    started = time.perf_counter()
    tasks = step.tasks(run.state)
    receipts = run.store.files.done(tasks)
    waiting = [task for task in tasks if task.key not in receipts]
    run.report(PassStarted(name=step.name, num_tasks=len(tasks), num_done=len(tasks) - len(waiting)))
    for event in run.engine.run(waiting) if waiting else ():
        run.report(event)
        if isinstance(event, Finished):
            receipts[event.task.key] = event.receipt
        elif isinstance(event, Failed):
            run.failed.append(event)
            run.quarantined.append(run.store.quarantine(event))
    ended = [(task, receipts[task.key]) for task in tasks if task.key in receipts]
    run.num_run += len(waiting)
    run.passes.append(_record(step, ended, len(waiting), time.perf_counter() - started))
    _check(run, step, tasks, ended)
    run.state = step.after(run.state, ended)
    run.report(PassEnded(name=step.name, seconds=time.perf_counter() - started))


def _record(step: Pass, ended: Done, num_run: int, seconds: float) -> PassRecord:
    counts: dict[tuple[int, str], Count] = {}
    passed_over = Counter[str]()
    for task, receipt in ended:
        passed_over[task.source] += receipt.not_taken
        for index, count in enumerate(receipt.counts):
            place = (index, count.stage)
            counts[place] = counts[place] + count if place in counts else count
    return PassRecord(
        name=step.name,
        num_tasks=len(ended),
        num_run=num_run,
        wall_seconds=seconds,
        task_seconds=sum(receipt.seconds for _, receipt in ended),
        bytes=sum(output.bytes for _, receipt in ended for output in receipt.outputs),
        counts=tuple(counts[place] for place in sorted(counts)),
        not_taken={source: num for source, num in sorted(passed_over.items()) if num},
        tasks=tuple(f"{task.kind}/{task.name}" for task, _ in ended),
    )


def _check(run: _Run, step: Pass, tasks: Sequence[Task], ended: Done) -> None:
    """Raise when the outcome of a pass is not what the recipe allows."""
    allow = run.recipe.allow
    if (step.whole and len(ended) < len(tasks)) or (tasks and not ended):
        keys = {task.key for task in tasks}
        failed = [failed.message for failed in run.failed if failed.task.key in keys]
        raise checks.BuildError(sorted({f"{step.name}: {message}" for message in failed}))
    if step.stages != ("collection.source",):
        faults = checks.stages(run.passes[-1].counts, allow)
    else:
        broken = {failed.task.source for failed in run.failed}
        faults = checks.sources(_by_source(run.recipe, ended, without=broken), allow)
        faults += checks.templates(receipt for _, receipt in ended)
    if faults:
        raise checks.BuildError(faults)


def _by_source(recipe: Recipe, ended: Done, *, without: set[str]) -> dict[str, Count]:
    """Return the counts of every source; those with a quarantined part have said so already."""
    empty = Count(stage="collection.source", rows_in={}, kept={}, dropped={})
    found = {entry.about.name: empty for entry in recipe.sources if entry.about.name not in without}
    for task, receipt in ended:
        for count in receipt.counts:
            if task.source in found:
                found[task.source] += count
    return found
