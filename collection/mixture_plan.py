"""The plan of a mixture: how often each group is drawn, and which row stands at each position."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from aya.stage import Settings
from aya.table import canonical
from collection.schedule import Draws, Schedule


class Amount(Settings):
    """Rows, draws and shares of a group, or of several together."""

    size: int = Field(ge=0, description="rows")
    quota: int = Field(ge=0, description="draws")
    asked: float = Field(ge=0, description="share (0-1) of the draws by the weights, before any limit")
    natural: float = Field(ge=0, description="share (0-1) of the rows")

    @property
    def epochs(self) -> float:
        """How often each row is drawn, on average."""
        return self.quota / self.size if self.size else 0.0


class Group(Amount):
    """All rows of one data set of one source in one language; its rows are numbered from 0."""

    source: str
    dataset: str
    language: str
    pool: str
    size: int = Field(ge=1, description="rows")
    capped: bool = Field(default=False, description="gets less than its weights ask for, by max_epochs")

    @property
    def name(self) -> str:
        """A text that no other group has; the order of the group's rows comes from it."""
        return canonical([self.source, self.dataset, self.language])


class MixturePlan(Settings):
    """Groups with exact quotas, and a random order of all draws that is computed, not stored.

    The whole state of a run is its position: whoever asks for position 1,000 gets the same row,
    whatever was asked before, in pieces of whatever size, on however many machines. The plan is
    JSON: `model_dump_json()` and `MixturePlan.model_validate_json(text)`.
    """

    version: Literal[1] = 1
    """Of the order; another way to compute it would have another number."""
    seed: int
    total: int = Field(ge=0)
    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        sum_ = sum(group.quota for group in self.groups)
        if sum_ != self.total:
            raise ValueError(f"quotas sum to {sum_}, not to the total of {self.total}")
        if len({group.name for group in self.groups}) != len(self.groups):
            raise ValueError("two groups have the same source, dataset and language")
        return self

    def draws(self, start: int, stop: int, step: int = 1) -> Draws:
        """Return the draws at positions `range(start, stop, step)`: indices into `groups`, and rows in them.

        Up to the quota of a group, its rows come epoch by epoch, each row once in each epoch.
        """
        if not 0 <= start <= stop <= self.total or step < 1:
            raise ValueError(f"no positions {start}:{stop}:{step} in a mixture of {self.total} draws")
        return self._schedule.draws(np.arange(start, stop, step))

    def batches(self, size: int, *, start: int = 0) -> Iterator[Draws]:
        """Yield draws in pieces of `size`, from a position on; the last piece may be smaller."""
        for position in range(start, self.total, size):
            yield self.draws(position, min(position + size, self.total))

    def amounts(self, by: Literal["source", "pool", "dataset", "language"]) -> dict[str, Amount]:
        """Return the rows, draws and shares of each source, pool, data set or language."""
        members: defaultdict[str, list[Group]] = defaultdict(list)
        for group in self.groups:
            members[getattr(group, by)].append(group)
        return {
            name: Amount(
                size=sum(group.size for group in groups),
                quota=sum(group.quota for group in groups),
                asked=sum(group.asked for group in groups),
                natural=sum(group.natural for group in groups),
            )
            for name, groups in sorted(members.items())
        }

    @cached_property
    def _schedule(self) -> Schedule:
        return Schedule(
            seed=self.seed,
            names=[group.name for group in self.groups],
            sizes=[group.size for group in self.groups],
            quotas=[group.quota for group in self.groups],
        )
