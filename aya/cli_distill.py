"""`aya distill`: refusals for requests that harm, from a teacher that is told to refuse them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.distillation_file import load_distillation
from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, out, print_json, safe, short, talk


def distill(
    recipe: Annotated[Path, typer.Argument(help="a recipe for distillation, a YAML file", show_default=False)],
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="folder of the store [default: build/distilled/NAME]")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", envvar="AYA_DATA", help="folder that files of requests lie in")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what is asked and what it costs; ask nobody")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Let a teacher answer requests that harm, keep its refusals, and write them as a source of collections.

    The store holds what is taught, what is held out to measure with, and what left with its reason. It is for people
    who need it: its README.md says who may have it. The same command goes on where a killed one stopped; no answer and
    no verdict is paid for twice, and a budget is of all runs with this folder.
    """
    plan = load_distillation(recipe, data=data)
    store = out_folder or Path("build/distilled") / plan.name
    if dry_run:
        _print_rehearsal(load("training.safety.rehearsal:rehearse")(plan, store), as_json=as_json)
        return
    with telling(quiet=quiet) as tell:
        report = load("training.safety.distill:distill")(
            plan,
            store,
            refuses=load("aya.safety_checks:Refuses")(),
            stages=load("aya.safety_checks:stages")(),
            tell=tell,
        )
    if as_json:
        print_json(report | {"out": str(store)})
    else:
        _print_report(report, store)
    if report["stopped"]:
        talk.print(f"not all was asked: {report['stopped']}; the same command goes on", markup=False)
        raise typer.Exit(3)


def _print_report(report: dict[str, Any], store: Path) -> None:
    out.print(
        f"{report['name']}: {report['kept']:,} rows kept, {report['dropped']:,} left;"
        f" teacher {report['teacher']}, judge {report['judge'] or 'none: ' + report['unjudged']}",
        markup=False,
    )
    shown = Table("language", "refusals", "answers", "held out", "left, and why", box=None, header_style="bold")
    for code, one in report["languages"].items():
        left = {**one["dropped"], **({"like a held-out request": one["like_held_out"]} if one["like_held_out"] else {})}
        why = ", ".join(f"{num:,} {reason}" for reason, num in left.items())
        numbers = (one["kept"]["unsafe"], one["kept"]["safe"], sum(one["held_out"].values()))
        shown.add_row(code, *(f"{num:,}" for num in numbers), why)
    out.print(shown)
    out.print(f"  in    {store}", markup=False)


def _print_rehearsal(plan: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    for one in plan["prompts"]:
        out.print(f"{one['language']}:", style="cyan")
        out.print(safe(short(one["text"], 800)) + "\n", markup=False)
    shown = Table(
        "", "calls", "prompt tokens, at most", "answer tokens, at most", "cost", box=None, header_style="bold"
    )
    for who in ("teacher", "judge"):
        if (cost := plan[who]) is not None:
            numbers = (f"{cost[name]:,}" for name in ("calls", "prompt_tokens", "completion_tokens"))
            shown.add_row(f"{who} {cost['name']}", *numbers, f"{cost['money']:,.2f}")
    out.print(f"{plan['asked']:,} requests are asked, {plan['held_out']:,} held out", markup=False)
    out.print(shown)
