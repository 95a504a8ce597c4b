"""`aya calibrate`, and what `aya plan --cluster` prints."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from aya.progress import Quiet, telling
from aya.recipe import Recipe
from aya.stage import load
from aya.store import Store
from aya.terminal import AsJson, out, print_json
from aya.version import open_version

CALIBRATION = Path("build/calibration.json")
READ, WRITE = "aya.scale.calibration:read_calibration", "aya.scale.calibration:write_calibration"
MEASURE, LEARNED = "aya.scale.measure:measure", "aya.scale.works:learned"
CLUSTER, PRICE, SIZES = "aya.scale.cluster:read_cluster", "aya.scale.price:price", "aya.scale.works:sizes"
GB = 1e9


def calibrate(
    path: Annotated[Path, typer.Option("--out", help="file to write")] = CALIBRATION,
    store: Annotated[
        Path | None, typer.Option("--from", help="store whose last build says how much there is of each kind of work")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="builds of each size; more show more of the spread")] = 3,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure what every kind of work of a build costs on this machine, for `aya plan --cluster`.

    A sample in twelve scripts is built, with short and with long rows: under a minute on an idle machine. CPU time is
    counted, so others on the machine matter little. With `--from` the costs are those of a build of yours, and so are
    the shares of rows that its stages dropped; the sample only says what grows with rows and what with their length.
    """
    if store is not None:
        open_version(store)  # nothing is measured for a store that has none
    with telling(quiet=quiet) as tell:
        found = load(MEASURE)(repeats=repeats, tell=tell)
    if store is not None:
        found = load(LEARNED)(found, Store.of(store))
    load(WRITE)(found, path)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    shown = Table("work", "ms a task", "µs a row", "µs a thousand characters", "spread", box=None, header_style="bold")
    for name, work in found.works.items():
        rate = work.seconds
        numbers = (rate.task * 1e3, rate.row * 1e6, rate.character * 1e9)
        shown.add_row(name, *(f"{number:,.1f}" for number in numbers), f"{work.spread:.0%}")
    out.print(shown)
    rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in found.disk.items())
    out.print(f"MB/s: {rates}. Written to {path}", markup=False)


def print_price(recipe: Recipe, store: Store, *, cluster: Path, calibration: Path | None, as_json: bool) -> None:
    """Print what a recipe takes on a cluster."""
    sizes = load(SIZES)(recipe, store)
    described = load(CLUSTER)(cluster)
    priced = load(PRICE)(recipe, sizes, load(READ)(calibration or CALIBRATION), described)
    if as_json:
        print_json(dataclasses.asdict(priced))
        return
    names = ("pass", "tasks", "rows", "CPU h", "GPU h", "read", "written", "moved", "hours", "GiB", described.currency)
    shown = Table(*names, box=None, header_style="bold")
    for column in shown.columns:
        column.no_wrap, column.justify = True, "left" if column is shown.columns[0] else "right"
    for cost in (*priced.costs, priced.total):
        numbers = (
            cost.rows, cost.cpu_hours, cost.gpu_hours, cost.read / GB, cost.written / GB, cost.moved / GB, cost.hours,
            cost.memory / 2**30, cost.money,
        )  # fmt: skip
        shown.add_row(_short(cost.name), f"{cost.num_tasks:,}" if cost.num_tasks else "", *map(_number, numbers))
    out.print(shown)
    out.print("read, written and moved in GB; GiB of one task; hours on the wall with all nodes", markup=False)
    out.print(
        f"files {priced.scratch / GB:,.1f} GB, of which the version {priced.outcome / GB:,.1f};"
        f" keeping them {priced.storage:,.2f}, fetching the version {priced.egress:,.2f} {described.currency}",
        markup=False,
    )
    serial = [f"{name} ({hours:.2g} h)" for name, hours in priced.serial[:4]]
    if serial:
        out.print(f"one task alone: {', '.join(serial)}", markup=False)
    if priced.total.memory > described.memory * 2**30:
        out.print(f"a task needs more memory than a node has ({described.memory:g} GiB)", style="bold")
    if priced.unknown:
        out.print(f"never measured, so counted as nothing: {', '.join(priced.unknown)}", markup=False)
    out.print("assumed:", markup=False)
    for sentence in priced.assumptions:
        out.print(f"  {sentence}", markup=False)


def _short(name: str) -> str:
    """Return the name of a pass; of several stages in one, the first and how many more."""
    first, *others = name.split(" + ")
    return f"{first} + {len(others)} more" if len(others) > 1 else name


def _number(value: float) -> str:
    """Return a number in six characters or so; nothing for what is below a thousandth."""
    if value < 0.001:
        return ""
    if value >= 1e5:
        return f"{value / 1e6:.3g}M" if value < 1e8 else f"{value / 1e6:,.0f}M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
