"""`aya synthesize`: rows that models write from seeds."""

import glob
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from aya.errors import InputError, UserError, nearest, unknown
from aya.progress import Quiet, telling
from aya.stage import Tell, load, names
from aya.terminal import AsJson, counted, out, print_json, safe, short, talk
from aya.yaml_files import faults, read_yaml

if TYPE_CHECKING:
    import pyarrow as pa

RUN = "synthesis.synthesize:"
DECONTAMINATE, WRITE_SAMPLES = "dedup.decontaminate:decontaminate", "synthesis.samples:write_samples"
JUDGES = {
    "other language": "collection.language_id:LanguageId",
    "repetition": "collection.repetition:Repetition",
    "refusal": "synthesis.refusal:Refusal",
    "cut off": "synthesis.truncation:Truncation",
}
"""Stages whose say on the rows the report has."""
EMBEDDER = "dedup.review:embedder"
SHORT_ITEMS = {"whole": 8, "whole_dense": 4, "letters": 8}
"""A seed is refused for shorter items than a row of a collection is dropped for: many rows may come of it."""
SMOL = {"name": "SmolLM2-135M-Instruct", "at": "smollm2", "license": "Apache-2.0", "terms": "any use"}


def synthesize(
    method: Annotated[str, typer.Argument(help="regenerate, self_instruct, evolve, reverse, ...", show_default=False)],
    seeds: Annotated[list[Path], typer.Argument(help="Parquet or JSON Lines", show_default=False)],
    out_folder: Annotated[Path, typer.Option("--out", help="folder for NAME.parquet, report.json, answers.sqlite")],
    model: Annotated[str, typer.Option(help="name of the model, or `smollm2` for the one that pip brings")] = "smollm2",
    at: Annotated[
        str | None, typer.Option(metavar="URL", help="server of the model, or `transformers` for a checkpoint")
    ] = None,
    teachers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML list of teachers, with terms, decoding, limits, prices")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="file with the key of the server")] = None,
    against: Annotated[
        list[str] | None, typer.Option(help="evaluation set that no seed may hold: path or pattern; again for more")
    ] = None,
    unguarded: Annotated[str | None, typer.Option(metavar="REASON", help="why seeds need no such check")] = None,
    language: Annotated[str | None, typer.Option(help="language of the seeds, where no column says it")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="setting of the method; again for more")
    ] = None,
    tokens: Annotated[int | None, typer.Option(min=0, help="budget of tokens, of each model")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="seeds of each file, from its beginning")] = None,
    resume: Annotated[bool, typer.Option(help="go on with the answers in --out, if there are some")] = True,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="write a page of samples")] = None,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="figures of variety by embeddings; needs the extra `review`")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show prompts, tokens and cost; ask nobody")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Let models write rows from seeds; every row says by which model, on what terms, how, and from which seed.

    A seed that holds an evaluation item is refused. The same command goes on where a killed one stopped: no answer is
    asked or paid for twice. A budget is of all runs with this folder; when it is spent, what is made is written.
    """
    listed = _listed(teachers, model=model, at=at, key_file=key_file, tokens=tokens)
    settings = {"seeds": _patterns(seeds), "teachers": listed, "seed_language": language}
    made = _method(method, settings | {"journal": _journal(out_folder, resume)} | _settings(set_ or []))
    if against or not dry_run:
        _guard(made, against, unguarded)
    if dry_run:
        _print_plan(load(f"{RUN}rehearse")(made, rows=rows), as_json=as_json)
        return
    embed = load(EMBEDDER)() if meaning else None
    judges = {name: load(target)() for name, target in JUDGES.items()}
    with telling(quiet=quiet) as tell:
        told = partial(_count, tell, count(1))
        report = load(f"{RUN}synthesize")(made, out_folder, rows=rows, judges=judges, embed=embed, tell=told)
    if html is not None:
        load(WRITE_SAMPLES)(out_folder, report, html)
    _print_report(report, as_json=as_json)
    if missing := _missing(report):
        talk.print("\n".join(missing), markup=False)
        raise typer.Exit(3)


def _method(name: str, settings: dict[str, Any]) -> Any:
    known = {
        full.partition(".")[2]: target for full, target in names("SOURCES").items() if full.startswith("synthesis.")
    }
    if name not in known:
        raise UserError(unknown("method", name, known))
    model = load(known[name])
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        found = faults(error, settings, model, kind="a method")
        raise UserError("\n".join(fault for _, fault in found)) from error


def _journal(folder: Path, resume: bool) -> Path:
    """Return the file of all answers; one that is there is refused unless the run goes on with it."""
    path = folder / "answers.sqlite"
    if path.exists() and not resume:
        raise UserError(f"{folder} holds answers; give another --out, or go on with them by --resume")
    return path


def _patterns(paths: list[Path]) -> list[str]:
    """Return patterns that mean these files alone."""
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: no such file{nearest(path.name, (item.name for item in _siblings(path)))}")
    return [glob.escape(str(path.absolute())) for path in paths]


def _siblings(path: Path) -> list[Path]:
    return list(path.parent.iterdir()) if path.parent.is_dir() else []


def _listed(
    path: Path | None, *, model: str, at: str | None, key_file: Path | None, tokens: int | None
) -> list[dict[str, Any]]:
    """Return the teachers that a file lists, or the one that the options name."""
    if path is not None:
        listed = _read_teachers(path)
    elif model == "smollm2":
        listed = [SMOL]
    elif at is None:
        raise UserError(f"where is {model}? Name its server by --at, or say --at transformers")
    else:
        listed = [{"name": model, "at": at, "key_file": key_file}]
    if tokens is not None:
        listed = [one | {"limits": one.get("limits", {}) | {"tokens": tokens}} for one in listed]
    return listed


def _read_teachers(path: Path) -> list[dict[str, Any]]:
    _, listed, _ = read_yaml(path, "file of teachers")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise InputError(f"{path}: is no list of teachers")
    return listed


def _settings(said: list[str]) -> dict[str, Any]:
    found = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals:
            raise UserError(f"--set {one}: write a setting as NAME=VALUE")
        try:
            found[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UserError(f"--set {one}: '{value}' is no value of YAML") from error
    return found


# -- evaluation items ------------------------------------------------------------------------------


def _guard(method: Any, against: list[str] | None, unguarded: str | None) -> None:
    """Refuse seeds that hold evaluation items.

    Raises: UserError if there are such seeds, or if nothing says what they are to be compared with.
    """
    if not against:
        if not unguarded:
            raise UserError("name the evaluation sets by --against, or say why seeds need no check: --unguarded REASON")
        return
    for table in _texts(method):
        searched = {"columns": ["inputs", "targets"], **SHORT_ITEMS}
        gone = load(DECONTAMINATE)(table, list(against), **searched).dropped.to_pylist()
        if gone:
            more = f", and {len(gone) - 1:,} more" if len(gone) > 1 else ""
            why = short(str(gone[0]["contaminated_by"]), 200)
            raise UserError(f"seed {gone[0]['id']} holds an evaluation item{more}; it may not be a seed: {why}")


def _texts(method: Any) -> "Iterator[pa.Table]":
    import pyarrow as pa

    for part in method.parts():
        texts = [{"id": one.id, "inputs": one.inputs, "targets": one.targets} for one in method.seeds_of(part)]
        yield pa.Table.from_pylist(
            texts, schema=pa.schema([(name, pa.string()) for name in ("id", "inputs", "targets")])
        )


# -- what is said ----------------------------------------------------------------------------------


def _count(tell: Tell, numbers: Iterator[int], answer: Any) -> None:
    """Tell how many answers there are."""
    tell("answers", next(numbers), 0)


def _print_plan(plan: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    for number, prompt in enumerate(plan["prompts"], start=1):
        out.print(f"prompt {number}:", style="cyan")
        out.print(safe(short(prompt, 800)) + "\n", markup=False)
    shown = Table("model", "calls", "prompt tokens", "answer tokens, at most", "cost", box=None, header_style="bold")
    for name, one in plan["teachers"].items():
        numbers = (f"{one[column]:,}" for column in ("calls", "prompt_tokens", "completion_tokens"))
        shown.add_row(name, *numbers, f"{one['cost']:,.2f}")
    out.print(f"{plan['seeds']:,} seeds; about", markup=False)
    Console(highlight=False).print(shown)


def _missing(report: dict[str, Any]) -> list[str]:
    """Return what was not asked or not answered, and what to do about it."""
    told = [
        f"{name} left requests without an answer, the last since {why}; the same command asks again"
        for name, why in report["failures"].items()
    ]
    return [*told, *([f"{report['stopped']}; the same command goes on with a larger one"] if report["stopped"] else [])]


def _print_report(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    for name, counts in report["files"].items():
        faults = ", ".join(f"{num:,} {fault}" for fault, num in counts["faults"].items())
        out.print(f"{name}: {counted(counts['rows'], 'row')}{f'; without: {faults}' if faults else ''}", markup=False)
    calls, hits = report["calls"].get("calls", 0), report["calls"].get("hits", 0)
    out.print(f"{counted(calls, 'call')}, {counted(hits, 'answer')} from the journal", markup=False)
    for row in report["usage"]:
        read, wrote = (f"{row[name]:,}" for name in ("prompt_tokens", "completion_tokens"))
        out.print(
            f"  {row['model']} {row['language']} {row['task']}: {read} + {wrote} tokens, {row['money']:.2f}",
            markup=False,
        )
