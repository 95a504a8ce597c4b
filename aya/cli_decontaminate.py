"""`aya decontaminate`: take rows that hold evaluation items out of files."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import yaml
from rich.console import Console
from rich.table import Table

from aya.errors import InputError
from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, print_json

SWEEP, DECONTAMINATE = "aya.table:sweep", "dedup.decontaminate:decontaminate_files"


def decontaminate(
    files: Annotated[list[Path], typer.Argument(help="Parquet or JSON Lines, any columns", show_default=False)],
    against: Annotated[
        list[str], typer.Option(help="evaluation set: a path or pattern, or a .yaml file with a list of sets")
    ],
    out: Annotated[Path, typer.Option(help="folder for the files without these rows, and for `dropped/`")],
    field: Annotated[list[str] | None, typer.Option(help="column that is searched; all of text if not said")] = None,
    flag: Annotated[bool, typer.Option("--flag", help="keep all rows, with a note on those that would go")] = False,
    share: Annotated[float, typer.Option(min=0, max=1, help="share of an item from which on a row goes")] = 0.7,
    length: Annotated[int, typer.Option(min=1, help="letters of one run from which on a row goes")] = 100,
    rule: Annotated[
        Literal["ours", "gpt3_13gram", "palm_8gram_70"], typer.Option(help="a published rule, to compare with")
    ] = "ours",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take rows that hold evaluation items out of files, in any script, and say which items were hit.

    What goes is written to `dropped/` in that folder, with the item and the span; `report.json` counts it.
    """
    load(SWEEP)(out)
    settings: dict[str, Any] = {"action": "flag" if flag else "drop", "share": share, "length": length, "rule": rule}
    sets = [one for value in against for one in _sets(value)]
    with telling(quiet=quiet) as tell:
        report = load(DECONTAMINATE)(files, sets, out=out, columns=field, tell=tell, **settings)
    if as_json:
        print_json(report)
        return
    shown = Table("set", "language", "items", "hit", "share", "noted", "rows", box=None, header_style="bold")
    for row in report["sets"]:
        shown.add_row(
            row["set"], row["language"] or "-", f"{row['items']:,}", f"{row['hit']:,}", f"{row['share']:.1%}",
            f"{row['noted']:,}", f"{row['rows']:,}",
        )  # fmt: skip
    Console(highlight=False).print(shown)


def _sets(value: str) -> list[object]:
    """Return the evaluation sets that an option stands for."""
    if not value.endswith((".yaml", ".yml")):
        return [value]
    try:
        listed = yaml.safe_load(Path(value).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{value}: can not be read: {error}") from error
    return listed if isinstance(listed, list) else [listed]
