"""`aya new`: write a recipe for a common job."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from aya.terminal import out


def new(
    job: Annotated[
        str, typer.Argument(help="clean, from-csv, translate, decontaminate or aya-mixture", show_default=False)
    ],
    files: Annotated[list[str], typer.Argument(help="path or pattern; for aya-mixture POOL=FILE", show_default=False)],
    to: Annotated[Path, typer.Option("--out", help="the recipe to write; the files must lie below its folder")] = Path(
        "recipe.yaml"
    ),
    name: Annotated[str | None, typer.Option(help="of the collection [default: that of the recipe's file]")] = None,
    inputs: Annotated[str | None, typer.Option(help="column of the prompt")] = None,
    targets: Annotated[str | None, typer.Option(help="column of the completion")] = None,
    language: Annotated[str | None, typer.Option(help="of all rows (ISO 639-3), where no column says it")] = None,
    license_: Annotated[str | None, typer.Option("--license", help="SPDX id of the data")] = None,
    revision: Annotated[str | None, typer.Option(help="commit, tag or date of the data")] = None,
    citation: Annotated[str | None, typer.Option(help="whom to cite")] = None,
    against: Annotated[list[str] | None, typer.Option(help="evaluation set: a file of items, below the folder")] = None,
    most: Annotated[int, typer.Option(min=1, help="clean: rows of a data set in a language that stay")] = 3_000,
) -> None:
    """Write a commented recipe; what is not said is guessed from the files, and asked for on a terminal."""
    from aya.new.write import Said, write_recipe

    said = Said(inputs, targets, language, license_, revision, citation)
    write_recipe(job, files, to, said, name=name, against=against or (), most=most, ask=_asked)
    out.print(f"{to}\n  next  aya build {to}", markup=False)


def _asked(question: str, guess: str | None, flag: str) -> str:
    """Return the answer of somebody at a terminal; elsewhere the guess."""
    from aya.new.write import guessed

    return str(typer.prompt(question, default=guess)) if sys.stdin.isatty() else guessed(question, guess, flag)
