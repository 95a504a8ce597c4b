"""The command `aya`: the only module that prints. Results go to stdout, talk to stderr.

Exit codes: 0 done, 1 failed, 2 wrong use or wrong recipe, 3 done but some parts are in quarantine.
"""

import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.table import Table
from typer.core import TyperGroup

from aya import __version__, languages
from aya import cli_annotators as cli_annotators  # adds its verbs to `aya annotate`
from aya import cli_bias as cli_bias  # adds its verb to `aya evaluate`
from aya import cli_blind as cli_blind  # adds its verbs to `aya evaluate`
from aya import cli_campaign as cli_campaign  # adds its verbs to `aya annotate`
from aya import cli_gender as cli_gender  # adds its verb to `aya evaluate`
from aya import cli_judge as cli_judge  # adds its verbs to `aya evaluate`
from aya import cli_toxicity as cli_toxicity  # adds its verb to `aya evaluate`
from aya.build import Built
from aya.build import build as run_build
from aya.cli_ablate import ablations
from aya.cli_annotate import annotate
from aya.cli_browse import browse
from aya.cli_decontaminate import decontaminate
from aya.cli_dedup import dedup
from aya.cli_diff import diff
from aya.cli_distill import distill
from aya.cli_doctor import doctor
from aya.cli_evaluate import app as evaluate
from aya.cli_lists import list_languages, schema, stages
from aya.cli_loop import loop
from aya.cli_new import new
from aya.cli_release import app as release
from aya.cli_scale import calibrate, print_price
from aya.cli_store import clean, report, status
from aya.cli_synthesize import synthesize
from aya.cli_train import train
from aya.cli_translate import translate
from aya.engines.named import Name as EngineName
from aya.engines.named import engine as engine_named
from aya.errors import RecipeError, UserError, unknown
from aya.forecast import forecast
from aya.ledger import Kind
from aya.ledger import explain as story_of
from aya.ledger import withdraw as withdraw_rules
from aya.lock import check_lock, write_lock
from aya.progress import Quiet, progress
from aya.recipe import load_recipe
from aya.report.counts import report as counts_report
from aya.stage import load
from aya.store import Store, quarantined
from aya.task import run as run_task
from aya.terminal import AsJson, counted, left, out, print_json, print_row, resumable, safe, short, talk
from aya.version import Version, open_version

DEFAULT_WORKERS = os.cpu_count() or 1


class Verbs(TyperGroup):
    """The verbs; one that was interrupted says how to go on."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            talk.print("stopped; nothing is half-written, the same command begins anew")
            raise typer.Exit(1) from None


app = typer.Typer(
    name="aya",
    cls=Verbs,
    help="Build, curate and release massively multilingual instruction collections.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
RecipePath = Annotated[Path, typer.Argument(help="the recipe, a YAML file", show_default=False)]
StorePath = Annotated[Path, typer.Argument(help="the store, or the folder of one version", show_default=False)]
Data = Annotated[
    Path | None, typer.Option("--data", envvar="AYA_DATA", help="folder that the recipe's data files lie in")
]
WorkUrl = Annotated[
    str | None, typer.Option(help="object store that a cluster works in: s3://bucket/folder [default: STORE/work]")
]


def main() -> None:
    """Run the command; a fault of the user's is one line on stderr, never a traceback."""
    try:
        app()
    except RecipeError as error:
        for fault in error.faults:
            talk.print(f"error: {fault}", markup=False)
        sys.exit(2)
    except UserError as error:
        for line in str(error).splitlines():
            talk.print(f"error: {line}", markup=False)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None or error.strerror is None:
            raise  # nothing that a user could put right is known of it
        talk.print(f"error: {error.filename}: {error.strerror}", markup=False)
        sys.exit(1)


def _print_version(wanted: bool) -> None:
    if wanted:
        out.print(f"aya {__version__}")
        raise typer.Exit


VersionFlag = Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print it")]


@app.callback()
def _root(version: VersionFlag = False) -> None: ...


@app.command(epilog="Example: aya build recipes/quickstart.yaml")
@resumable
def build(
    recipe: RecipePath,
    store: Annotated[Path | None, typer.Option(help="folder to build in [default: build/NAME]")] = None,
    data: Data = None,
    workers: Annotated[
        int, typer.Option(min=0, help="processes; 0 works in this one, for debuggers")
    ] = DEFAULT_WORKERS,
    sample: Annotated[int | None, typer.Option(min=1, help="read about N items of each source only")] = None,
    locked: Annotated[bool, typer.Option(help="refuse to build on anything but what `aya lock` pinned")] = False,
    engine: Annotated[EngineName, typer.Option(help="processes of this machine, or a Ray cluster")] = "local",
    address: Annotated[
        str | None, typer.Option(help="cluster to join, host:port or auto [default: ray starts one here]")
    ] = None,
    needs: Annotated[
        list[str] | None, typer.Option(help="of a source or stage on a cluster: translation.nllb=gpus:1,memory:24G")
    ] = None,
    work: WorkUrl = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Build a version of a collection; a second time, only what changed.

    A killed build goes on where it stopped when the same command is run again, whichever engine it ran on.
    """
    loaded = load_recipe(recipe, data=data)
    if locked:
        check_lock(loaded)
    home = Store(_store_of(loaded.name, store), url=work)
    runs = engine_named(engine, workers=workers, address=address, needs=needs or (), url=work)
    with runs as made, progress(talk, quiet=quiet) as tell:
        built = run_build(loaded, store=home, engine=made, limit=sample, report=tell)
    _print_built(built, home, as_json=as_json)
    if built.record.quarantined:
        raise typer.Exit(3)


def _print_built(built: Built, home: Store, *, as_json: bool) -> None:
    report = counts_report(built.version.name, built.record)
    if as_json:
        print_json(report | {"path": str(built.version), "new": built.new})
        return
    out.print(
        f"{built.record.recipe} {built.version.name}: {counted(report['kept'], 'record')}"
        f" in {counted(len(report['languages']), 'language')} (of {counted(report['candidates'], 'candidate')})",
        markup=False,
    )
    out.print(f"  in    {_near(built.version)}{left(report['stages'])}", markup=False)
    shown = next((f" --language {code}" for code in report["languages"] if code not in ("eng", "-")), "")
    out.print(f"  look  aya show {_near(home.path)}{shown}    aya report {_near(home.path)}", markup=False)
    for item in built.record.quarantined:
        out.print(f"  left out: {item.source} {item.part}: {item.message}", markup=False)
        again = f"{_near(Path(item.folder))}{f' --work {home.files.url}' if home.files.url else ''}"
        out.print(f"            again: aya repeat {again}", markup=False)


@app.command(epilog="Example: aya check recipes/quickstart.yaml")
def check(recipe: RecipePath, data: Data = None, as_json: AsJson = False) -> None:
    """Check a recipe: every fault at once, each with its line and the nearest good name; by a glance columns, UTF-8."""
    try:
        loaded = load_recipe(recipe, data=data, glance=True)
    except RecipeError as error:
        if as_json:
            print_json({"recipe": str(recipe), "faults": error.faults})
            raise typer.Exit(2) from error
        raise
    if as_json:
        print_json({"recipe": str(recipe), "faults": []})
        return
    sources, stages = counted(len(loaded.sources), "source"), counted(len(loaded.stages), "stage")
    out.print(f"{recipe}: good; {sources}, {stages}", markup=False)


@app.command(epilog="Example: aya plan recipes/quickstart.yaml")
def plan(
    recipe: RecipePath,
    store: Annotated[Path | None, typer.Option(help="folder to build in [default: build/NAME]")] = None,
    data: Data = None,
    sample: Annotated[int | None, typer.Option(min=1, help="as for build")] = None,
    cluster: Annotated[Path | None, typer.Option(help="description of a cluster: hours, bytes and money there")] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="what `aya calibrate` wrote [default: build/calibration.json]")
    ] = None,
    work: WorkUrl = None,
    as_json: AsJson = False,
) -> None:
    """Print what a build would do: passes, tasks done and to do, rows and time; nothing runs.

    Times are those of this store's last build; `aya build --sample 1000` measures a new recipe. With `--cluster`, what
    the whole recipe takes there, by what `aya calibrate` measured and by the sizes that its sources say they have.
    """
    loaded = load_recipe(recipe, data=data)
    if cluster is not None:
        home = Store(_store_of(loaded.name, store))
        print_price(loaded, home, cluster=cluster, calibration=calibration, as_json=as_json)
        return
    steps = list(forecast(loaded, store=Store(_store_of(loaded.name, store), url=work), limit=sample))
    if as_json:
        print_json([dataclasses.asdict(step) for step in steps])
        return
    shown = Table("pass", "tasks", "done", "rows to judge", "CPU seconds", box=None, header_style="bold")
    for step in steps:
        numbers = (step.num_tasks, step.num_done, step.rows, step.seconds)
        shown.add_row(step.name, *("?" if number is None else f"{number:,.0f}" for number in numbers))
    out.print(shown)


@app.command(epilog="Example: aya lock recipes/quickstart.yaml")
def lock(recipe: RecipePath, data: Data = None) -> None:
    """Pin what a recipe stands on (inputs, plug-ins, packages) in NAME.lock.yaml beside it."""
    out.print(str(write_lock(load_recipe(recipe, data=data))), markup=False)


@app.command(epilog="Example: aya explain build/quickstart 0008b5c9")
def explain(
    store: StorePath,
    id_: Annotated[str, typer.Argument(metavar="ID", help="of a row, kept or dropped; its beginning will do")],
    as_json: AsJson = False,
) -> None:
    """Tell one row's whole story: where it comes from, what was made of it, why it left or that it stayed."""
    opened = open_version(store)
    story = story_of(opened, id_)
    if not story:
        raise UserError(f"no row '{id_}' in {opened.path}; `aya show` prints ids")
    if as_json:
        print_json(story)
        return
    for index, row in enumerate(story):
        if index:
            out.print("made from:" if story[index - 1]["parent_id"] == row["id"] else "because of:", style="bold")
        print_row(out, row)
        out.print(f"provenance: {safe(row['provenance'] or '')}\n", markup=False)
        if not row["drop"]:
            names = [stage["stage"] for stage in opened.manifest["stages"]]
            out.print(f"kept by: {', '.join(names)}\n", markup=False)


@app.command(epilog="Example: aya withdraw build/quickstart --source gettext --reason 'owner asked'")
def withdraw(
    store: StorePath,
    reason: Annotated[str, typer.Option(help="why, for the record")],
    ids: Annotated[list[str] | None, typer.Option("--id", help="a row, and all that was made from it")] = None,
    source: Annotated[list[str] | None, typer.Option(help="a source of the recipe")] = None,
    annotator: Annotated[list[str] | None, typer.Option(help="a person's pseudonym")] = None,
    as_json: AsJson = False,
) -> None:
    """Take rows, sources or people out of every later version, with all that was made from them."""
    rules: list[tuple[Kind, str]] = [
        *(("id", value) for value in ids or ()),
        *(("source", value) for value in source or ()),
        *(("annotator", value) for value in annotator or ()),
    ]
    if not rules:
        raise UserError("nothing to withdraw: give --id, --source or --annotator")
    home = Store.of(store)
    num = withdraw_rules(home, rules, reason=reason)
    if as_json:
        print_json({"version": open_version(home.path).name, "rows": num})
        return
    out.print(f"{num:,} kept records of {open_version(home.path).name} will go; run `aya build` again", markup=False)


@app.command(epilog="Example: aya show build/quickstart --language yor --dropped --num 3")
def show(
    store: StorePath,
    language: Annotated[
        list[str] | None, typer.Option(help="ISO 639-3, with a script or without: srp, srp_Latn")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="source of the recipe")] = None,
    template: Annotated[str | None, typer.Option(help="template, or the beginning of its name")] = None,
    dropped: Annotated[bool, typer.Option("--dropped", help="rows that left instead of those that stay")] = False,
    reason: Annotated[str | None, typer.Option(help="part of the reason; means --dropped")] = None,
    text: Annotated[str | None, typer.Option(help="part of the prompt or the completion")] = None,
    num: Annotated[int, typer.Option(min=1, help="rows; ids are hashes, so these are a fair sample")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show rows, kept or dropped, one below the other; safe for any terminal and any direction."""
    opened = open_version(store)
    rows = opened.scan(languages=_locales(opened, language), sources=source, dropped=dropped or reason is not None)
    if template:
        rows = rows.filter(pl.col("template_id").str.starts_with(template))
    if reason:
        rows = rows.filter(pl.col("drop").str.contains(reason, literal=True))
    if text:
        contains = pl.any_horizontal(pl.col(name).str.contains(text, literal=True) for name in ("inputs", "targets"))
        rows = rows.filter(contains)
    found = rows.sort("id").head(num).collect()
    if as_json:
        for row in found.iter_rows(named=True):
            print_json(row, indent=None)
        return
    for row in found.iter_rows(named=True):
        print_row(out, row)
    if not len(found):
        talk.print("no such rows")


def _locales(opened: Version, wanted: list[str] | None) -> list[str] | None:
    """Return the wanted languages as the version calls them; any code that the registry knows will do."""
    if not wanted:
        return None
    known = {path.parent.name for path in opened.files(dropped=None)}
    found = []
    for code in wanted:
        resolved = languages.resolve(code)
        exact = code if code in known or "_" not in code or resolved is None else "_".join(resolved)
        name = exact if "_" in exact else resolved.language if resolved else code
        if name not in known | {item.partition("_")[0] for item in known}:
            bases = {item.partition("_")[0] for item in known}
            raise UserError(
                f"{unknown('language', code, known | bases)}; it has {short(', '.join(sorted(bases)), 200)}"
            )
        found.append(name)
    return found


app.command(epilog="Example: aya status build/quickstart")(status)
app.command(epilog="Example: aya report build/quickstart --html report.html")(report)
app.command(epilog="Example: aya clean build/quickstart")(clean)
app.add_typer(annotate, name="annotate")
app.command(epilog="Example: aya new from-csv questions.csv --license CC-BY-4.0 --revision 2026-11-01 --citation us")(
    new
)
app.command(epilog="Example: aya calibrate --from build/quickstart")(calibrate)
app.command(epilog="Example: aya doctor recipes/quickstart.yaml")(doctor)
app.command(epilog="Example: aya browse build/quickstart")(browse)
app.command(epilog="Example: aya diff old.yaml new.yaml --html difference.html")(diff)
app.command(epilog="Example: aya dedup rows/*.parquet --out smaller --columns text")(resumable(dedup))
app.command(epilog="Example: aya decontaminate rows.parquet --against 'evals/*.jsonl' --out clean")(
    resumable(decontaminate)
)
app.command("ablate", epilog="Example: aya ablate docs/examples/train.yaml --task docs/examples/names.yaml")(
    resumable(ablations)
)
app.command(epilog="Example: aya loop recipes/loop.yaml")(resumable(loop))
app.command(epilog="Example: aya distill recipes/safety.yaml")(resumable(distill))
app.command(epilog="Example: aya train tiny --data build/quickstart")(resumable(train))
app.command(epilog="Example: aya synthesize regenerate seeds.jsonl --out made --against 'evals/*.jsonl'")(
    resumable(synthesize)
)
app.command(epilog="Example: aya translate rows.jsonl --to yor --to es --out translated --model ./nllb")(
    resumable(translate)
)


@app.command(hidden=True, epilog="Example: aya repeat build/quickstart/quarantine/0f3a5c")
def repeat(folder: Annotated[Path, typer.Argument(help="of a task in quarantine")], work: WorkUrl = None) -> None:
    """Do one task again in this process, with the full traceback if it fails."""
    task = quarantined(folder)
    load("aya.engines.away:repeat_away")(task, work) if work else run_task(task)
    out.print("done; run `aya build` again")


app.command(epilog="Example: aya stages collection.length")(stages)
app.add_typer(release)
app.add_typer(evaluate)
app.command(name="languages", epilog="Example: aya languages aya_low")(list_languages)
app.command(epilog="Example: aya schema > recipe.schema.json")(schema)


def _store_of(recipe_name: str, store: Path | None) -> Path:
    """Return the folder of the store: the given one, else `build/NAME` here."""
    return store or Path("build") / recipe_name


def _near(path: Path) -> Path:
    """Return the path as one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
