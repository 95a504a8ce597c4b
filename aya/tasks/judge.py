"""Run a chain of stages over a group of shards; split kept from dropped after each of them."""

import time
from pathlib import Path

import pyarrow as pa

from aya import table
from aya.stage import AnyStage, GlobalStage
from aya.task import Count, PlugIn, Receipt, Task, count, plugin, save

_verdicts: dict[str, pa.Table] = {}


def run(task: Task) -> Receipt:
    """Write `.parquet`, the records that stay, and `.dropped.parquet`, those that go, each with its reason."""
    started = time.process_time()
    rows = load_shards(task)
    gone: list[pa.Table] = []
    counts: list[Count] = []
    for of in task.plugins:
        before = time.process_time()
        judged = _judge(of, rows)
        stage: AnyStage = plugin(of)
        counts.append(count(stage.name, rows, judged, seconds=time.process_time() - before))
        gone.append(table.dropped(judged))
        rows = table.kept(judged)
    gone = [pa.concat_tables(gone, promote_options="default")] if gone else [rows.slice(0, 0)]
    outputs = (
        save(rows, task.output(""), role="kept"),
        save(gone[0], task.output(".dropped"), role="dropped"),
    )
    return Receipt(key=task.key, outputs=outputs, counts=tuple(counts), seconds=time.process_time() - started)


def load_shards(task: Task) -> pa.Table:
    """Return the rows of the input shards of a task as one table."""
    return pa.concat_tables([table.read(Path(path)) for path in task.inputs]).combine_chunks()


def _judge(of: PlugIn, rows: pa.Table) -> pa.Table:
    stage: AnyStage = plugin(of)
    given = with_reads(stage, rows)
    judged = stage.apply(given, *verdicts_of(of)) if isinstance(stage, GlobalStage) else stage(given)
    _hold(stage, rows, judged)
    return judged.drop_columns([name for name in given.column_names if name not in rows.column_names])


def with_reads(of: object, rows: pa.Table) -> pa.Table:
    """Return the rows with all columns that a plug-in reads: null where another source alone keeps them."""
    for name in getattr(of, "reads", ()):
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows)))
    return rows


def verdicts_of(of: PlugIn) -> list[pa.Table]:
    """Return the verdicts that a plug-in carries; those asked for last stay in memory."""
    wanted = {verdict.sha256: verdict.path for verdict in of.verdicts}
    for gone in _verdicts.keys() - wanted.keys():
        del _verdicts[gone]
    for sha256, path in wanted.items():
        if sha256 not in _verdicts:
            _verdicts[sha256] = table.read_flat(Path(path))
    return [_verdicts[verdict.sha256] for verdict in of.verdicts]


def _hold(stage: AnyStage, before: pa.Table, after: pa.Table) -> None:
    """Hold the contract true at run time: the same rows in the same order."""
    if not before["id"].equals(after["id"]):
        raise RuntimeError(f"stage {stage.name} changed, moved or lost rows")
