"""From a recipe to passes, and from passes to tasks: files in, files out, named by content keys.

A pass is what must be finished before the next can be known: its tasks are made from the shards
that the passes before it wrote. Nothing here runs a task, so any engine can.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aya.input_paths import canonical_settings
from aya.recipe import Recipe, SourceEntry
from aya.stage import After, Exchange, GlobalStage, Stage, rounds
from aya.table import canonical
from aya.task import PlugIn, Receipt, Task, Verdict, content_key
from aya.tasks.gather import FILE_ROWS, place
from aya.text import digest

GROUP_ROWS = 50_000
"""Rows that a task judges at most, unless one shard alone has more."""
ARRANGE_ROWS = 200_000
ARRANGE_BYTES = 1 << 32
"""Of the files that a task fetches rows from: a few dropped rows may lie in each of many."""
SETTLE_ROWS = 5_000_000
"""Rows of a summary that one task settles, nearly."""
SETTLE_BYTES = 1 << 28
"""The same in bytes of summary files."""
PARTITION_ROWS = 2_000_000
"""Rows of summaries that one task puts into ranges of their keys, in files of no more than `SETTLE_BYTES`."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A file of records between two passes."""

    path: str
    rows: int
    sha256: str
    source: str = ""
    name: str = ""
    """Path in a version, without the ending."""
    labels: Mapping[str, str] = field(default_factory=dict)
    bytes: int = 0
    over: "Shard | None" = None
    """The file that this one is an overlay of (`aya.overlay`)."""

    @property
    def file(self) -> "Shard":
        """Return the file of whole rows."""
        return self.over or self

    @property
    def held(self) -> int:
        """Return the bytes of its rows, nearly."""
        return self.bytes + (self.over.bytes * self.rows // max(1, self.over.rows) if self.over else 0)


@dataclass(frozen=True, kw_only=True)
class State:
    """What the passes so far have written."""

    kept: tuple[Shard, ...] = ()
    dropped: tuple[Shard, ...] = ()
    exchanged: tuple[Shard, ...] = ()
    """Summaries, then decisions of the round in hand."""
    partitions: Mapping[str, tuple[Shard, ...]] = field(default_factory=dict)
    """The summaries of the round in hand by key, cut into ranges of it; none if they are few."""
    verdicts: tuple[Shard, ...] = ()
    """Of the rounds of the global stage in hand."""
    arranged: tuple[Shard, ...] = ()
    data: tuple[Shard, ...] = ()
    gone: tuple[Shard, ...] = ()
    num_kept: Mapping[str, int] = field(default_factory=dict)
    """Rows by group, `source language script`."""
    num_dropped: Mapping[str, int] = field(default_factory=dict)


Done = Sequence[tuple[Task, Receipt]]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One step of a build: makes its tasks from the state, and the next state from their receipts."""

    name: str
    stages: tuple[str, ...] = ()
    tasks: Callable[[State], list[Task]]
    after: Callable[[State, Done], State]
    whole: bool = False
    """Whether one failed task stops the build: a verdict on a part of the rows would be wrong on the others."""
    needless: Callable[[State], bool] = lambda _: False
    """Whether the state is such that the pass is left out."""


def passes(recipe: Recipe, *, work: Path, limit: int | None = None, first: Sequence[Stage] = ()) -> Iterator[Pass]:
    """Yield the passes of a recipe in order; `first` are stages put before its own (withdrawals)."""
    yield _source_pass(recipe, work, limit)
    chain: list[PlugIn] = []
    names: list[str] = []
    head: PlugIn | None = None
    for stage in (*first, *recipe.stages):
        if isinstance(stage, GlobalStage):
            if chain or head:
                yield _judge_pass(names, head, chain, work)
            head, chain, names = describe(stage), [], [stage.name]
            yield from _exchange_passes(stage, work)
        else:
            chain.append(describe(stage))
            names.append(stage.name)
    if chain or head:
        yield _judge_pass(names, head, chain, work)
    yield from _gather_passes(work, "data")
    yield from _gather_passes(work, "gone")


# -- sources ---------------------------------------------------------------------------------------


def _source_pass(recipe: Recipe, work: Path, limit: int | None) -> Pass:
    def tasks(_: State) -> list[Task]:
        return [task for entry in recipe.sources for task in _source_tasks(entry, work, limit)]

    def after(state: State, done: Done) -> State:
        return _with_shards(state, done)

    return Pass(name="read sources", stages=("collection.source",), tasks=tasks, after=after)


def _source_tasks(entry: SourceEntry, work: Path, limit: int | None) -> Iterator[Task]:
    parts = entry.source.parts()
    each = None if limit is None else max(1, -(-limit // max(1, len(parts))))
    about = entry.about.model_dump(mode="json")
    # The parts say names and contents of the source's files.
    plugins = (describe(entry.source, paths=False), describe(entry.renderer))
    for part in parts:
        options = {"about": about, "limit": each}
        # The path is no part of the key: the same content elsewhere is the same task.
        known = options | {"part": part.model_dump(mode="json", exclude={"path"})}
        options |= {"part": part.model_dump(mode="json")}
        yield _task("source", work, plugins, [], options, known=known, source=entry.about.name)


# -- local stages and verdicts -----------------------------------------------------------------------


def _judge_pass(names: Sequence[str], head: PlugIn | None, chain: Sequence[PlugIn], work: Path) -> Pass:
    chain = tuple(chain)

    def tasks(state: State) -> list[Task]:
        plugins = chain if head is None else (_with_verdicts(head, state.verdicts[-1:]), *chain)
        return [
            _task("judge", work, plugins, group, {}, source=group[0].source)
            for group in grouped(state.kept, most=GROUP_ROWS)
        ]

    def after(state: State, done: Done) -> State:
        return _with_shards(state, done)

    return Pass(name=" + ".join(names), stages=tuple(names), tasks=tasks, after=after)


def _with_verdicts(plugin: PlugIn, shards: Sequence[Shard]) -> PlugIn:
    verdicts = tuple(Verdict(path=shard.path, sha256=shard.sha256) for shard in shards)
    return plugin.model_copy(update={"verdicts": verdicts})


def grouped(shards: Iterable[Shard], *, most: int, most_bytes: float = inf) -> Iterator[list[Shard]]:
    """Yield runs of neighbouring shards of one source with at most `most` rows in `most_bytes`, or of one shard.

    A file that neighbours lie over counts once.
    """
    group: list[Shard] = []
    rows = size = 0
    for shard in shards:
        rows += shard.rows
        size += shard.file.bytes if not group or group[-1].file != shard.file else 0
        if group and (rows > most or size > most_bytes or group[0].source != shard.source):
            yield group
            group, rows, size = [], shard.rows, shard.file.bytes
        group.append(shard)
    if group:
        yield group


# -- global stages -----------------------------------------------------------------------------------


def _exchange_passes(stage: GlobalStage, work: Path) -> Iterator[Pass]:
    """Yield three passes for every round; from the second on, `summarise` is given the verdicts of those before."""
    for number, of in enumerate(rounds(stage), start=1):
        name = stage.name if number == 1 else f"{stage.name}, round {number}"
        yield from _round_passes(of, describe(of), name, work)


def _round_passes(of: Exchange, plugin: PlugIn, name: str, work: Path) -> Iterator[Pass]:
    def summaries(state: State) -> list[Task]:
        given = _with_verdicts(plugin, state.verdicts) if isinstance(of, After) else plugin
        return [_task("summarise", work, [given], group, {}) for group in grouped(state.kept, most=GROUP_ROWS)]

    def few(state: State) -> bool:
        return _ranges(state) == 1

    def partition(state: State) -> list[Task]:
        options = {"keys": list(of.keys), "ranges": _ranges(state)}
        shards = (replace(shard, source="") for shard in state.exchanged)
        return [
            _task("partition", work, [], group, options)
            for group in grouped(shards, most=PARTITION_ROWS, most_bytes=SETTLE_BYTES)
        ]

    def partitioned(state: State, done: Done) -> State:
        return replace(state, exchanged=(), partitions={key: _outputs(done, key) for key in of.keys})

    def ranges(state: State) -> list[Task]:
        if not state.partitions:
            return [_task("settle", work, [plugin], state.exchanged, {"key": key}) for key in of.keys]
        return [
            _task(
                "settle", work, [plugin], [shard for shard, _ in found], {"key": key, "groups": [g for _, g in found]}
            )
            for key in of.keys
            for found in _groups(state.partitions[key])
        ]

    def verdict(state: State) -> list[Task]:
        return [_task("conclude", work, [plugin], state.exchanged, {"form": "arrow"})]

    def after(state: State, done: Done) -> State:
        return replace(state, exchanged=_outputs(done), partitions={})

    def concluded(state: State, done: Done) -> State:
        return replace(state, exchanged=(), verdicts=state.verdicts + _outputs(done))

    yield Pass(name=f"{name}: summarise", tasks=summaries, after=after, whole=True)
    yield Pass(name=f"{name}: partition", tasks=partition, after=partitioned, whole=True, needless=few)
    yield Pass(name=f"{name}: settle", tasks=ranges, after=after, whole=True)
    yield Pass(name=f"{name}: conclude", tasks=verdict, after=concluded, whole=True)


def _ranges(state: State) -> int:
    """Return into how many ranges the keys of the summaries are cut."""
    rows, size = sum(shard.rows for shard in state.exchanged), sum(shard.bytes for shard in state.exchanged)
    return max(1, -(-rows // SETTLE_ROWS), -(-size // SETTLE_BYTES))


def _groups(shards: Sequence[Shard]) -> Iterator[list[tuple[Shard, int]]]:
    """Yield the row groups of each range that has any; if none has, one of no rows."""
    found: dict[int, list[tuple[Shard, int]]] = {}
    for shard in shards:
        for index, label in shard.labels.items():
            group, rows = map(int, label.split())
            found.setdefault(int(index), []).append((replace(shard, bytes=shard.bytes * rows // shard.rows), group))
    yield from [found[index] for index in sorted(found)] or [[(shard, -1) for shard in shards[:1]]]


# -- the files of a version ----------------------------------------------------------------------------


def _gather_passes(work: Path, what: str) -> Iterator[Pass]:
    """Yield the two passes that bring kept (`data`) or dropped (`gone`) rows together by language."""

    def arrange(state: State) -> list[Task]:
        found = state.kept if what == "data" else sorted(state.dropped, key=lambda shard: shard.file.path)
        shards = [replace(shard, source="") for shard in found]  # of all sources; what lies over one file side by side
        files = files_of(state.num_kept if what == "data" else state.num_dropped)
        groups = grouped(shards, most=ARRANGE_ROWS, most_bytes=ARRANGE_BYTES)
        return [_task("arrange", work, [], group, {"files": files}) for group in groups]

    def arranged(state: State, done: Done) -> State:
        return replace(state, arranged=_outputs(done))

    def gather(state: State) -> list[Task]:
        found: dict[str, list[tuple[Shard, int]]] = {}
        for shard in state.arranged:
            for file, label in shard.labels.items():
                found.setdefault(file, []).append((shard, int(label.split()[0])))
        return [
            _task(
                "gather",
                work,
                [],
                [shard for shard, _ in of],
                {"file": file, "groups": [group for _, group in of]},
            )
            for file, of in sorted(found.items())
        ]

    def gathered(state: State, done: Done) -> State:
        outputs = tuple(
            replace(shard, name=task.options["file"]) for (task, _), shard in zip(done, _outputs(done), strict=True)
        )
        return replace(state, data=outputs) if what == "data" else replace(state, gone=outputs)

    label = "kept" if what == "data" else "dropped"
    yield Pass(name=f"arrange {label} rows", tasks=arrange, after=arranged)
    yield Pass(name=f"gather {label} rows", tasks=gather, after=gathered)


# -- tasks, shards and keys ----------------------------------------------------------------------------


def _task(
    kind: str,
    work: Path,
    plugins: Sequence[PlugIn],
    inputs: Sequence[Shard],
    options: dict[str, Any],
    *,
    known: dict[str, Any] | None = None,
    source: str = "",
) -> Task:
    """Return a task; `known` are the options as far as they enter the key."""
    spec = [[plugin.digest, [verdict.sha256 for verdict in plugin.verdicts]] for plugin in plugins]
    contents = [f"{shard.sha256} over {shard.over.sha256}" if shard.over else shard.sha256 for shard in inputs]
    key = content_key(kind, spec, contents, known or options)
    return Task(
        kind=kind,
        key=key,
        folder=str(work / kind),
        name=key,
        plugins=tuple(plugins),
        inputs=tuple(shard.file.path for shard in inputs),
        overlays=tuple(shard.path if shard.over else "" for shard in inputs) if any(of.over for of in inputs) else (),
        options=options,
        source=source,
        bytes=sum(shard.held for shard in inputs),
    )


def _outputs(
    done: Done, role: str | None = None, files: Mapping[str, Shard] = MappingProxyType({})
) -> tuple[Shard, ...]:
    """Return the files of finished tasks, in the order of the tasks; overlays lie over one of `files`."""
    return tuple(
        Shard(
            path=str(Path(task.folder) / output.path),
            rows=output.rows,
            sha256=output.sha256,
            source=task.source,
            labels=output.labels,
            bytes=output.bytes,
            over=files[task.inputs[0]] if output.overlay else None,
        )
        for task, receipt in done
        for output in receipt.outputs
        if role in (None, output.role)
    )


def _with_shards(state: State, done: Done) -> State:
    """Return the state after a pass that split its rows into kept and dropped."""
    num_kept: Counter[str] = Counter()
    num_dropped = Counter(state.num_dropped)
    for _, receipt in done:
        num_kept.update(receipt.counts[-1].kept)
        for count in receipt.counts:
            for groups in count.dropped.values():
                num_dropped.update(groups)
    files = {shard.file.path: shard.file for shard in state.kept}
    return replace(
        state,
        kept=_outputs(done, "kept", files),
        dropped=state.dropped + tuple(shard for shard in _outputs(done, "dropped", files) if shard.rows),
        exchanged=(),
        verdicts=(),
        num_kept=num_kept,
        num_dropped=num_dropped,
    )


def files_of(groups: Mapping[str, int]) -> dict[str, int]:
    """Return the number of files of every place of a version that needs more than one."""
    rows: Counter[str] = Counter()
    for group, num in groups.items():
        source, language, script = group.split(" ")
        rows[place(language=language, script=script, source=source)] += num
    return {name: -(-num // FILE_ROWS) for name, num in sorted(rows.items()) if num > FILE_ROWS}


def describe(plugin: Any, *, paths: bool = True) -> PlugIn:
    """Return a plug-in as a task carries it; without `paths`, its digest leaves the settings that are paths out."""
    cls = type(plugin)
    target = f"{cls.__module__}:{cls.__qualname__}"
    story = [target, cls.version, canonical_settings(plugin, paths=paths)]
    return PlugIn(target=target, settings=plugin.model_dump(mode="json"), digest=digest(canonical(story)))
