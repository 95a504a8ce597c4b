"""`aya translate`: prompts and completions of files into many languages."""

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from aya.stage import load
from aya.terminal import AsJson, out, print_json, talk

ENGINES = {"transformers": "translation.nllb:Transformers", "ctranslate2": "translation.ctranslate2_engine:CTranslate2"}
FILES = "translation.translate_files:"


def translate(
    files: Annotated[list[Path], typer.Argument(help="Parquet or JSON Lines", show_default=False)],
    to: Annotated[list[str], typer.Option("--to", metavar="LANGUAGE", help="any code of a language; again for more")],
    out_folder: Annotated[Path, typer.Option("--out", help="folder for CODE/NAME.parquet and report.json")],
    from_: Annotated[str, typer.Option("--from", metavar="LANGUAGE", help="language of the files")] = "eng",
    model: Annotated[
        str, typer.Option(help="NLLB or M2M100 checkpoint: its name on the Hub or its folder")
    ] = "facebook/nllb-200-3.3B",
    revision: Annotated[str | None, typer.Option(help="commit of the checkpoint on the Hub")] = None,
    engine: Annotated[
        Literal["transformers", "ctranslate2"], typer.Option(help="what runs it; ctranslate2 is fastest on processors")
    ] = "transformers",
    beams: Annotated[int, typer.Option(min=1, help="1 is greedy; 4 costs three to five times as much")] = 1,
    inputs: Annotated[str, typer.Option(help="column of the prompt")] = "inputs",
    targets: Annotated[str, typer.Option(help="column of the completion")] = "targets",
    id_: Annotated[str | None, typer.Option("--id", help="column that names a row, for parent_id")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="of each file, from its beginning")] = None,
    hours: Annotated[float | None, typer.Option(min=0, help="begin nothing new after this time")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="count, measure on 32 segments, say how long it takes; write nothing")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="say only what went wrong")] = False,
    as_json: AsJson = False,
) -> None:
    """Translate prompts and completions; lists, code, formulas, links and placeholders stay as they are.

    Every row is in every language: one that can not be translated says why in the column `fault`. The mean
    log-probability of its tokens is in `logprob`; low ones are bad translations more often than not. The same command
    goes on where a killed one stopped, and no segment is translated twice.
    """
    locale = load(f"{FILES}locale")
    source, wanted = locale(from_), [locale(code) for code in to]
    load(f"{FILES}check_files")(files)
    known: Any = load("translation.nllb:Checkpoint")(model, revision)  # before its weights, which may take minutes
    for code in (source, *wanted):
        known.check(code.code)
    texts = load(f"{FILES}Texts")(inputs=inputs, targets=targets, id_column=id_)
    decoding = load("translation.nllb:Decoding")(beams=beams)
    runs: Any = load(ENGINES[engine])(model, revision=revision, decoding=decoding)
    if dry_run:
        plan = load(f"{FILES}forecast")(files, runs, source=source, targets=wanted, texts=texts, rows=rows)
        _print_plan(plan, as_json=as_json)
        return
    report = load(f"{FILES}translate_files")(
        files, out_folder, runs, source=source, targets=wanted, texts=texts, rows=rows, hours=hours, tell=_Talk(quiet)
    )
    if as_json:
        print_json(report)
    else:
        for code, counts in report["targets"].items():
            faults = f", {counts['faults']:,} of them with a fault" if counts["faults"] else ""
            out.print(f"{code}: {counts['rows']:,} rows, {counts['tokens']:,} tokens{faults}", markup=False)
    if not report["complete"]:
        talk.print("the time is over; the same command goes on where it stopped")
        raise typer.Exit(3)


def _print_plan(plan: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    out.print(
        f"{plan['rows']:,} rows, {plan['segments']:,} segments, {plan['different']:,} different ones"
        f" of {plan['letters']:,} letters; by language:",
        markup=False,
    )
    shown = Table("language", "tokens", "hours", box=None, header_style="bold")
    for code, one in plan["targets"].items():
        shown.add_row(code, f"{one['tokens']:,}", f"{one['hours']:.2f}")
    Console(highlight=False).print(shown)


class _Talk:
    """Says the rate after every batch."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._rows, self._tokens, self._started = quiet, 0, 0, time.monotonic()

    def __call__(self, code: str, rows: int, tokens: int) -> None:
        self._rows, self._tokens = self._rows + rows, self._tokens + tokens
        if not self._quiet:
            rate = self._tokens / max(1e-9, time.monotonic() - self._started)
            talk.print(f"{code}: {self._rows:,} rows, {rate:,.0f} tokens/s", markup=False)
