"""Tables of figures in the card of an exported model: what it was evaluated to, and how often it refuses."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aya import languages
from aya.errors import UserError
from aya.table import publish
from training.export import Table, markdown


def add_tables(folder: Path, tables: Sequence[Table]) -> None:
    """Put tables at the end of the card of a model; one of the same title takes the place of the old one.

    Raises: UserError if the folder has no card.
    """
    path = folder / "README.md"
    if not path.is_file():
        raise UserError(f"{folder} has no card (README.md); tables go into that of an exported model")
    first, *sections = path.read_text(encoding="utf-8").split("\n## ")
    kept = [section for section in sections if section.partition("\n")[0] not in {table.title for table in tables}]
    made = [f"{table.title}\n\n{markdown(table.columns, table.rows)}" for table in tables]
    text = "\n## ".join([first, *(section.rstrip("\n") + "\n" for section in (*kept, *made))])
    publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def evaluation_tables(results: Mapping[str, Any]) -> list[Table]:
    """Return a table for each task of an evaluation's results: all languages, resource levels, each language."""
    return [_task(name, task) for name, task in results["tasks"].items()]


def _task(name: str, task: Mapping[str, Any]) -> Table:
    measure = task["measure"]
    chance = f", chance {task['chance']:.1f}" if "chance" in task else ""
    rows = [
        (_title(kind, group), f"{figure['items']:,}", f"{figure['value']:.1f}", _between(figure["low"], figure["high"]))
        for kind in ("all", "resource", "language")
        for group, figure in task["measures"][measure][kind].items()
    ]
    return Table(
        title=f"Evaluation: {name} ({task['prompts']} prompts, {task['shots']} shots{chance})",
        columns=("", "items", measure, "95 % interval"),
        rows=tuple(rows),
    )


def _title(kind: str, group: str) -> str:
    if kind == "language":
        return _name(group)
    return "all languages" if kind == "all" else f"{group} resource"


def _name(code: str) -> str:
    language, _, script = code.partition("_")
    return f"{languages.get(language).name}{script and f' ({script})'}"


def safety_table(safety: Mapping[str, Any]) -> Table:
    """Return the table of how often a model refuses, as `training.safety.watch` tells it."""
    rows = [
        (
            _name(code) if code != "all" else "all languages",
            *(cell for kind in ("unsafe", "safe") for cell in _rate(safety["rates"][kind].get(code))),
        )
        for code in safety["rates"]["unsafe"]
    ]
    columns = ("", "refused, of requests that harm", "95 % interval", "of safe look-alikes", "95 % interval")
    return Table(title="Refusals", columns=columns, rows=tuple(rows))


def _rate(rate: Mapping[str, Any] | None) -> tuple[str, str]:
    if rate is None or rate["share"] is None:
        return "-", "-"
    return f"{rate['share']:.0%} of {rate['of']:,}", _between(100 * rate["low"], 100 * rate["high"])


def _between(low: float, high: float) -> str:
    return f"{low:.1f}-{high:.1f}"
