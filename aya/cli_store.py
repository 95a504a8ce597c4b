"""`aya status|report|clean`: a store as a whole."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from aya.errors import UserError
from aya.leftovers import Leftovers, clear, leftovers
from aya.progress import Quiet, telling
from aya.report.counts import report as counts_report
from aya.report.page import write_page
from aya.store import Store
from aya.terminal import AsJson, counted, out, print_json
from aya.version import open_version

StorePath = Annotated[Path, typer.Argument(help="the store, or the folder of one version", show_default=False)]


def status(
    store: StorePath,
    verify: Annotated[
        bool, typer.Option(help="read every file of the latest version and compare its checksum")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say what a store holds: its versions, the last build, what is in quarantine."""
    opened = open_version(store)
    home = Store.of(store)
    record = home.record(opened.name)
    with telling(quiet=quiet) as tell:
        faults = opened.verify(tell) if verify else []
    versions = sorted(item.name for item in home.versions.glob("[!.]*"))
    found = {
        "latest": opened.name,
        "versions": versions,
        "kept": opened.manifest["num_kept"],
        "dropped": opened.manifest["num_dropped"],
        "complete": opened.manifest["complete"],
        "quarantined": [item.model_dump() for item in record.quarantined],
        "faults": faults,
    }
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            if value not in ([], None):
                out.print(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}", markup=False)
    if faults:
        raise typer.Exit(1)


def report(
    store: StorePath,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write a page with charts and rows to look at")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Print the counts of a build: what came in, what left at which stage for which reason."""
    opened = open_version(store)
    if html is not None:
        with telling(quiet=quiet) as tell:
            write_page(opened, Store.of(store), html, tell)
        out.print(str(html), markup=False)
        return
    counted = counts_report(opened.name, Store.of(store).record(opened.name))
    if as_json:
        print_json(counted)
        return
    shown = Table("stage", "rows in", "kept", "dropped", "why", box=None, header_style="bold")
    for stage in counted["stages"]:
        gone = stage["rows_in"] - stage["kept"]
        why = "\n".join(f"{num:>9,} {reason.partition(': ')[2]}" for reason, num in stage["dropped"].items())
        shown.add_row(stage["stage"], f"{stage['rows_in']:,}", f"{stage['kept']:,}", f"{gone:,}", why)
    out.print(f"{counted['collection']} {counted['version']}\n", style="bold", markup=False)
    out.print(shown)
    for source, num in counted["not_taken"].items():
        out.print(f"{source}: {num:,} more rows, which `only` did not take", markup=False)


def clean(
    store: Annotated[Path, typer.Argument(help="the store", show_default=False)],
    everything: Annotated[
        bool, typer.Option("--all", help="the work of the versions too; the next build begins anew")
    ] = False,
    older_than: Annotated[float, typer.Option(min=0, metavar="DAYS", help="only what was written before")] = 0,
    work: Annotated[
        str | None, typer.Option(metavar="URL", help="object store that its builds worked in [default: STORE/work]")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Delete work that no version of the store was made with; versions stay as they are.

    Thresholds that were tried, samples and stopped builds leave work behind. It says what would go, and asks. Not while
    a build runs.
    """
    home = Store(store, url=work)
    if work and not home.records.is_dir():
        raise UserError(f"{store} is no store with a version: it has no folder records")
    if not work and not home.work.is_dir():
        raise UserError(f"{store} is no store: it has no folder work")
    with home.locked():
        found = leftovers(home, everything=everything, days=older_than)
        goes = bool(found.files) and (yes or (not as_json and _agreed(found, work)))
        if goes:
            with telling(quiet=quiet) as tell:
                clear(home, found, tell)
    if as_json:
        print_json({"tasks": found.tasks, "files": len(found.files), "bytes": found.bytes, "deleted": goes})
    elif not found.files:
        out.print("nothing to delete: all work is of a version that is there")
    else:
        out.print(f"{counted(len(found.files), 'file')} deleted" if goes else "nothing was deleted", markup=False)


def _agreed(found: Leftovers, work: str | None) -> bool:
    """Say what would go; return whether somebody at a terminal wants it gone."""
    listed = ", ".join(f"{kind} {num:,}" for kind, num in found.tasks.items())
    out.print(f"would go: {found.bytes / 1e6:,.1f} MB of finished tasks ({listed}); versions stay", markup=False)
    if work:
        out.print(f"from {work}; what other stores have there goes too", markup=False)
    if not sys.stdin.isatty():
        out.print("delete it with --yes")
        return False
    return typer.confirm("delete it?")
