"""`aya diff`: what differs between two versions, or what two recipes built."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.progress import Quiet, telling
from aya.terminal import AsJson, out, print_json, print_row


def diff(
    versions: Annotated[
        list[Path],
        typer.Argument(
            metavar="A B",
            help="two versions, stores or recipes; or a store and two names; or a store alone: its last two",
            show_default=False,
        ),
    ],
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="write a page with rows to look at")] = None,
    num: Annotated[int, typer.Option(min=0, help="rows to print of each kind of change")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare two versions: settings, rows gained and lost by reason, rows changed, draws of the mixture."""
    from aya.diff.compare import chosen, compare, is_same
    from aya.diff.page import write_page

    with telling(quiet=quiet) as tell:
        found = compare(*chosen(versions), tell)
    if html is not None:
        write_page(found, html)
        out.print(str(html), markup=False)
    elif as_json:
        print_json(found)
    elif is_same(found):
        out.print("no difference")
    else:
        _print(found)
        _print_samples(found, num)


def _print(found: dict[str, Any]) -> None:
    totals = found["totals"]
    out.print(f"{found['before']['name']} -> {found['after']['name']}", style="bold", markup=False)
    out.print(
        f"kept {found['before']['num_kept']:,} -> {found['after']['num_kept']:,}:"
        f" {totals['gained']:,} gained, {totals['lost']:,} lost, {totals['changed']:,} changed\n",
        markup=False,
    )
    for change in found["recipe"]:
        out.print(f"{change['place']}: {change['before'] or '-'} -> {change['after'] or '-'}", markup=False)
    by_move: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], Counter[str]] = {}
    for language, source, before, after, num in found["moves"]:
        if before != after:
            by_move[before, after] += num
            places.setdefault((before, after), Counter())[f"{language} {source}"] += num
    shown = Table("rows", "before", "after", "most in", box=None, header_style="bold")
    for (before, after), num in sorted(by_move.items(), key=lambda item: (-item[1], item[0])):
        most = ", ".join(f"{place} {part:,}" for place, part in places[before, after].most_common(3))
        shown.add_row(f"{num:,}", before, after, most)
    out.print(shown)
    for name, rows in found["changed_columns"].items():
        out.print(f"{rows:,} kept rows have another {name}", markup=False)


def _print_samples(found: dict[str, Any], num: int) -> None:
    seen: Counter[tuple[str, str, str]] = Counter()
    for item in found["samples"]:
        move = (item["kind"], item["before"], item["after"])
        seen[move] += 1
        if seen[move] <= num:
            out.print(f"\n{item['kind']}: {item['before']} -> {item['after']}", style="cyan", markup=False)
            for row in item["rows"]:
                if row:
                    print_row(out, row)
