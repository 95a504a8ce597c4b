"""What all methods of generation share: seeds in, generated rows out, with the whole story of each."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pyarrow as pa
from pydantic import Field

from aya.errors import InputError, UserError
from aya.models.caller import BudgetSpent
from aya.models.journal import Journal
from aya.stage import Aside, InputFiles, Part, Settings, matches
from aya.table import canonical, sha256
from aya.text import hash64
from synthesis.asking import Said, say
from synthesis.prompting import Prompt
from synthesis.seeds import SUFFIXES, Seed, SeedColumns, read_seeds
from synthesis.teachers import Desk, Teacher

HAND = 128
"""Seeds that are in hand at once."""
FACTS = (
    "method", "made", "model", "model_revision", "model_license", "terms", "template", "decoding", "seed", "finish",
    "rejected", "scores",
)  # fmt: skip
"""Columns of generated rows beside those of a record, for provenance."""


RECORD = ("inputs", "targets", "language", "parent_id", "task_type", "license", "origin")
"""Columns of generated rows that are a record's."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A generated row; `facts` is for provenance."""

    inputs: str
    targets: str
    parent: Seed
    facts: dict[str, Any]
    task_type: str | None = None
    fault: str | None = None


class Method(Settings):
    """A source that asks models: its items are generated from seeds.

    Every item has `inputs`, `targets`, `language`, `parent_id` (the seed), `origin` (`synthetic`), `license` (the
    seed's) and the columns of `FACTS`. A row that has no answer is a fault. The same settings and seeds ask nothing
    twice: all calls are in the journal. Seeds of an evaluation split, or flagged by a contamination stage, are refused.
    """

    origin: ClassVar[str] = "synthetic"
    name: ClassVar[str]
    version: ClassVar[int]
    paper: ClassVar[str]
    """Whose method it is: authors, year, arXiv number."""

    seeds: InputFiles = Field(description="files of seeds, Parquet or JSON Lines: path or pattern, or a list of them")
    teachers: tuple[Teacher, ...] = Field(min_length=1, description="models that are asked")
    seed_columns: SeedColumns = SeedColumns()
    seed_language: str | None = Field(default=None, description="language of the seeds, where no column says it")
    journal: Annotated[Path, Aside()] = Field(
        default=Path("build/answers.sqlite"), description="file of all calls and answers"
    )
    unguarded: str | None = Field(
        default=None, min_length=1, description="why a recipe with this source needs no stage against contamination"
    )
    seed: int = Field(default=0, ge=0, description="of every random choice")

    async def make(self, seed: Seed, desk: Desk) -> Sequence[Made]:
        """Return what is made of one seed.

        Raises: BudgetSpent, ModelError.
        """
        raise NotImplementedError

    # -- as a source -------------------------------------------------------------------------------

    @property
    def needs_stage(self) -> str | None:
        """The stage that a recipe must have before what is generated counts."""
        return None if self.unguarded else "dedup.contamination"

    def facts(self) -> Mapping[str, str]:
        """Return the paper to cite, and the models with their revisions."""
        models = (f"{teacher.name}@{teacher.revision}".rstrip("@") for teacher in self.teachers)
        return {"citation": self.paper, "revision": " ".join(models)}

    def named(self) -> Mapping[str, Any]:
        """Return how records are made of the items."""
        return {name: name for name in RECORD} | {"provenance": FACTS}

    def parts(self) -> list[Part]:
        """Return one part for each file of seeds."""
        found = {match.name: match.path for pattern in self.seeds for match in matches(pattern)}
        for name, path in found.items():
            if path.suffix not in SUFFIXES:
                raise InputError(f"{name}: neither Parquet nor JSON Lines ({', '.join(SUFFIXES)})")
        return [Part(name=name, digest=sha256(path), path=str(path)) for name, path in found.items()]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items made of a file's seeds, of the first `limit` seeds.

        Raises: UserError if a budget ends before the seeds do.
        """
        with Journal(self.journal) as journal, Desk(self.teachers, journal) as desk:
            yield from self.tables(part, desk, limit=limit)
            if desk.stopped:
                raise UserError(f"{part.name}: {desk.stopped}; the same command goes on with a larger one")

    def tables(self, part: Part, desk: Desk, *, limit: int | None = None) -> Iterator[pa.Table]:
        """Yield the items of a part, asking the teachers of a desk; ends early when a budget is spent."""
        left = islice(self.seeds_of(part), limit)
        while not desk.stopped and (hand := list(islice(left, HAND))):
            yield items(desk.run(self._make_all(hand, desk)))

    def seeds_of(self, part: Part) -> Iterator[Seed]:
        """Yield the seeds of a file.

        Raises: InputError.
        """
        return read_seeds(Path(part.path or ""), self.seed_columns, name=part.name, language=self.seed_language)

    async def _make_all(self, hand: Sequence[Seed], desk: Desk) -> list[Made]:
        """Return what is made of some seeds, in order; those that a budget was too small for are left out."""

        async def work(seed: Seed) -> Sequence[Made]:
            with suppress(BudgetSpent):
                return await self.make(seed, desk)
            return ()

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(work(seed)) for seed in hand]
        except* UserError as errors:
            raise errors.exceptions[0] from None
        return [made for task in tasks for made in task.result()]

    # -- for methods -------------------------------------------------------------------------------

    async def say(
        self, desk: Desk, seed: Seed, asked: Prompt | str, *, task: str, draw: int = 0, teacher: str | None = None
    ) -> Said:
        """Return what a teacher answers; `draw` tells several answers to the same question apart."""
        prompt = asked if isinstance(asked, Prompt) else Prompt(asked, "")
        name, number = teacher or self.teachers[0].name, (self.seed * 1_000 + draw) % 2**31
        said = await say(desk, name, prompt, language=seed.language, task=task, number=number)
        return replace(said, facts={"method": self.name.partition(".")[2]} | said.facts)

    def choose(self, num: int, seed: Seed, what: str = "") -> int:
        """Return a number below `num`, drawn by the seed's id alone."""
        return hash64(f"{what} {seed.id}", seed=self.seed) % num


def items(made: Sequence[Made]) -> pa.Table:
    """Return generated rows as items of a source, keyed by seed and number."""
    numbers: dict[str, int] = {}
    rows = []
    for one in made:
        number = numbers[one.parent.id] = numbers.get(one.parent.id, -1) + 1
        facts = {name: one.facts.get(name) for name in FACTS}
        facts |= {name: canonical(value) for name, value in facts.items() if not isinstance(value, str | None)}
        rows.append(
            facts
            | {
                "_key": f"{one.parent.id}#{number}",
                "_fault": one.fault,
                "inputs": one.inputs,
                "targets": one.targets,
                "language": one.parent.language,
                "parent_id": one.parent.id,
                "task_type": one.task_type,
                "license": one.parent.license,
                "origin": Method.origin,
            }
        )
    return pa.Table.from_pylist(rows, schema=ITEMS)


_LONG = ("inputs", "targets", "rejected")
ITEMS = pa.schema(
    [(name, pa.large_string() if name in _LONG else pa.string()) for name in ("_key", "_fault", *RECORD, *FACTS)]
)
"""Columns of generated rows."""
