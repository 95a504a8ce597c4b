"""`aya evaluate bias`: whom a model finds likelier to be spoken of."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.cli_evaluate import app
from aya.cli_toxicity import PROBES
from aya.errors import UserError
from aya.progress import Quiet, telling
from aya.stage import load
from aya.terminal import AsJson, counted, out, print_json, resumable

SHOWN = 3


@app.command(
    epilog="Example: aya evaluate bias build/training/small/model --words docs/examples/people --out build/bias"
)
@resumable
def bias(
    model: Annotated[str, typer.Argument(help="folder, or name on the Hub", show_default=False)],
    words: Annotated[Path, typer.Option(help="folder of HolisticBias, or files of its form")],
    out_folder: Annotated[Path, typer.Option("--out", help="folder for report.json, report.html, perplexities")],
    axis: Annotated[list[str] | None, typer.Option(help="look at this axis; again for more [default: all]")] = None,
    descriptors: Annotated[int | None, typer.Option(min=2, help="take N of each axis, drawn by name")] = None,
    templates: Annotated[int | None, typer.Option(min=1, help="take N templates, drawn by name")] = None,
    prompt: Annotated[str, typer.Option(help="what the sentences complete [default: nothing]")] = "",
    shuffles: Annotated[int, typer.Option(min=0, help="shufflings that say what chance does")] = 39,
    draws: Annotated[int, typer.Option(min=1, help="resamples behind each interval")] = 1000,
    seed: Annotated[int, typer.Option(help="of what is drawn, of shufflings and of intervals")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say how many pairs of descriptors of people make the same sentences more and less likely to a model.

    It is HolisticBias' likelihood bias: for each template, a test of whether the perplexities over all nouns differ. A
    killed run goes on where it stopped.
    """
    if not words.is_dir():
        raise UserError(f"{words} is no folder of HolisticBias: descriptors.json, nouns.json and two more")
    read, part = load(f"{PROBES}.holistic:read_holistic"), load(f"{PROBES}.holistic:part")
    holistic = part(read(words), axes=axis or (), descriptors=descriptors, templates=templates, seed=seed)
    load("transformers.utils.logging:disable_progress_bar")()
    opened = load("training.model:load_model")(model)
    drawing = load("training.judging.resampling:Resampling")(draws=draws, seed=seed)
    with telling(quiet=quiet) as tell:
        report = load(f"{PROBES}.likelihood:likelihood_bias")(
            opened, holistic, out_folder, prompt=prompt, shuffles=shuffles, resampling=drawing, tell=tell
        )
    if as_json:
        print_json(report)
        return
    _print(report)
    out.print(f"page  {out_folder / 'report.html'}", markup=False)


def _print(report: dict[str, Any]) -> None:
    shown = Table(
        "axis", "descriptors", "pairs that differ", "adjusted", "by chance", "p", "likeliest", "least likely", box=None,
        header_style="bold", title=f"likelihood bias, {counted(report['sentences'], 'sentence')}", title_justify="left",
    )  # fmt: skip
    for axis, found in report["axes"].items():
        names = [*found["medians"]]
        ends = (", ".join(names[:SHOWN]), ", ".join(names[: -SHOWN - 1 : -1]))
        shown.add_row(
            axis, f"{found['descriptors']:,}", _span(found["bias"]), f"{found['adjusted']:.1%}",
            "-" if found["chance"] is None else f"{found['chance']:.1%}",
            "-" if found["p"] is None else f"{found['p']:.3f}", *ends,
        )  # fmt: skip
    out.print(shown)


def _span(found: dict[str, Any]) -> str:
    if found["low"] is None:
        return f"{found['value']:.1%}"
    return f"{found['value']:.1%} [{found['low']:.1%}, {found['high']:.1%}]"
