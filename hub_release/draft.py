"""A release in the making: what its documents are written from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from aya.stage import Facts
from hub_release import licences
from hub_release.arrange import Shard
from hub_release.configs import Config, configs
from hub_release.diff import Difference
from hub_release.measures import Measures, total
from hub_release.release import File, Release
from hub_release.removals import Tombstone


class Request(NamedTuple):
    """What a release is to be called, and what people say of it."""

    version: str | None
    """None takes the one that the changes ask for."""
    date: str
    """Of the release, `2026-11-23`; the clock is never asked."""
    facts: Facts
    demographics: Path | None = None
    """Counts of annotators, already safe to publish: JSON or Parquet."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A release in the making: its rows are in place, its documents are not."""

    folder: Path
    collection: str
    version: str
    request: Request
    build: Mapping[str, Any]
    files: list[File]
    shards: Sequence[Shard]
    schema: dict[str, str]
    previous: Release | None
    difference: Difference | None
    """From the release before; None for the first."""
    tombstones: list[Tombstone]

    @cached_property
    def total(self) -> Measures:
        """Return the measures of all rows."""
        return total(shard.measures for shard in self.shards)

    @cached_property
    def places(self) -> dict[str, Measures]:
        """Return the measures of the rows by language and script."""
        return self._by("place")

    @cached_property
    def sources(self) -> dict[str, Measures]:
        """Return the measures of the rows by source."""
        return self._by("source")

    def _by(self, name: str) -> dict[str, Measures]:
        measured: dict[str, list[Measures]] = {}
        for file, shard in zip(self.files, self.shards, strict=True):
            measured.setdefault(getattr(file.group, name), []).append(shard.measures)
        return {value: total(of) for value, of in sorted(measured.items())}

    @cached_property
    def configs(self) -> list[Config]:
        """Return the configurations."""
        return configs(self.files)

    @property
    def declared(self) -> licences.Declared:
        """Return the licence of the whole."""
        return licences.declared(self.request.facts.license, self.total.counts.get("license", {}))

    @property
    def licence(self) -> str:
        """Return the licence of the whole in words."""
        return self.declared.name

    @property
    def title(self) -> str:
        """Return the title of the card."""
        return self.request.facts.title or self.collection

    @property
    def num_rows(self) -> int:
        """Return the number of rows."""
        return sum(file.rows for file in self.files)
