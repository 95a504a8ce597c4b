"""`aya ablate`: which source of a mixture earns its place."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.ablation import Ablation, ablate, variants
from aya.evaluation_file import load_tasks
from aya.progress import Quiet, telling
from aya.terminal import AsJson, counted, out, print_json
from aya.training_file import load_training


def ablations(
    recipe: Annotated[Path, typer.Argument(help="a training recipe (YAML), small", show_default=False)],
    task: Annotated[list[str], typer.Option(help="a task's file or name, as for `aya evaluate tasks`; again for more")],
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="folder of all runs [default: build/ablation/NAME]")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", envvar="AYA_DATA", help="folder that the files of tasks lie in")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="a source or pool to leave out; again for more [default: each]")
    ] = None,
    weightings: Annotated[
        bool, typer.Option(help="the published weightings too, where sources have their names")
    ] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="ask about N items of each language only")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the runs with their weights; train nothing")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train without each source in turn, and by the published weightings, and say what each is worth by language.

    All runs have the same steps, vocabulary and held-out rows. A killed ablation goes on where it stopped.
    """
    plan = load_training(recipe)
    folder = out_folder or Path("build/ablation") / plan.name
    asked = Ablation(
        plan=plan,
        home=recipe.parent,
        tasks=load_tasks(task),
        data=data,
        without=without or (),
        weightings=weightings,
        limit=limit,
    )
    if dry_run:
        _print_runs(variants(asked, folder / "runs" / "releases"), plan.steps, as_json=as_json)
        return
    with telling(quiet=quiet) as tell:
        found = ablate(asked, folder, tell=tell)
    if as_json:
        print_json(found)
        return
    for title in found["tasks"]:
        _print_task(found, title)
    out.print(f"  in    {folder / 'ablation.json'}; by language: --json", markup=False)


def _print_runs(mixtures: dict[str, Any], steps: int, *, as_json: bool) -> None:
    if as_json:
        print_json(mixtures)
        return
    shown = Table("run", "steps", "weights", box=None, header_style="bold")
    for name, mixture in mixtures.items():
        weights = ", ".join(f"{source} {weight:g}" for source, weight in mixture.get("weights", {}).items() if weight)
        shown.add_row(name, f"{steps:,}", weights or f"preset {mixture['preset']}")
    out.print(shown)


def _print_task(found: dict[str, Any], title: str) -> None:
    task = found["tasks"][title]
    out.print(f"{title}: {task['measure']}, {counted(task['items'], 'item')}, mean of languages", markup=False)
    shown = Table("run", task["measure"], "95 %", "beside all", "95 %", box=None, header_style="bold")
    both = task["all"]["all"]
    for name, figure, gained in zip(found["models"], both["figures"], [None, *both["differences"]], strict=True):
        beside = (f"{gained['value']:+.1f}{' *' if gained['sure'] else ''}", _span(gained, "+")) if gained else ("", "")
        shown.add_row(name, f"{figure['value']:.1f}", _span(figure, ""), *beside)
    out.print(shown)
    for source, told in found["worth"].get(title, {}).items():
        said = (
            f"earns its place in {', '.join(told['earns'])}"
            if told["earns"]
            else "is not sure to earn its place anywhere"
        )
        costs = f"; costs {', '.join(told['costs'])}" if told["costs"] else ""
        out.print(f"  {source} {said}{costs}", markup=False)


def _span(figure: dict[str, Any], sign: str) -> str:
    return f"{figure['low']:{sign}.1f} to {figure['high']:{sign}.1f}"
