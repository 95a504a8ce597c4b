"""The three steps of each round of a global stage before its verdict is applied: summarise, settle, conclude."""

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aya import table
from aya.stage import Exchange
from aya.stage import summarise as summarise_table
from aya.task import Receipt, Task, describe, plugin, save
from aya.tasks.judge import load_shards, verdicts_of, with_reads


def summarise(task: Task) -> Receipt:
    """Write the small rows of one group of shards."""
    started = time.perf_counter()
    (of,) = task.plugins
    rows = with_reads(plugin(of), load_shards(task))
    summary = summarise_table(plugin(of), rows, verdicts_of(of))
    output = save(summary, task.output(""), role="summary")
    return Receipt(key=task.key, outputs=(output,), seconds=time.perf_counter() - started)


def settle(task: Task) -> Receipt:
    """Write the decisions for one range of one key, read from all summaries."""
    started = time.perf_counter()
    of: Exchange = plugin(task.plugins[0])
    key, index, ranges = (task.options[name] for name in ("key", "range", "ranges"))
    others = set(of.keys) - {key}
    tables = [in_range(_summary(Path(path), without=others), key, index, ranges) for path in task.inputs]
    decisions = of.settle(pa.concat_tables(tables).combine_chunks(), key=key)
    output = save(decisions, task.output(""), role="decisions")
    return Receipt(key=task.key, outputs=(output,), seconds=time.perf_counter() - started)


def conclude(task: Task) -> Receipt:
    """Write the verdict."""
    started = time.perf_counter()
    of: Exchange = plugin(task.plugins[0])
    verdict = of.conclude(load_shards(task))
    path = task.output("").with_suffix(".arrow")
    table.write_flat(verdict, path)
    output = describe(path, role="verdict", rows=len(verdict))
    return Receipt(key=task.key, outputs=(output,), seconds=time.perf_counter() - started)


def in_range(summary: pa.Table, key: str, index: int, ranges: int) -> pa.Table:
    """Return the rows whose `key` falls into range `index` of `ranges` equal ones."""
    if ranges == 1:
        return summary
    values = summary[key]
    top = values.cast(pa.uint64()) if values.type == pa.uint32() else pc.shift_right(values, pa.scalar(32, pa.uint64()))
    place = pc.shift_right(pc.multiply(top, pa.scalar(ranges, pa.uint64())), pa.scalar(32, pa.uint64()))
    return summary.filter(pc.equal(place, pa.scalar(index, pa.uint64())))


def _summary(path: Path, *, without: set[str]) -> pa.Table:
    columns = [name for name in pq.read_schema(path).names if name not in without]
    return table.read(path, columns=columns)
