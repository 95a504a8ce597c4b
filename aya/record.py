"""The record of a build: what each pass did, counted and timed."""

from pydantic import BaseModel, ConfigDict

from aya.task import Count


class PassRecord(BaseModel):
    """One pass of a build."""

    model_config = ConfigDict(frozen=True)

    name: str
    num_tasks: int
    num_run: int
    """Tasks that this build ran; the others were done before."""
    wall_seconds: float
    task_seconds: float
    """Summed over the tasks, also those of earlier builds."""
    bytes: int
    counts: tuple[Count, ...]
    not_taken: dict[str, int] = {}
    """Rows that `only` passed over, by source; they are no candidates."""
    tasks: tuple[str, ...] = ()
    """`kind/key` of each, as their files below `work/` are named."""


class Quarantined(BaseModel):
    """A task that failed for good."""

    model_config = ConfigDict(frozen=True)

    kind: str
    source: str
    part: str
    message: str
    folder: str
    """Where its traceback and the command to repeat it lie."""


class BuildRecord(BaseModel):
    """A build: its passes in order."""

    model_config = ConfigDict(frozen=True)

    recipe: str
    sample: int | None
    passes: tuple[PassRecord, ...]
    quarantined: tuple[Quarantined, ...] = ()

    @property
    def not_taken(self) -> dict[str, int]:
        """Return the rows that `only` passed over, by source."""
        return {source: num for step in self.passes for source, num in step.not_taken.items()}

    @property
    def counts(self) -> tuple[Count, ...]:
        """Return the counts of all stages in order."""
        return tuple(count for step in self.passes for count in step.counts)
