"""`aya evaluate`: how well models do, by language."""

import typer

from aya.evaluation_file import load_tasks, ready
from aya.terminal import AsJson, out, print_json

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
