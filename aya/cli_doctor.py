"""`aya doctor`: what is missing on this computer, for aya or for a recipe."""

from pathlib import Path
from typing import Annotated

import typer

from aya.terminal import AsJson, out, print_json


def doctor(
    recipe: Annotated[Path | None, typer.Argument(help="what it needs is looked at too", show_default=False)] = None,
    data: Annotated[
        Path | None, typer.Option("--data", envvar="AYA_DATA", help="folder that the recipe's data files lie in")
    ] = None,
    store: Annotated[Path | None, typer.Option(help="folder to build in [default: build/NAME]")] = None,
    online: Annotated[bool, typer.Option("--online", help="also ask whether the Hugging Face Hub answers")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, what is missing, and whether disk and memory are enough.

    Ends with exit code 1 if something is missing.
    """
    from aya.doctor import examine

    found = list(examine(recipe, data=data, store=store, online=online))
    if as_json:
        print_json([finding._asdict() for finding in found])
    else:
        for finding in found:
            mark = {"good": "good", "note": "note", "missing": "MISSING"}[finding.state]
            out.print(f"{mark:8} {finding.what}", markup=False)
            if finding.advice:
                out.print(f"{'':8} -> {finding.advice}", markup=False)
    if any(finding.state == "missing" for finding in found):
        raise typer.Exit(1)
