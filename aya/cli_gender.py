"""`aya evaluate gender`: the gender that translations give to people of an occupation."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya import languages
from aya.cli_evaluate import app
from aya.cli_judge import SMOL, named
from aya.cli_toxicity import PROBES, Subjects
from aya.progress import Quiet, telling
from aya.stage import Tell, load
from aya.terminal import AsJson, out, print_json, resumable, talk
from aya.yaml_files import read_model

SHOWN = ("accuracy", "gender_gap", "stereotype_gap", "not_told")


@app.command(
    epilog="Example: aya evaluate gender new=docs/examples/translations.csv --sentences docs/examples/winomt.txt"
    " --out build/gender"
)
@resumable
def gender(
    systems: Subjects,
    sentences: Annotated[Path, typer.Option(help="WinoMT's file: gender, place, sentence, occupation, with tabs")],
    out_folder: Annotated[Path, typer.Option("--out", help="folder for report.json, report.html, found.jsonl")],
    to: Annotated[list[str] | None, typer.Option(help="language; again for more [default: all eight]")] = None,
    prompt: Annotated[str | None, typer.Option(help="what models are asked, with $text and $language")] = None,
    draws: Annotated[int, typer.Option(min=1, help="resamples behind each interval")] = 1000,
    seed: Annotated[int, typer.Option(help="of the intervals")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say how often translations of WinoMT give people the gender that the English sentence tells.

    Spanish, French, Italian, German, Russian, Ukrainian, Arabic and Hebrew have rules for the gender of nouns. The same
    command goes on where it stopped, and asks for nothing twice.
    """
    codes = load(f"{PROBES}.gender:language_codes")(to or [])
    read = load(f"{PROBES}.winomt:read_winomt")(sentences)
    failures: list[str] = []
    with telling(quiet=quiet) as tell:
        found = {
            name: _translations(path, read, codes, prompt, out_folder, tell, failures)
            for name, path in named(systems).items()
        }
        if not failures:
            drawing = load("training.judging.resampling:Resampling")(draws=draws, seed=seed)
            report = load(f"{PROBES}.gender:measure")(read, found, codes, out_folder, resampling=drawing, tell=tell)
    for failure in failures:
        talk.print(f"{failure}; the same command goes on", markup=False)
    if failures:
        raise typer.Exit(3)
    if as_json:
        print_json(report)
        return
    _print(report)
    out.print(f"page  {out_folder / 'report.html'}", markup=False)


def _translations(
    path: Path, read: list[Any], codes: list[str], prompt: str | None, folder: Path, tell: Tell, failures: list[str]
) -> Any:
    made = f"{PROBES}.translations"
    if path.suffix in (".txt", ".jsonl", ".ndjson", ".parquet", ".csv", ".tsv", ".gz"):
        return load(f"{made}:by_file")(path, codes)
    questions = load(f"{made}:asked")([one.text for one in read], codes, *([prompt] if prompt else []))
    if path.suffix in (".yaml", ".yml") or str(path) == "smollm2":
        model = load("aya.models.named:Named")
        known = model.model_validate(SMOL) if str(path) == "smollm2" else read_model(path, model, "model")
        found, failure = load(f"{made}:by_named")(known, questions, folder / "translations.sqlite", tell=tell)
        failures += [failure] if failure else []
        return found
    load("transformers.utils.logging:disable_progress_bar")()
    return load(f"{made}:by_folder")(str(path), questions, folder, tell=tell)


def _print(report: dict[str, Any]) -> None:
    for name, by_language in report["systems"].items():
        shown = Table(
            "into", "sentences", "right", "F1 of men less women", "F1 pro less anti stereotype", "gender not told",
            title=name, title_justify="left", box=None, header_style="bold",
        )  # fmt: skip
        for code, found in by_language.items():
            cells = (_span(found[figure]) for figure in SHOWN)
            shown.add_row(languages.get(code).name, f"{found['sentences']:,}", *cells)
        out.print(shown)


def _span(found: dict[str, Any]) -> str:
    if found["value"] is None or found["low"] is None:
        return "-" if found["value"] is None else f"{100 * found['value']:.1f}"
    return f"{100 * found['value']:.1f} [{100 * found['low']:.1f}, {100 * found['high']:.1f}]"
