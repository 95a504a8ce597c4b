"""What the passes of a build take on a cluster: processors, bytes, hours, memory and money.

docs/scale.md has the arithmetic with an example by hand; nothing here measures anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from aya.engines.needs import GROWTH, START, TEXTS
from aya.recipe import Recipe
from aya.scale.calibration import Calibration
from aya.scale.cluster import Cluster, Gpus
from aya.scale.steps import Step, Walk
from aya.size import Size

HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One line of the table; None is what can not be known."""

    name: str
    num_tasks: int = 0
    rows: float = 0
    cpu_hours: float = 0
    gpu_hours: float = 0
    read: float = 0
    """Bytes."""
    written: float = 0
    moved: float = 0
    """Bytes between nodes and storage, of passes that bring rows of several tasks together."""
    hours: float = 0
    """On the wall, with all nodes."""
    memory: float = 0
    """Bytes of one task."""
    money: float = 0


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A recipe on a cluster."""

    costs: tuple[Cost, ...]
    total: Cost
    scratch: float
    """Bytes of all files that tasks write, with the outcome."""
    outcome: float
    """Bytes of the files of the version."""
    serial: tuple[tuple[str, float], ...]
    """Passes of one task alone, and their hours, the longest first."""
    storage: float
    """Money for keeping all files."""
    egress: float
    """Money for fetching the outcome once."""
    unknown: tuple[str, ...]
    """Kinds of work that nobody measured; they count as nothing."""
    assumptions: tuple[str, ...]


def price(recipe: Recipe, sizes: Mapping[str, Size], calibration: Calibration, cluster: Cluster) -> Priced:
    """Return what every pass of a recipe takes, what models have to do besides, and the sums."""
    walk = Walk(recipe, sizes, calibration)
    steps = list(walk.steps())
    costs = [_cost(step, calibration, cluster) for step in steps]
    models = list(_models(recipe, sizes, cluster))
    outcome = sum(step.written for step in steps if step.name.startswith("gather"))
    scratch = sum(step.written for step in steps)
    storage = scratch / 1e9 * cluster.months * cluster.storage_price_per_gb_month
    egress = outcome / 1e9 * cluster.egress_price_per_gb
    serial = [(cost.name, cost.hours) for cost in costs if cost.num_tasks == 1]
    return Priced(
        costs=(*costs, *models),
        total=_total([*costs, *models], storage + egress),
        scratch=scratch,
        outcome=outcome,
        serial=tuple(sorted(serial, key=lambda item: -item[1])),
        storage=storage,
        egress=egress,
        unknown=tuple(sorted(walk.unknown)),
        assumptions=tuple(assumptions(calibration, cluster)),
    )


def _cost(step: Step, calibration: Calibration, cluster: Cluster) -> Cost:
    """Return what one pass takes: as long as its processors or its bytes need, whichever is longer."""
    known = [(calibration.cost(piece.work), piece.amount) for piece in step.pieces]
    cpu = sum(work.seconds.of(amount) for work, amount in known if work)
    if step.name.endswith(": partition"):
        cpu = step.read / 1e6 / calibration.disk["unpack"] + step.written / 1e6 / calibration.disk["compress"]
    cpu /= cluster.core_speed
    waves = ceil(step.num_tasks / cluster.slots)
    working = cpu / step.num_tasks * waves if step.num_tasks else 0.0
    moving = (step.read + step.written) / (cluster.bytes_per_second * max(1, min(cluster.nodes, step.num_tasks)))
    hours = max(working, moving) / HOUR
    return Cost(
        name=step.name,
        num_tasks=step.num_tasks,
        rows=step.rows,
        cpu_hours=cpu / HOUR,
        read=step.read,
        written=step.written,
        moved=step.read + step.written if step.exchange and cluster.nodes > 1 else 0.0,
        hours=hours,
        memory=START + GROWTH.get(step.memory_of[0], TEXTS) * step.memory_of[1],
        money=hours * cluster.nodes * cluster.price_per_node_hour,
    )


def _models(recipe: Recipe, sizes: Mapping[str, Size], cluster: Cluster) -> Iterator[Cost]:
    """Yield what models have to do: write and translate rows that are not there yet, and train on the mixture."""
    gpus, per_token = cluster.gpus, cluster.characters_per_token
    if gpus is None:
        return
    for name, size in sizes.items():
        if size.generated and gpus.generate:
            tokens = size.generated * size.targets / per_token
            yield _on_gpus(f"{name}: generate", size.generated, tokens / gpus.generate, gpus)
        if size.translated and gpus.translate:
            tokens = size.translated * size.characters / per_token
            yield _on_gpus(f"{name}: translate", size.translated, tokens / gpus.translate, gpus)
    draws = getattr(recipe.mixture, "total", None)
    if draws and gpus.training:
        of = gpus.training
        tokens = draws * _drawn_characters(recipe, sizes) / per_token
        yield _on_gpus("train on the mixture", draws, 6 * of.parameters * tokens / (of.flops * of.utilisation), gpus)


def _on_gpus(name: str, rows: float, seconds: float, gpus: Gpus) -> Cost:
    hours = seconds / HOUR
    return Cost(name=name, rows=rows, gpu_hours=hours, hours=hours / gpus.number, money=hours * gpus.price_per_gpu_hour)


def _drawn_characters(recipe: Recipe, sizes: Mapping[str, Size]) -> float:
    """Return the characters of a row that the mixture draws, in the mean."""
    assert recipe.mixture is not None
    mixture = recipe.mixture.model_copy(update={"max_epochs": None})
    plan: Any = mixture.plan({(name, "", ""): size.stays for name, size in sizes.items()})
    return float(sum(group.quota * sizes[group.source].characters for group in plan.groups) / plan.total)


def _total(costs: list[Cost], storage: float) -> Cost:
    return Cost(
        name="all",
        num_tasks=sum(cost.num_tasks for cost in costs),
        cpu_hours=sum(cost.cpu_hours for cost in costs),
        gpu_hours=sum(cost.gpu_hours for cost in costs),
        read=sum(cost.read for cost in costs),
        written=sum(cost.written for cost in costs),
        moved=sum(cost.moved for cost in costs),
        hours=sum(cost.hours for cost in costs),
        memory=max((cost.memory for cost in costs), default=0.0),
        money=sum(cost.money for cost in costs) + storage,
    )


def assumptions(calibration: Calibration, cluster: Cluster) -> Iterator[str]:
    """Yield what the numbers stand on, a sentence each."""
    if calibration.learned_from:
        yield f"costs and the shares that stay are those of the build {calibration.learned_from}"
    else:
        yield "costs are those of the built-in sample; a stage drops nothing unless the sizes say so"
    yield f"a core is {cluster.core_speed:g} times one of {calibration.machine.get('processor', 'this machine')}"
    yield "a source is as large as the recipe says, and its rows cost what their mean length costs"
    yield "passes run one after the other, tasks in full waves; what a pass takes longer for counts, work or bytes"
    if cluster.nodes > 1:
        yield "all files lie on storage that every node reaches at its own full rate at once"
    yield "putting summaries into ranges of their keys costs what unpacking and packing their bytes costs"
    yield "files of all passes are kept until `aya clean`; reading from the Hub is as fast as the storage"
    if cluster.gpus:
        yield f"a token is {cluster.characters_per_token:g} characters; all GPUs are busy, one job after the other"
    yield "nothing is lost or repeated: no machine fails, no task runs twice"
