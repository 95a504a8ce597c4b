"""`aya translate`: prompts and completions of files into many languages."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from aya.errors import UserError, unknown
from aya.progress import Quiet, telling
from aya.stage import load, names
from aya.terminal import AsJson, counted, out, print_json, talk

FILES = "translation.translate_files:"


Files = Annotated[
    list[str], typer.Argument(help="Parquet or JSON Lines, or hub:OWNER/NAME@COMMIT[:SPLIT]", show_default=False)
]
Languages = Annotated[
    list[str],
    typer.Option("--to", metavar="LANGUAGE", help="any code of a language, or a group (aya101); again for more"),
]
Model = Annotated[str, typer.Option(help="NLLB or M2M100 checkpoint: its name on the Hub or its folder")]
EngineName = Annotated[
    Literal["transformers", "ctranslate2", "apertium"],
    typer.Option(help="what runs it; ctranslate2 is fastest on processors, apertium needs no model"),
]
Vocabulary = Annotated[
    list[Path] | None, typer.Option(help="text file whose tokens alone are said, a text a line; again for more")
]
Skip = Annotated[
    str, typer.Option(help="kinds of rows that are bound to their language and left out, with commas; or none")
]
Leave = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=VALUE", help="rows to leave out by policy: --leave task_type=poetry; again for more"),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="count, measure on 32 segments, say time and cost; write nothing")
]


def translate(
    files: Files,
    to: Languages,
    out_folder: Annotated[Path, typer.Option("--out", help="folder for CODE/NAME.parquet and report.json")],
    from_: Annotated[str, typer.Option("--from", metavar="LANGUAGE", help="language of the files")] = "eng",
    model: Model = "facebook/nllb-200-3.3B",
    revision: Annotated[str | None, typer.Option(help="commit of the checkpoint on the Hub")] = None,
    engine: EngineName = "transformers",
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 [default: a free GPU, else cpu]")] = None,
    beams: Annotated[int, typer.Option(min=1, help="1 is greedy; 4 costs three to five times as much")] = 1,
    vocabulary: Vocabulary = None,
    inputs: Annotated[str, typer.Option(help="column of the prompt")] = "inputs",
    targets: Annotated[str, typer.Option(help="column of the completion")] = "targets",
    id_: Annotated[str | None, typer.Option("--id", help="column that names a row, for parent_id")] = None,
    skip: Skip = "code,translation,correction,letters,verse,wordplay,words",
    leave: Leave = None,
    rows: Annotated[int | None, typer.Option(min=1, help="of each file, from its beginning")] = None,
    hours: Annotated[float | None, typer.Option(min=0, help="begin nothing new after this time")] = None,
    price: Annotated[float, typer.Option(min=0, help="of an hour of this machine, for --dry-run")] = 0.0,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Translate prompts and completions; lists, code, formulas, links and placeholders stay as they are.

    Every row is in every language: one that can not be translated says why in the column `fault`. The mean
    log-probability of its tokens is in `logprob`; low ones are bad translations more often than not. The same command
    goes on where a killed one stopped, and no segment that is in the memory is translated again.
    """
    source = load("translation.locales:locale")(from_)
    wanted = load("translation.locales:locales")(to, source=source)
    texts = load(f"{FILES}Texts")(
        inputs=inputs, targets=targets, id_column=id_, skip=_kinds(skip), leave=_left(leave or ())
    )
    paths = [_fetched(file, out_folder, rows) for file in files]
    load("translation.tables:check_files")(paths)
    if engine != "apertium":
        known: Any = load("translation.checkpoint:Checkpoint")(model, revision)  # before its weights: minutes
        for code in (source, *wanted):
            known.check(code.code)
    decoding = load("translation.checkpoint:Decoding")(beams=beams)
    runs: Any = load("translation.engines:engine")(
        engine, model, revision=revision, decoding=decoding, device=device, vocabulary=tuple(vocabulary or ())
    )
    common: dict[str, Any] = {"source": source, "targets": wanted, "texts": texts, "rows": rows}
    if dry_run:
        plan = load(f"{FILES}forecast")(paths, runs, price=price, memory=out_folder / "memory.sqlite", **common)
        _print_plan(plan, price=price, as_json=as_json)
        return
    with telling(quiet=quiet) as tell:
        report = load(f"{FILES}translate_files")(paths, out_folder, runs, hours=hours, tell=tell, **common)
    _print_report(report, as_json=as_json)
    if not report["complete"]:
        talk.print("the time is over; the same command goes on where it stopped")
        raise typer.Exit(3)


def _kinds(skip: str) -> tuple[str, ...]:
    """Return the kinds of rows to leave out."""
    known = load("translation.suitability:KINDS")
    wanted = tuple(kind for kind in skip.split(",") if kind and kind != "none")
    for kind in wanted:
        if kind not in known:
            raise UserError(unknown("kind of rows", kind, known) + f"; kinds are {', '.join(known)}")
    return wanted


def _left(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the values of columns whose rows are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise UserError(f"--leave {one}: write COLUMN=VALUE, as task_type=poetry")
        found[name] = (*found.get(name, ()), value)
    return found


def _fetched(file: str, out_folder: Path, rows: int | None) -> Path:
    """Return a file, a data set of the Hub first written beside the folders of translations."""
    if not file.startswith("hub:"):
        return Path(file)
    match = re.fullmatch(r"hub:(?P<repo>[^@:]+)@(?P<revision>[0-9a-f]{40})(?::(?P<split>\w+))?", file)
    if match is None:
        raise UserError(f"{file}: write hub:OWNER/NAME@COMMIT, the commit in 40 hex digits, and :SPLIT if not train")
    said = {name: value for name, value in match.groupdict().items() if value}
    name = "-".join([*said["repo"].split("/"), said.get("split", "train"), said["revision"][:8]])
    path = out_folder / f"{name}{f'-{rows}' if rows else ''}.parquet"
    if not path.is_file():
        source: Any = load(names("SOURCES")["collection.hub"]).model_validate(said)
        load("translation.tables:write_items")(source.read(source.parts()[0], limit=rows), path)
    return path


def _print_report(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    for code, counts in report["targets"].items():
        faults = f", {counts['faults']:,} with a fault" if counts["faults"] else ""
        out.print(
            f"{code}: {counted(counts['rows'], 'row')}{faults}, {counted(counts['tokens'], 'token')}", markup=False
        )


def _print_plan(plan: dict[str, Any], *, price: float, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    out.print(
        f"{counted(plan['rows'], 'row')}, {plan['skipped']:,} of them skipped, {counted(plan['segments'], 'segment')},"
        f" {plan['different']:,} different ones of {plan['letters']:,} letters; by language:",
        markup=False,
    )
    shown = Table(
        "language", "segments to do", "tokens", "hours", *(["cost"] if price else []), box=None, header_style="bold"
    )
    for code, one in plan["targets"].items():
        numbers = [f"{one['segments']:,}", f"{one['tokens']:,}", f"{one['hours']:.2f}"]
        shown.add_row(code, *numbers, *([f"{one['cost']:.2f}"] if price else []))
    Console(highlight=False).print(shown)
