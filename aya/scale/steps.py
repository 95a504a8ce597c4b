"""The passes of a build with how much there is to do in each, known from the sizes of sources alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from aya.plan import ARRANGE_ROWS, GROUP_ROWS, PARTITION_ROWS, SETTLE_BYTES, SETTLE_ROWS
from aya.recipe import Recipe
from aya.scale.calibration import Amount, Calibration
from aya.scale.works import ARRANGE, GATHER, JUDGE, READ
from aya.size import Size
from aya.stage import Exchange, GlobalStage, rounds
from aya.tasks.gather import FILE_ROWS

Flow = Mapping[str, float]
"""Rows by source."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Work of one kind inside a pass."""

    work: str
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class Step:
    """One pass: what is done in its tasks, what they read and what they hold."""

    name: str
    num_tasks: int
    pieces: tuple[Piece, ...]
    rows: float
    read: float
    """Bytes."""
    written: float
    memory_of: tuple[str, float] = ("", 0.0)
    """Kind of a task and the bytes of files that one holds."""
    exchange: bool = False


class Walk:
    """Goes through a recipe as `aya.plan.passes` does, with numbers of rows in place of rows.

    A stage drops what the sizes say (`after`), or the share that the calibration has learned, else nothing.
    """

    def __init__(self, recipe: Recipe, sizes: Mapping[str, Size], calibration: Calibration) -> None:
        self._recipe, self._sizes, self._calibration = recipe, sizes, calibration
        self._flow: dict[str, float] = {name: float(size.rows) for name, size in sizes.items()}
        self._gone: Counter[str] = Counter()
        self._stored = dict(self._flow)  # rows in the files of the shards in hand, also those that overlays leave out
        self._packed = 0.0  # bytes of a character there
        self._dropped = 0.0
        self.unknown: set[str] = set()

    def steps(self) -> Iterator[Step]:
        """Yield the passes in order."""
        yield self._reading()
        chain: list[str] = []
        for stage in self._recipe.stages:
            if isinstance(stage, GlobalStage):
                if chain:
                    yield self._judging(chain)
                yield from self._exchanges(stage)
                chain = [stage.name]
            else:
                chain.append(stage.name)
        if chain:
            yield self._judging(chain)
        yield from self._gathering("kept", self._flow, self._files)
        yield from self._gathering("dropped", self._gone, self._dropped)

    def _amount(self, tasks: float, flow: Flow) -> Amount:
        return Amount(
            tasks, sum(flow.values()), sum(rows * self._sizes[name].characters for name, rows in flow.items())
        )

    def _written(self, work: str, amount: Amount) -> float:
        known = self._calibration.cost(work)
        if known is None:
            self.unknown.add(work)
        return known.written.of(amount) if known else 0.0

    @property
    def _files(self) -> float:
        """Bytes of the files of the shards in hand."""
        return self._packed * self._amount(0, self._stored).characters

    def _reading(self) -> Step:
        tasks = sum(num_parts(entry.source) for entry in self._recipe.sources)
        amount = self._amount(tasks, self._flow)
        self._packed = self._written(READ, amount) / amount.characters if amount.characters else 0.0
        piece = Piece(work=READ, amount=amount)
        return Step(name=READ, num_tasks=tasks, pieces=(piece,), rows=amount.rows, read=self._files,
                    written=self._files, memory_of=("source", self._group_bytes(amount.rows)))  # fmt: skip

    def _group_bytes(self, rows: float) -> float:
        """Return the bytes of as many rows as one task judges."""
        return self._files * min(1.0, GROUP_ROWS / rows) if rows else 0.0

    def _groups(self) -> int:
        return sum(ceil(rows / GROUP_ROWS) for rows in self._flow.values())

    def _judging(self, chain: Sequence[str]) -> Step:
        tasks, before = self._groups(), self._amount(0, self._flow)
        pieces = [Piece(work=JUDGE, amount=self._amount(tasks, self._flow))]
        read, memory = self._files, self._group_bytes(before.rows)
        written = self._written(JUDGE, pieces[0].amount)
        for name in chain:
            self._written(name, Amount(0, 0, 0))
            pieces.append(Piece(work=name, amount=self._amount(tasks, self._flow)))
            self._drop(name)
        after = self._amount(0, self._flow)
        self._dropped += self._packed * (before.characters - after.characters)
        few = {name: rows for name, rows in self._flow.items() if 2 * rows < self._stored[name]}
        self._stored |= few
        written += self._packed * self._amount(0, few).characters
        return Step(name=" + ".join(chain), num_tasks=tasks, pieces=tuple(pieces), rows=before.rows, read=read,
                    written=written, memory_of=("judge", memory))  # fmt: skip

    def _drop(self, stage: str) -> None:
        """Take out of the flow what a stage drops."""
        known = self._calibration.cost(stage)
        for name, rows in self._flow.items():
            said = self._sizes[name].after
            left = min(rows, said[stage]) if stage in said else rows * (known.kept if known else 1.0)
            self._flow[name] = left
            self._gone[name] += rows - left  # type: ignore[assignment]  # counted in shares of rows

    def _exchanges(self, stage: GlobalStage) -> Iterator[Step]:
        for number, of in enumerate(rounds(stage), start=1):
            yield from self._round(of, stage.name if number == 1 else f"{stage.name}, round {number}")

    def _round(self, of: Exchange, name: str) -> Iterator[Step]:
        tasks, rows, keys = self._groups(), sum(self._flow.values()), len(of.keys)
        amount = self._amount(tasks, self._flow)
        summary = self._written(f"{name}: summarise", amount)
        memory = ("summarise", self._group_bytes(rows))
        yield self._part(f"{name}: summarise", amount, self._files, summary, memory)
        ranges = max(1, ceil(rows / SETTLE_ROWS), ceil(summary / SETTLE_BYTES))
        if ranges > 1:
            amount = self._amount(max(ceil(rows / PARTITION_ROWS), ceil(summary / SETTLE_BYTES)), self._flow)
            memory = ("partition", summary / amount.tasks)
            yield self._part(f"{name}: partition", amount, summary, summary, memory)
        amount = self._amount(keys * ranges, self._flow)
        decisions = self._written(f"{name}: settle", amount)
        yield self._part(f"{name}: settle", amount, summary, decisions, ("settle", summary / amount.tasks))
        amount = self._amount(1, self._flow)
        verdict = self._written(f"{name}: conclude", amount)
        yield self._part(f"{name}: conclude", amount, decisions, verdict, ("conclude", decisions))

    def _part(self, name: str, amount: Amount, read: float, written: float, memory: tuple[str, float]) -> Step:
        return Step(
            name=name,
            num_tasks=int(amount.tasks),
            pieces=(Piece(work=name, amount=amount),),
            rows=amount.rows,
            read=read,
            written=written,
            memory_of=memory,
            exchange=True,
        )

    def _gathering(self, what: str, flow: Flow, size: float) -> Iterator[Step]:
        rows = sum(flow.values())
        if round(rows) == 0:
            return
        places = [num * share for name, num in flow.items() for share in self._shares(name).values()]
        arranged = self._amount(ceil(rows / ARRANGE_ROWS), flow)
        gathered = self._amount(sum(ceil(num / FILE_ROWS) for num in places if round(num)), flow)
        between = self._written(ARRANGE, arranged)
        group, largest = min(ARRANGE_ROWS, rows), min(FILE_ROWS, max(places))
        for work, amount, read, held in (
            (ARRANGE, arranged, size, size * group / rows),
            (GATHER, gathered, between, between * largest / rows),
        ):
            yield Step(
                name=f"{work} {what} rows",
                num_tasks=int(amount.tasks),
                pieces=(Piece(work=work, amount=amount),),
                rows=rows,
                read=read,
                written=self._written(work, amount),
                memory_of=(work, held),
                exchange=True,
            )

    def _shares(self, name: str) -> Mapping[str, float]:
        return self._sizes[name].shares(self._recipe.languages)


def num_parts(source: object) -> int:
    """Return in how many parts a source is read, also where it can not be read yet."""
    known = getattr(source, "num_parts", None)
    return int(known) if known is not None else len(source.parts())  # type: ignore[attr-defined]  # a source has parts
