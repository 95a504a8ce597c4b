"""The three steps of each round of a global stage before its verdict is applied: summarise, settle, conclude."""

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aya import table
from aya.overlay import LONG
from aya.stage import Exchange
from aya.stage import summarise as summarise_table
from aya.task import Receipt, Task, describe, plugin, save
from aya.tasks.judge import verdicts_of
from aya.tasks.shards import load_shards, unread, with_columns


def summarise(task: Task) -> Receipt:
    """Write the small rows of one group of shards."""
    started = time.process_time()
    (of,) = task.plugins
    asked = getattr(plugin(of), "reads", LONG)
    rows = with_columns(load_shards(task, without=unread([asked])), asked)
    summary = summarise_table(plugin(of), rows, verdicts_of(of))
    output = save(summary, task.output(""), role="summary")
    return Receipt(key=task.key, outputs=(output,), seconds=time.process_time() - started)


def settle(task: Task) -> Receipt:
    """Write the decisions for one key, read from all summaries, or for one range of it, read from row groups."""
    started = time.process_time()
    of: Exchange = plugin(task.plugins[0])
    key, groups = task.options["key"], task.options.get("groups")
    others = set(of.keys) - {key}
    if groups is None:
        tables = (_summary(Path(path), without=others) for path in task.inputs)
    else:
        tables = (_group(Path(path), group) for path, group in zip(task.inputs, groups, strict=True))
    decisions = of.settle(pa.concat_tables(tables).combine_chunks(), key=key)
    output = save(decisions, task.output(""), role="decisions")
    return Receipt(key=task.key, outputs=(output,), seconds=time.process_time() - started)


def conclude(task: Task) -> Receipt:
    """Write the verdict."""
    started = time.process_time()
    of: Exchange = plugin(task.plugins[0])
    verdict = of.conclude(load_shards(task))
    path = task.output("").with_suffix(".arrow")
    table.write_flat(verdict, path)
    output = describe(path, role="verdict", rows=len(verdict))
    return Receipt(key=task.key, outputs=(output,), seconds=time.process_time() - started)


def _group(path: Path, group: int) -> pa.Table:
    """Return a row group of a partition; -1 is one of no rows."""
    return pq.read_schema(path).empty_table() if group < 0 else table.read_group(path, group)


def _summary(path: Path, *, without: set[str]) -> pa.Table:
    columns = [name for name in pq.read_schema(path).names if name not in without]
    return table.read(path, columns=columns)
