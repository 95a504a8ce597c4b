"""`aya evaluate`: how well models do, by language."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.evaluation_data import rows_of
from aya.evaluation_file import Written, load_tasks, ready
from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, out, print_json, resumable

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
    model: Annotated[str, typer.Argument(help="folder or name on the Hub", show_default=False)],
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
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask a model the questions of tasks, and write its figures to OUT/results.json.

    A killed run goes on where it stopped. The figure of a language is the median over the prompts of its task.
    """
    given = [_given(written, data, leaks) for written in load_tasks(task)]
    load("transformers.utils.logging:disable_progress_bar")()
    opened = load("training.model:load_model")(model)
    with telling(quiet=quiet) as tell:
        found = load("training.evaluation.run:evaluate")(
            opened, given, out_folder, name=name or _title(model), limit=limit, seed=seed, tell=tell
        )
    if as_json:
        print_json(found)
        return
    for title, result in found["tasks"].items():
        _show(title, result)
    out.print(f"  in    {out_folder}", markup=False)


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
    out.print(f"{title}: {measure}, {result['items']:,} items, {result['prompts']} prompts{chance}", markup=False)
    shown = Table("", "languages", "items", measure, "95 %", box=None, header_style="bold")
    for kind in ("all", "resource", "language"):
        for name, figure in told[kind].items():
            shown.add_row(
                name if kind != "resource" else f"{name} resource",
                str(figure.get("languages", "")),
                f"{figure['items']:,}",
                f"{figure['value']:.1f}",
                f"{figure['low']:.1f}-{figure['high']:.1f}",
            )
    out.print(shown)
