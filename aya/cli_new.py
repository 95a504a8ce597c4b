"""`aya new`: write a recipe for a common job."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from aya.errors import UserError, nearest, unknown
from aya.stage import load
from aya.terminal import out

if TYPE_CHECKING:
    from aya.new.jobs import Answers


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
    from aya.new.jobs import JOBS, recipe
    from aya.recipe import load_recipe

    if job not in JOBS:
        raise UserError(unknown("job", job, JOBS) + f"; jobs are {', '.join(JOBS)}")
    if to.exists():
        raise UserError(f"{to} is there already; name another with --out")
    said = Said(inputs, targets, language, license_, revision, citation)
    sources = [
        _source(given, said, job=job, folder=to.parent, name=f"rows-{number}" if len(files) > 1 else "rows")
        for number, given in enumerate(files, start=1)
    ]
    text = recipe(job, sources, name=name or to.stem.lower(), against=against or [], most=most)
    to.write_text(text, encoding="utf-8")
    try:
        load_recipe(to)
    except UserError:
        to.unlink()
        raise
    out.print(f"{to}\n  next  aya build {to}", markup=False)


class Said(NamedTuple):
    """What was said by flags."""

    inputs: str | None
    targets: str | None
    language: str | None
    license: str | None
    revision: str | None
    citation: str | None


def _source(given: str, said: Said, *, job: str, folder: Path, name: str) -> "Answers":
    """Return a source of the recipe from a file and what was said of it, guessed, or answered."""
    from aya.new.jobs import ORIGINS, POOLS, Answers
    from aya.new.look import language_of, look

    pool, _, path = given.partition("=") if job == "aya-mixture" else ("", "", given)
    if job == "aya-mixture" and pool not in POOLS:
        raise UserError(f"write POOL=FILE, POOL being one of {', '.join(POOLS)}{nearest(pool, POOLS)}")
    found = look(path, folder=folder)
    columns = dict(found.guesses)
    for meaning, what, column in (
        ("inputs", "the prompt", said.inputs),
        ("targets", "the completion", said.targets),
    ):
        columns[meaning] = _column(column or columns.get(meaning), what, found.columns, path, meaning)
    language = said.language
    if language:
        columns.pop("language", None)
    elif "language" not in columns:
        language = _asked("language of the texts (ISO 639-3)", language_of(found, columns["targets"]), "--language")
    keep: dict[str, str] = {}
    if job == "translate":
        if "parent_id" not in found.columns:
            raise UserError(f"{path} is not translated; first: aya translate {path} --to LANGUAGE --out translated")
        columns |= {name: name for name in ("parent_id", "fault") if name in found.columns}
        made = load("translation.translated:WRITES").items()
        keep = {name: str(type_) for name, type_ in made if name in found.columns and name not in columns}
    order = [
        meaning
        for meaning in ("inputs", "targets", "language", "dataset_name", "parent_id", "fault")
        if meaning in columns
    ]
    return Answers(
        name=pool or name,
        use=found.use,
        files=found.files,
        columns={meaning: columns[meaning] for meaning in order},
        keep=keep,
        language=language,
        license=said.license or _asked("licence of the data (SPDX id)", None, "--license"),
        revision=said.revision or _asked("commit, tag or date of the data", None, "--revision"),
        citation=said.citation or _asked("whom to cite", None, "--citation"),
        origin="translation" if job == "translate" else ORIGINS.get(pool, "human"),
    )


def _column(given: str | None, what: str, known: tuple[str, ...], path: str, flag: str) -> str:
    """Return a column of the file, asked for where nobody said it."""
    name = given or _asked(f"column of {what} (one of {', '.join(known)})", None, f"--{flag}")
    if name not in known:
        raise UserError(f"{path}: {unknown('column', name, known)}; columns are {', '.join(known)}")
    return name


def _asked(question: str, guess: str | None, flag: str) -> str:
    """Return the answer of somebody at a terminal; elsewhere the guess."""
    if sys.stdin.isatty():
        return str(typer.prompt(question, default=guess))
    if guess is None:
        raise UserError(f"{question}: say it with {flag}")
    return guess
