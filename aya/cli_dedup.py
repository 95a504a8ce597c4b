"""`aya dedup`: take near duplicates out of files."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, print_json, safe

SWEEP, DEDUP, SETTINGS = "aya.table:sweep", "dedup.near_files:dedup_files", "dedup.near:Near"


def dedup(
    files: Annotated[list[Path], typer.Argument(help="Parquet, JSON Lines, CSV or TSV", show_default=False)],
    out: Annotated[Path, typer.Option(help="folder for `kept/`, the files without near duplicates, and the verdict")],
    columns: Annotated[str, typer.Option(help="columns of texts, with commas between")] = "inputs,targets",
    threshold: Annotated[float, typer.Option(min=0.5, max=1, help="Jaccard similarity from which a row goes")] = 0.8,
    language: Annotated[str | None, typer.Option(help="column; rows of two languages are never alike")] = None,
    origin: Annotated[
        str | None, typer.Option(help="column; human stays before template, translation, synthetic")
    ] = None,
    quality: Annotated[str | None, typer.Option(help="column of numbers; the row with more stays")] = None,
    keep_texts: Annotated[
        bool, typer.Option("--keep-texts", help="keep the texts in `index/` too, so that files added later cost less")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take near duplicates out of files, in any script: a row goes only if its own score with a row that stays is high.

    `duplicates.parquet` in that folder names both rows and the score, `chained.parquet` rows that stay beside one of
    their like that went, unlike the one that stays for it. A run that was cut short goes on; run again with
    more files to add them to those of before (`index/`), without reading these again.
    """
    load(SWEEP)(out)
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    near = load(SETTINGS)(columns=names, threshold=threshold, language=language, origin=origin, quality=quality)
    with telling(quiet=quiet) as tell:
        report = load(DEDUP)(files, out, near, keep_texts=keep_texts, tell=tell)
    if as_json:
        print_json(report)
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{report['rows']:,} rows, {report['kept']:,} stay; {report['copies']:,} copies and"
        f" {report['near']:,} near duplicates went ({report['bands']} bands of {report['slots']} slots:"
        f" {report['found_at_threshold']:.1%} of pairs found that lie at {report['threshold']})",
        markup=False,
    )
    for cluster in report["clusters"][:3]:
        console.print(f"\n{cluster['rows']:,} rows like {cluster['kept']}, from {cluster['jaccard']} on", markup=False)
        for text in cluster["texts"]:
            console.print(f"  {safe(text)}", markup=False)
