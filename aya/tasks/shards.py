"""Read the shards of a task: the columns that its plug-ins ask for, and no long ones beside them."""

from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa

from aya.overlay import LONG, read_shard
from aya.stage import GlobalStage
from aya.task import Task


def load_shards(task: Task, *, without: Collection[str] = ()) -> pa.Table:
    """Return the rows of the input shards of a task as one table, `without` some columns."""
    tables = [read_shard(path, overlay, without=without) for path, overlay in task.shards]
    return pa.concat_tables(tables).combine_chunks()


def unread(asked: Sequence[Collection[str]]) -> list[str]:
    """Return the long columns that nobody asked for."""
    return [name for name in LONG if all(name not in columns for columns in asked)]


def reads_to_judge(stage: Any) -> Collection[str]:
    """Return the columns that a stage reads when it judges: a global one may read less than for its summary."""
    columns: Collection[str] = stage.reads
    return getattr(stage, "applies_to", columns) if isinstance(stage, GlobalStage) else columns


def with_columns(rows: pa.Table, names: Collection[str]) -> pa.Table:
    """Return the rows with these columns: null where another source alone keeps them."""
    for name in names:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows)))
    return rows
