"""Write a recipe for a job: what nobody said is guessed from the files, or asked for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from aya.errors import UserError, nearest, unknown
from aya.new.jobs import JOBS, ORIGINS, POOLS, Answers, recipe
from aya.new.look import language_of, look
from aya.recipe import load_recipe
from aya.stage import load

Ask = Callable[[str, str | None, str], str]
"""Returns the answer to a question; given are a guess, and the flag that says it."""


def guessed(question: str, guess: str | None, flag: str) -> str:
    """Return the guess, where nobody can be asked.

    Raises: UserError that names the flag if there is no guess.
    """
    if guess is None:
        raise UserError(f"{question}: say it with {flag}")
    return guess


class Said(NamedTuple):
    """What was said of the data; the rest is guessed, or asked for."""

    inputs: str | None = None
    targets: str | None = None
    language: str | None = None
    license: str | None = None
    revision: str | None = None
    citation: str | None = None


def write_recipe(
    job: str,
    files: Sequence[str],
    to: Path,
    said: Said,
    *,
    name: str | None = None,
    against: Sequence[str] = (),
    most: int = 3_000,
    ask: Ask = guessed,
) -> Path:
    """Write the recipe of a job over files that lie below its folder, and return its path.

    Raises: UserError if it is there already, or would not be accepted by `aya check`.
    """
    if job not in JOBS:
        raise UserError(unknown("job", job, JOBS) + f"; jobs are {', '.join(JOBS)}")
    if to.exists():
        raise UserError(f"{to} is there already; name another with --out")
    sources = [
        _source(given, said, ask, job=job, folder=to.parent, name=f"rows-{number}" if len(files) > 1 else "rows")
        for number, given in enumerate(files, start=1)
    ]
    to.write_text(
        recipe(job, sources, name=name or to.stem.lower(), against=list(against), most=most), encoding="utf-8"
    )
    try:
        load_recipe(to)
    except UserError:
        to.unlink()
        raise
    return to


def _source(given: str, said: Said, ask: Ask, *, job: str, folder: Path, name: str) -> Answers:
    """Return a source of the recipe from a file and what was said of it, guessed, or answered."""
    pool, _, path = given.partition("=") if job == "aya-mixture" else ("", "", given)
    if job == "aya-mixture" and pool not in POOLS:
        raise UserError(f"write POOL=FILE, POOL being one of {', '.join(POOLS)}{nearest(pool, POOLS)}")
    found = look(path, folder=folder)
    columns = dict(found.guesses)
    for meaning, what, column in (
        ("inputs", "the prompt", said.inputs),
        ("targets", "the completion", said.targets),
    ):
        columns[meaning] = _column(column or columns.get(meaning), what, found.columns, path, meaning, ask)
    language = said.language
    if language:
        columns.pop("language", None)
    elif "language" not in columns:
        language = ask("language of the texts (ISO 639-3)", language_of(found, columns["targets"]), "--language")
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
        license=said.license or ask("licence of the data (SPDX id)", None, "--license"),
        revision=said.revision or ask("commit, tag or date of the data", None, "--revision"),
        citation=said.citation or ask("whom to cite", None, "--citation"),
        origin="translation" if job == "translate" else ORIGINS.get(pool, "human"),
    )


def _column(given: str | None, what: str, known: tuple[str, ...], path: str, flag: str, ask: Ask) -> str:
    """Return a column of the file, asked for where nobody said it."""
    name = given or ask(f"column of {what} (one of {', '.join(known)})", None, f"--{flag}")
    if name not in known:
        raise UserError(f"{path}: {unknown('column', name, known)}; columns are {', '.join(known)}")
    return name
