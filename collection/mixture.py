"""The mixture: how often each row of a collection is drawn, and in which order, from sizes alone.

Weights work on two levels: first between sources (or pools of them), then inside each of them by
shares of data sets and a temperature over languages. The outcome is a plan that says for every
position which row stands there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field, field_validator, model_validator

from aya.errors import RecipeError, nearest, unknown
from aya.stage import Settings
from collection.mixture_plan import Group, MixturePlan
from collection.shares import Node, branch, shares_of, split

PRESETS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "aya-human-heavy": {
            "aya_dataset": 25,
            "aya_templates": 4,
            "xp3x": 20,
            "data_provenance": 6,
            "aya_translations": 30,
            "sharegpt_command": 15,
        },
        "aya-translation-heavy": {
            "aya_dataset": 10,
            "aya_templates": 1.5,
            "xp3x": 15,
            "data_provenance": 3.5,
            "aya_translations": 47.5,
            "sharegpt_command": 22.5,
        },
        "aya-template-heavy": {
            "aya_dataset": 20,
            "aya_templates": 10,
            "xp3x": 30,
            "data_provenance": 10,
            "aya_translations": 20,
            "sharegpt_command": 10,
        },
    }
)
"""Percent of 25 million draws, from Üstün et al. 2024 (Aya Model), Table 3; the second trained Aya."""

UNLIMITED = 2**36  # draws; their products and sums stay inside 64 bits

Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Cell(NamedTuple):
    """A group before it has a quota; `leaf` is its place in the plan."""

    leaf: int
    source: str
    dataset: str
    language: str
    size: int
    pool: str


class Mixture(Settings):
    """Settings of a mixture; with none of them every row is drawn once."""

    preset: str | None = Field(default=None, description="a published set of weights")
    weights: dict[str, Weight] = Field(
        default={}, description="weight by source or pool, in any unit; 0 leaves out; goes before the preset's"
    )
    pools: dict[str, tuple[str, ...]] = Field(
        default={}, description="sources that share one weight, by the name under which it stands"
    )
    datasets: dict[str, dict[str, Share]] = Field(
        default={}, description="shares (0-1) of data sets inside a source or pool; the others share the rest"
    )
    temperature: float = Field(
        default=1, description="inside a source or pool, a language weighs its size ** (1 / temperature)"
    )
    total: int | None = Field(
        default=None, ge=1, le=UNLIMITED, description="draws; as many as there are rows when left out"
    )
    max_epochs: float | None = Field(default=None, gt=0, description="most draws of a group, in its sizes")
    seed: int = 0

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, name: str | None) -> str | None:
        if name is not None and name not in PRESETS:
            raise ValueError(unknown("preset", name, PRESETS))
        return name

    @field_validator("temperature")
    @classmethod
    def _flattens(cls, temperature: float) -> float:
        if temperature < 1:
            hint = f"; for an exponent of {temperature:g} say {1 / temperature:.3g}" if temperature > 0 else ""
            raise ValueError(f"temperature must be 1 or more, not {temperature:g}{hint}")
        return temperature

    @model_validator(mode="after")
    def _fits_together(self) -> "Mixture":
        members = [source for sources in self.pools.values() for source in sources]
        faults = [
            *(f"source '{name}' is in two pools" for name, count in Counter(members).items() if count > 1),
            *(f"'{name}' is in a pool and has no weight of its own" for name in self._named() if name in members),
            *(
                f"shares inside '{pool}' sum to {sum(shares.values()):g}, more than 1"
                for pool, shares in self.datasets.items()
                if sum(shares.values()) > 1 + 1e-9
            ),
        ]
        weights = self._weights()
        if weights and not any(weights.values()):
            faults.append("all weights are 0")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def faults(self, sources: Iterable[str]) -> list[str]:
        """Return what does not fit the names of a collection's sources, one line each."""
        sources = set(sources)
        pool_of = self._pool_of()
        pools = {pool_of.get(source, source) for source in sources}
        faults = [unknown("source", name, sources) for name in pool_of if name not in sources]
        faults += [unknown("source or pool", name, pools) for name in self._named() if name not in pools]
        if weights := self._weights():
            lack = sorted(pools - set(weights))
            faults += [f"source '{name}' has no weight{nearest(name, weights)}" for name in lack]
        return faults

    def plan(self, sizes: Mapping[tuple[str, str, str], int]) -> MixturePlan:
        """Return the plan for sizes: rows by (source, dataset, language).

        A group gets at most its size times `max_epochs`. What its weight asks above that goes to the
        others of its language, then of its data set share, then of its pool, in proportion to their
        weights, and to other pools only when the whole pool is full.

        Raises `RecipeError` with all faults.
        """
        cells = self._cells(sizes)
        faults = self._faults_of(cells)
        if faults:
            raise RecipeError(faults)
        weights = self._weights() or _sums(cells)
        total = self.total or sum(cell.size for cell in cells if weights[cell.pool] > 0)
        tree, free = self._tree(cells, weights, self.max_epochs), self._tree(cells, weights, None)
        if total > tree.capacity:
            limit = f"max_epochs {self.max_epochs} allows {tree.capacity:,} draws"
            raise RecipeError([f"total is {total:,}, but {limit}"])
        quotas, unlimited = split(tree, total, len(cells)), split(free, total, len(cells))
        groups = _groups(cells, quotas, unlimited, shares_of(free, len(cells)))
        moved = sum(max(0, more - less) for more, less in zip(unlimited, quotas, strict=True))
        return MixturePlan(seed=self.seed, total=total, groups=groups, notes=self._notes(groups, moved))

    def _cells(self, sizes: Mapping[tuple[str, str, str], int]) -> list[Cell]:
        pool_of = self._pool_of()
        some = sorted((key, size) for key, size in sizes.items() if size > 0)
        return [Cell(i, *key, size, pool_of.get(key[0], key[0])) for i, (key, size) in enumerate(some)]

    def _tree(self, cells: list[Cell], weights: Mapping[str, float], max_epochs: float | None) -> Node:
        """Return the weights of pools, of data sets with a share, of languages and of groups."""

        def leaves(some: list[Cell]) -> list[Node]:
            most = UNLIMITED if max_epochs is None else max_epochs
            return [Node(cell.size, int(min(cell.size * most, UNLIMITED)), leaf=cell.leaf) for cell in some]

        def languages(some: list[Cell]) -> list[Node]:
            sums = _sums(some, "language")
            return [
                branch(sums[language] ** (1 / self.temperature), leaves(members))
                for language, members in _parts(some, "language").items()
            ]

        def pool(name: str, some: list[Cell]) -> Node:
            shares = self.datasets.get(name, {})
            parts = _parts(some, "dataset")
            rest = [cell for cell in some if cell.dataset not in shares]
            named = [branch(share, languages(parts[dataset])) for dataset, share in shares.items()]
            return branch(weights[name], [*named, branch(max(0, 1 - sum(shares.values())), languages(rest))])

        return branch(1, [pool(name, members) for name, members in _parts(cells, "pool").items()])

    def _faults_of(self, cells: list[Cell]) -> list[str]:
        """Return what does not fit the sizes."""
        if not cells:
            return ["there are no rows to mix"]
        pools = {pool: frozenset(_parts(members, "dataset")) for pool, members in _parts(cells, "pool").items()}
        left_out = {name for name, weight in self.weights.items() if weight == 0}
        faults = self.faults({*(cell.source for cell in cells), *self._pool_of(), *left_out})
        faults += [f"no rows in pool '{pool}'" for pool in self.pools if pool not in {*pools, *left_out}]
        for pool, shares in self.datasets.items():
            there = pools.get(pool, frozenset())
            faults += [
                f"no data set '{name}' in '{pool}'{nearest(name, there)}" for name in shares if name not in there
            ]
            if there and there <= set(shares) and abs(sum(shares.values()) - 1) > 1e-9:
                faults.append(f"shares of all data sets of '{pool}' sum to {sum(shares.values()):g}, not to 1")
        return faults

    def _notes(self, groups: tuple[Group, ...], moved: int) -> tuple[str, ...]:
        there = {group.pool for group in groups}
        notes = [
            f"preset '{self.preset}': no rows in '{pool}'; its weight of {weight:g} goes to the others in proportion"
            for pool, weight in self._weights().items()
            if pool not in there
        ]
        if capped := sum(group.capped for group in groups):
            notes.append(f"max_epochs {self.max_epochs:g} limits {capped:,} groups; {moved:,} draws go to others")
        return tuple(notes)

    def _weights(self) -> dict[str, float]:
        """Return the weight of each pool; none when they follow the sizes."""
        return {**PRESETS.get(self.preset or "", {}), **self.weights}

    def _named(self) -> list[str]:
        """Return the names that the settings say something of."""
        return [*self.weights, *(name for name in self.datasets if name not in self.weights)]

    def _pool_of(self) -> dict[str, str]:
        return {source: pool for pool, sources in self.pools.items() for source in sources}


def _groups(cells: list[Cell], quotas: list[int], unlimited: list[int], asked: list[float]) -> tuple[Group, ...]:
    rows = sum(cell.size for cell in cells)
    return tuple(
        Group(
            source=cell.source,
            dataset=cell.dataset,
            language=cell.language,
            pool=cell.pool,
            size=cell.size,
            quota=quotas[cell.leaf],
            asked=asked[cell.leaf],
            natural=cell.size / rows,
            capped=quotas[cell.leaf] < unlimited[cell.leaf],
        )
        for cell in cells
    )


def _parts(cells: Iterable[Cell], column: str) -> dict[str, list[Cell]]:
    """Return the cells by a column, in order."""
    parts: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        parts[getattr(cell, column)].append(cell)
    return parts


def _sums(cells: Iterable[Cell], column: str = "pool") -> dict[str, float]:
    """Return the rows by a column."""
    return {name: float(sum(cell.size for cell in members)) for name, members in _parts(cells, column).items()}
