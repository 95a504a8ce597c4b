"""What a build would do, before it does anything: passes, tasks done and to do, rows, time by past builds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aya.ledger import withdrawals
from aya.plan import State, passes
from aya.recipe import Recipe
from aya.record import BuildRecord
from aya.store import Store


@dataclass(frozen=True, kw_only=True)
class PassForecast:
    """One pass; None is what can not be known before the passes before it have run."""

    name: str
    num_tasks: int | None
    num_done: int | None
    rows: int | None
    """Rows to judge, of the tasks not done."""
    seconds: float | None
    """CPU time by what past builds of this store took for a row."""


def forecast(recipe: Recipe, *, store: Store, limit: int | None = None) -> Iterator[PassForecast]:
    """Yield the passes of a build in order; nothing is run and nothing is written."""
    costs = seconds_per_row(store)
    state: State | None = State()
    for step in passes(recipe, work=store.work, limit=limit, first=withdrawals(store)):
        if state is None:
            yield PassForecast(name=step.name, num_tasks=None, num_done=None, rows=None, seconds=None)
            continue
        if step.needless(state):
            continue
        tasks = step.tasks(state)
        known = store.files.done(tasks)
        receipts = [(task, known[task.key]) for task in tasks if task.key in known]
        rows = None if not state.kept else sum(shard.rows for shard in state.kept)
        left = None if rows is None or not tasks else rows * (1 - len(receipts) / len(tasks))
        cost = costs.get(step.name)
        yield PassForecast(
            name=step.name,
            num_tasks=len(tasks),
            num_done=len(receipts),
            rows=None if left is None else round(left),
            seconds=None if left is None or cost is None else left * cost,
        )
        state = step.after(state, receipts) if len(receipts) == len(tasks) else None


def seconds_per_row(store: Store) -> Mapping[str, float]:
    """Return the CPU seconds for a row of every pass, by the newest record that counted it."""
    costs: dict[str, float] = {}
    for path in sorted(store.records.glob("*.json"), key=lambda path: path.stat().st_mtime):
        record = BuildRecord.model_validate_json(path.read_bytes())
        rows = 0
        for step in record.passes:
            rows = sum(step.counts[0].rows_in.values()) if step.counts else rows
            if rows:
                costs[step.name] = step.task_seconds / rows
            rows = sum(step.counts[-1].kept.values()) if step.counts else rows
    return costs
