"""Read one part of a source, render its items into records, write them as shards."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa

from aya import table
from aya.stage import NOT_TAKEN, About, Part, Renderer, Source
from aya.task import Count, Output, Receipt, Task, count, plugin, save

SHARD_ROWS = 50_000
"""Records of a shard at most; a constant, since it enters the bytes of every later file."""


def run(task: Task) -> Receipt:
    """Write the records of one part: `-00000.parquet` kept and `-00000.dropped.parquet` dropped, and so on."""
    started = time.process_time()
    source: Source = plugin(task.plugins[0])
    renderer: Renderer = plugin(task.plugins[1])
    about = About.model_validate(task.options["about"])
    part = Part.model_validate(task.options["part"])
    passed_over = Counter[bytes]()
    items = _noting(source.read(part, limit=task.options.get("limit")), passed_over)
    outputs: list[Output] = []
    total = Count(stage="collection.source", rows_in={}, kept={}, dropped={})
    made: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for index, shard in enumerate(shards(renderer(batch, about=about, part=part.name) for batch in items)):
        total += count(total.stage, shard, shard)
        made.update(name for name in shard["template_id"].to_pylist() if name)
        failed.update(_failed(table.dropped(shard)))
        outputs.append(save(table.kept(shard), task.output(f"-{index:05d}"), role="kept"))
        outputs.append(save(table.dropped(shard), task.output(f"-{index:05d}.dropped"), role="dropped"))
    return Receipt(
        key=task.key,
        outputs=tuple(outputs),
        counts=(total,),
        templates={name: (num, failed[name]) for name, num in sorted(made.items())},
        seconds=time.process_time() - started,
        not_taken=passed_over[NOT_TAKEN],
    )


def _noting(tables: Iterable[pa.Table], passed_over: Counter[bytes]) -> Iterator[pa.Table]:
    """Yield the tables of items; those that say how many rows were passed over are counted, and have none."""
    for items in tables:
        said = items.schema.metadata or {}
        if NOT_TAKEN in said:
            passed_over[NOT_TAKEN] += int(said[NOT_TAKEN])
        else:
            yield items


def _failed(gone: pa.Table) -> Iterator[str]:
    """Yield the template of every record that its template failed to make."""
    for name, reason in zip(gone["template_id"].to_pylist(), gone["drop"].to_pylist(), strict=True):
        if name and reason.startswith("collection.templates: ") and not reason.endswith(": does not apply"):
            yield name


def shards(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut a stream of tables into shards of `SHARD_ROWS` rows; the last one may be shorter."""
    waiting: list[pa.Table] = []
    num = 0
    for rows in tables:
        waiting.append(rows)
        num += len(rows)
        while num >= SHARD_ROWS:
            joined = pa.concat_tables(waiting)
            yield joined.slice(0, SHARD_ROWS).combine_chunks()
            waiting = [joined.slice(SHARD_ROWS)]
            num -= SHARD_ROWS
    if num:
        yield pa.concat_tables(waiting).combine_chunks()
