"""`aya loop`: build, train, measure, distil, build and train again, and both versions side by side."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.engines.local import Local
from aya.loop.file import load_loop
from aya.loop.page import write
from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, out, print_json


def loop(
    recipe: Annotated[Path, typer.Argument(help="a loop's recipe, a YAML file", show_default=False)],
    out_folder: Annotated[Path | None, typer.Option("--out", help="folder of all steps [default: build/NAME]")] = None,
    workers: Annotated[int, typer.Option(min=0, help="processes that build; 0 does it in this one")] = 2,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Go through a loop: build, train and measure; distil; build with what was distilled, train and measure again.

    Both versions stand side by side in OUT/loop.html and OUT/loop.json. The same command goes on where a killed one
    stopped, and does nothing again that a changed setting does not touch. Exit code 1 if a bound of the recipe does
    not hold.
    """
    said = load_loop(recipe)
    folder = out_folder or Path("build") / said.name
    with Local(workers=workers) as engine, telling(quiet=quiet) as tell:
        made = load("aya.loop.steps:run_loop")(said, recipe.parent, folder, engine=engine, tell=tell)
    write(made, folder)
    if as_json:
        print_json(made)
    else:
        _print(made, folder)
    if not made["holds"]:
        raise typer.Exit(1)


def _print(made: dict[str, Any], folder: Path) -> None:
    shown = Table("", "asked", "reached", "", box=None, header_style="bold")
    for bound in made["bounds"]:
        verdict = "holds" if bound["holds"] else "does not hold"
        shown.add_row(bound["what"], f"{bound['asked']:,.1f}", f"{bound['reached']:,.1f}", verdict)
    out.print(f"{made['name']}: {made['before']['version']}, then {made['after']['version']}", markup=False)
    out.print(shown)
    out.print(f"  in    {folder / 'loop.html'}", markup=False)
