"""Run a chain of stages over a group of shards; split kept from dropped after each of them."""

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aya import table
from aya.overlay import Places, laid_over, overlay_of, places_of
from aya.stage import AnyStage, GlobalStage
from aya.task import Count, Output, PlugIn, Receipt, Task, count, plugin, save
from aya.tasks.shards import load_shards, reads_to_judge, unread, with_columns

_verdicts: dict[str, pa.Table] = {}


def run(task: Task) -> Receipt:
    """Write `.parquet`, the records that stay, and `.dropped.parquet`, those that go, each with its reason.

    Of one shard both are overlays of its file; if less than half of that stays, the records that do are written anew,
    as those of several shards are.
    """
    started = time.process_time()
    asked = [reads_to_judge(plugin(of)) for of in task.plugins]
    one = len(task.inputs) == 1
    judged = _Judged(load_shards(task, without=unread(asked) if one else ()))
    for of in task.plugins:
        judged.judge(of)
    outputs = _laid_over(task, judged) if one else _anew(task, judged)
    return Receipt(key=task.key, outputs=outputs, counts=tuple(judged.counts), seconds=time.process_time() - started)


class _Judged:
    """Rows on their way through a chain of stages."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows
        """Those that stay."""
        self.places: Places = np.arange(len(rows), dtype=np.uint32)
        """Of `rows` among all."""
        self.changed = {"evidence"}
        """Columns that may be other than they were."""
        self.counts: list[Count] = []
        self._gone = [rows.slice(0, 0)]
        self._gone_places = [self.places[:0]]

    def judge(self, of: PlugIn) -> None:
        """Let a stage judge the rows, and take out those that it drops."""
        before = time.process_time()
        stage: AnyStage = plugin(of)
        judged = _judge(stage, of, self.rows)
        self.counts.append(count(stage.name, self.rows, judged, seconds=time.process_time() - before))
        self.changed |= {*stage.writes}
        goes = judged["drop"].is_valid().to_numpy()
        self._gone.append(table.dropped(judged))
        self._gone_places.append(self.places[goes])
        self.rows, self.places = table.kept(judged), self.places[~goes]

    def gone(self) -> tuple[pa.Table, Places]:
        """Return the rows that were dropped, stage by stage, and their places among all."""
        return pa.concat_tables(self._gone, promote_options="default"), np.concatenate(self._gone_places)


def _anew(task: Task, judged: _Judged) -> tuple[Output, ...]:
    """Write the rows whole."""
    gone, _ = judged.gone()
    return save(judged.rows, task.output(""), role="kept"), save(gone, task.output(".dropped"), role="dropped")


def _laid_over(task: Task, judged: _Judged) -> tuple[Output, ...]:
    """Write what is other than in the one file of the task, but the rows that stay whole if few do."""
    ((file, overlay),) = task.shards
    before = pq.read_schema(overlay).names if overlay else []
    changed = {*judged.changed, *before}
    gone, gone_places = judged.gone()
    places = places_of(overlay, len(judged.places) + len(gone_places))
    over = overlay_of(judged.rows, places[judged.places], changed)
    gone_over = overlay_of(gone, places[gone_places], {"drop", *changed})
    few = 2 * len(over) < pq.read_metadata(file).num_rows
    return (
        save(laid_over(table.read(file), over) if few else over, task.output(""), role="kept", overlay=not few),
        save(gone_over, task.output(".dropped"), role="dropped", overlay=True),
    )


def _judge(stage: AnyStage, of: PlugIn, rows: pa.Table) -> pa.Table:
    given = with_columns(rows, reads_to_judge(stage))
    judged = stage.apply(given, *verdicts_of(of)) if isinstance(stage, GlobalStage) else stage(given)
    _hold(stage, rows, judged)
    return judged.drop_columns([name for name in given.column_names if name not in rows.column_names])


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
