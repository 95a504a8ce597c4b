"""A task: files in, files out, named by a content key; and its receipt, which says that it is done."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from aya import languages, table
from aya.stage import load
from aya.text import digest

FORMAT = 3
"""Version of the layout on disk; raising it makes every task run again."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(_Value):
    """The outcome of one round of a global stage."""

    path: str
    sha256: str


class PlugIn(_Value):
    """A stage, source or renderer as it crosses a process border: a name and settings."""

    target: str
    settings: dict[str, Any]
    digest: str
    """Of the version and the settings, the content of files among them; no paths."""
    verdicts: tuple[Verdict, ...] = ()
    """Of the rounds before, where a later round is to summarise; the last one, where a stage is to be applied."""


class Task(_Value):
    """One piece of work; nothing in it is bigger than settings and paths.

    `key` names the outcome: kind, plug-ins with their versions and settings, and the content of the
    inputs. Worker count, engine, machine and paths are no part of it.
    """

    kind: str
    key: str
    folder: str
    name: str
    plugins: tuple[PlugIn, ...] = ()
    inputs: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    """What lies over each of the inputs, "" for nothing; none at all if nothing lies over any (`aya.overlay`)."""
    options: dict[str, Any] = {}
    source: str = ""
    bytes: int = 0
    """Of the inputs, as far as they are known; for whoever has to find room for the task."""

    @property
    def receipt_path(self) -> Path:
        """Return where the receipt lies once the task is done."""
        return Path(self.folder) / f"{self.name}.json"

    def output(self, suffix: str) -> Path:
        """Return the path of an output file."""
        return Path(self.folder) / f"{self.name}{suffix}.parquet"

    @property
    def shards(self) -> list[tuple[Path, Path | None]]:
        """Return each input file of records, with what lies over it."""
        overlays = self.overlays or ("",) * len(self.inputs)
        return [(Path(path), Path(over) if over else None) for path, over in zip(self.inputs, overlays, strict=True)]


class Output(_Value):
    """One file that a task wrote; `path` is relative to the folder of the task."""

    path: str
    role: str
    rows: int
    bytes: int
    sha256: str
    labels: dict[str, str] = {}
    overlay: bool = False
    """Whether it lies over the one input of the task."""


class Count(_Value):
    """Rows of one stage of a task, by group; a group is (source, language, script)."""

    stage: str
    rows_in: dict[str, int]
    kept: dict[str, int]
    dropped: dict[str, dict[str, int]]
    """By reason, then by group."""
    seconds: float = 0.0

    def __add__(self, other: "Count") -> "Count":
        """Return the count of both, of one stage."""
        reasons = sorted({*self.dropped, *other.dropped})
        return Count(
            stage=self.stage,
            rows_in=_sum(self.rows_in, other.rows_in),
            kept=_sum(self.kept, other.kept),
            dropped={why: _sum(self.dropped.get(why, {}), other.dropped.get(why, {})) for why in reasons},
            seconds=self.seconds + other.seconds,
        )

    def check(self) -> None:
        """Hold `rows in = kept + dropped` true, in all and by group."""
        out = dict(self.kept)
        for groups in self.dropped.values():
            for group, num in groups.items():
                out[group] = out.get(group, 0) + num
        assert out == self.rows_in, f"{self.stage} lost or invented rows: {self.rows_in} became {out}"


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(one) + Counter(other)).items()))


class Receipt(_Value):
    """What a finished task wrote and counted; written last, so a task without one is not done."""

    key: str
    outputs: tuple[Output, ...]
    counts: tuple[Count, ...] = ()
    templates: dict[str, tuple[int, int]] = {}
    """Records made and failed, by template."""
    seconds: float = 0.0
    not_taken: int = 0
    """Rows of a source that nobody asked for (`only`)."""

    def with_role(self, role: str) -> list[Output]:
        """Return the outputs of one role."""
        return [output for output in self.outputs if output.role == role]


def content_key(kind: str, plugins: Sequence[object], inputs: Sequence[str], options: Mapping[str, object]) -> str:
    """Return the content key of a task: 128 bits as hex."""
    story = [FORMAT, languages.VERSION, kind, list(plugins), list(inputs), dict(options)]
    return digest(table.canonical(story))


def fits(task: Task, content: bytes) -> Receipt | None:
    """Return the receipt that a file holds, if it is one of this task."""
    try:
        receipt = Receipt.model_validate_json(content)
    except ValueError:
        return None
    return receipt if receipt.key == task.key else None


def done(task: Task) -> Receipt | None:
    """Return the receipt if the task is done: the key fits and every file is there in full length."""
    folder = Path(task.folder)
    try:
        receipt = fits(task, task.receipt_path.read_bytes())
        sizes = [(folder / output.path).stat().st_size for output in receipt.outputs] if receipt else []
    except OSError:
        return None
    return receipt if receipt and sizes == [output.bytes for output in receipt.outputs] else None


def run(task: Task) -> Receipt:
    """Do a task in this process, write its receipt and return it."""
    function: Callable[[Task], Receipt] = load(KINDS[task.kind])
    receipt = function(task)
    table.publish(task.receipt_path, lambda path: path.write_text(receipt.model_dump_json(), encoding="utf-8"))
    return receipt


KINDS = {
    "source": "aya.tasks.source:run",
    "judge": "aya.tasks.judge:run",
    "summarise": "aya.tasks.exchange:summarise",
    "partition": "aya.tasks.partition:run",
    "settle": "aya.tasks.exchange:settle",
    "conclude": "aya.tasks.exchange:conclude",
    "arrange": "aya.tasks.gather:arrange",
    "gather": "aya.tasks.gather:gather",
}

_plugins: dict[str, Any] = {}


def plugin(of: PlugIn) -> Any:
    """Return the plug-in, built and set up once per process; one at another path is another."""
    key = of.model_dump_json(include={"target", "settings", "digest"})
    if key not in _plugins:
        made = load(of.target).model_validate(of.settings)
        if hasattr(made, "setup"):
            made.setup()
        _plugins[key] = made
    return _plugins[key]


def save(
    rows: pa.Table, path: Path, *, role: str, labels: Mapping[str, str] | None = None, overlay: bool = False
) -> Output:
    """Write a shard and return what a receipt says of it."""
    table.write(rows, path)
    return describe(path, role=role, rows=len(rows), labels=labels, overlay=overlay)


def describe(
    path: Path, *, role: str, rows: int, labels: Mapping[str, str] | None = None, overlay: bool = False
) -> Output:
    """Return what a receipt says of a file."""
    return Output(
        path=path.name,
        role=role,
        rows=rows,
        bytes=path.stat().st_size,
        sha256=table.sha256(path),
        labels=dict(labels or {}),
        overlay=overlay,
    )


GROUP = ("source", "language", "script")


def groups(rows: pa.Table) -> dict[str, int]:
    """Return the number of rows by group `source language script`, sorted by name."""
    if not len(rows):
        return {}
    counted = rows.select([*GROUP]).group_by([*GROUP]).aggregate([([], "count_all")])
    names = zip(*(counted[name].to_pylist() for name in GROUP), strict=True)
    sums = zip(
        (" ".join(part or "-" for part in name) for name in names),
        counted["count_all"].to_pylist(),
        strict=True,
    )
    return dict(sorted(sums))


def count(stage: str, before: pa.Table, after: pa.Table, *, seconds: float = 0.0) -> Count:
    """Return the count of one stage, checked."""
    gone = table.dropped(after)
    reasons = sorted(reason for reason in pc.unique(gone["drop"]).to_pylist() if reason)
    result = Count(
        stage=stage,
        rows_in=groups(before),
        kept=groups(table.kept(after)),
        dropped={reason: groups(gone.filter(pc.equal(gone["drop"], reason))) for reason in reasons},
        seconds=seconds,
    )
    result.check()
    return result
