"""`aya evaluate`: how well models do, by language."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.errors import UserError, unknown
from aya.evaluation_data import rows_of
from aya.evaluation_failures import report as write_report
from aya.evaluation_file import Written, load_tasks, ready
from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, counted, out, print_json, resumable

app = typer.Typer(
    name="evaluate",
    help="Say how well models do, by language and by how much there is of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: aya evaluate list")
def list_tasks(as_json: AsJson = False) -> None:
    """List the tasks that come with aya: what they ask, and which files they read."""
    tasks = [written.task for written in load_tasks(ready())]
    if as_json:
        print_json([task.model_dump(mode="json") for task in tasks])
        return
    for task in tasks:
        out.print(f"{task.name:20} {task.about}", markup=False)
        out.print(f"{'':20} {' '.join(task.rows.files) or task.rows.version}", markup=False)


@app.command(epilog="Example: aya evaluate tasks build/training/small/model --task xcopa --out build/evaluation/small")
@resumable
def tasks(
    model: Annotated[str, typer.Argument(help="folder, name on the Hub, or lm-eval:KIND,...", show_default=False)],
    task: Annotated[list[str], typer.Option(help="a task's file or name; again for more; see: aya evaluate list")],
    out_folder: Annotated[Path, typer.Option("--out", help="folder of the run")],
    data: Annotated[
        Path | None, typer.Option("--data", envvar="AYA_DATA", help="folder that the files of tasks lie in")
    ] = None,
    leaks: Annotated[
        Path | None, typer.Option(help="report.json of `aya decontaminate`, or a list of ids: figures without them too")
    ] = None,
    name: Annotated[str, typer.Option(help="what tables call the model [default: its folder]")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="ask about N items of each language only")] = None,
    seed: Annotated[int, typer.Option(help="of the items drawn and of the intervals")] = 0,
    card: Annotated[bool, typer.Option("--card", help="put the figures into README.md of the model's folder")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask a model the questions of tasks; figures go to OUT/results.json, ways to fail to OUT/errors.json.

    OUT/report.html shows both, with samples. A killed run goes on where it stopped. The figure of a language is the
    median over the prompts of its task.
    """
    given = [_given(written, data, leaks) for written in load_tasks(task)]
    load("transformers.utils.logging:disable_progress_bar")()
    through = model.startswith(load("training.evaluation.harness:PREFIX"))
    opened = load("training.evaluation.harness:Harness" if through else "training.model:load_model")(model)
    with telling(quiet=quiet) as tell:
        found = load("training.evaluation.run:evaluate")(
            opened, given, out_folder, name=name or _title(model), limit=limit, seed=seed, tell=tell
        )
    if card:
        load("training.card_tables:add_tables")(Path(model), load("training.card_tables:evaluation_tables")(found))
    _report(found, out_folder, seed=seed, as_json=as_json)


@app.command(epilog="Example: aya evaluate report build/evaluation/small")
def report(
    run: Annotated[Path, typer.Argument(help="folder of a run", show_default=False)],
    seed: Annotated[int, typer.Option(help="of the intervals")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a run again, and write its page anew: figures, ways to fail by language, and samples of them."""
    if not (run / "run.json").exists():
        raise UserError(f"{run} holds no run")
    _report(load("training.evaluation.run:collect")(run), run, seed=seed, as_json=as_json)


def _report(found: dict[str, Any], run: Path, *, seed: int, as_json: bool) -> None:
    errors = write_report(run, seed=seed)
    if as_json:
        print_json({**found, "errors": errors})
        return
    for title, result in found["tasks"].items():
        _show(title, result)
    out.print(f"  page  {run / 'report.html'}", markup=False)


@app.command(epilog="Example: aya evaluate compare build/evaluation/small build/evaluation/better")
def compare(
    runs: Annotated[list[Path], typer.Argument(help="folders of runs; the first is compared with", show_default=False)],
    measure: Annotated[str | None, typer.Option(help="instead of each task's own, where a task has it")] = None,
    by: Annotated[str, typer.Option(help="resource, class, family, script or language")] = "resource",
    seed: Annotated[int, typer.Option(help="of the intervals")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show models side by side on the items that all were asked, and whether differences are more than chance.

    A difference comes with the interval of pairs of answers; a star says that 0 is not in it.
    """
    if by not in GROUPS:
        raise UserError(unknown("group", by, GROUPS))
    found = load("training.evaluation.compare:compare")(runs, measure=measure, seed=seed)
    if as_json:
        print_json(found)
        return
    for title, task in found["tasks"].items():
        out.print(f"{title}: {task['measure']}, {counted(task['items'], 'item')}", markup=False)
        shown = Table("", *_heads(found["models"]), box=None, header_style="bold")
        for name, row in [*task["all"].items(), *load(IN_ORDER)(task[by])]:
            shown.add_row(name, *_cells(row))
        out.print(shown)


IN_ORDER = "training.evaluation.page:in_order"
GROUPS = ("resource", "class", "family", "script", "language")


def _heads(models: Sequence[str]) -> list[str]:
    first, *others = models
    return [first, *(head for name in others for head in (name, "difference"))]


def _cells(row: dict[str, Any]) -> list[str]:
    first, *others = (f"{one['value']:.1f} ({one['low']:.1f}-{one['high']:.1f})" for one in row["figures"])
    told = (
        f"{one['value']:+.1f} ({one['low']:+.1f} to {one['high']:+.1f}){' *' if one['sure'] else ''}"
        for one in row["differences"]
    )
    return [first, *(cell for pair in zip(others, told, strict=True) for cell in pair)]


def _given(written: Written, data: Path | None, leaks: Path | None) -> Any:
    task, roots = written.task, [*([data] if data else []), Path(), written.home]
    known = load("training.evaluation.leaks:read_leaks")(leaks, task.contamination_set or task.name) if leaks else None
    examples = rows_of(task.shots.rows, roots) if task.shots else ()
    return load("training.evaluation.run:Given")(
        task=task, rows=rows_of(task.rows, roots), examples=examples, leaks=known
    )


def _title(model: str) -> str:
    """Return the folder of a model; `model` itself says nothing."""
    path = Path(model)
    return path.resolve().parent.name if path.is_dir() and path.name == "model" else path.name or model


def _show(title: str, result: dict[str, Any]) -> None:
    measure = result["measure"]
    told = result["measures"][measure]
    chance = f", chance {result['chance']:.1f}" if "chance" in result else ""
    sizes = f"{counted(result['items'], 'item')}, {counted(result['prompts'], 'prompt')}"
    out.print(f"{title}: {measure}, {sizes}{chance}", markup=False)
    shown = Table("", "languages", "items", measure, "95 %", box=None, header_style="bold")
    for kind in ("all", "resource", "language"):
        for name, figure in load(IN_ORDER)(told[kind]):
            shown.add_row(
                name if kind != "resource" else f"{name} resource",
                str(figure.get("languages", "")),
                f"{figure['items']:,}",
                f"{figure['value']:.1f}",
                f"{figure['low']:.1f}-{figure['high']:.1f}",
            )
    out.print(shown)
