"""`aya evaluate toxicity`: how toxic a model's continuations of prompts are."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.cli_evaluate import app
from aya.cli_judge import SMOL, KeyFile, end_unfinished, language_name, named
from aya.errors import UserError, unknown
from aya.progress import Quiet, telling
from aya.stage import Tell, load
from aya.terminal import AsJson, counted, out, print_json, resumable, talk
from aya.yaml_files import read_model

PROBES = "training.probes"
KEY = "PERSPECTIVE_API_KEY"
SCORERS = ("perspective", "given", "smollm2")

Subjects = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME=SYSTEM...",
        help="folder or Hub name of a model, YAML of a server's, or answers",
        show_default=False,
    ),
]
Scorer = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="perspective, a classifier, a judge's YAML file, words.json, or given (a column)"
    ),
]


@app.command(
    epilog="Example: aya evaluate toxicity new=docs/examples/answers_new.jsonl --scorer smollm2 --out build/tox"
)
@resumable
def toxicity(
    systems: Subjects,
    scorer: Scorer,
    out_folder: Annotated[Path, typer.Option("--out", help="folder for report.json, report.html, scores.jsonl")],
    prompts: Annotated[
        Path | None, typer.Option(help="file with inputs, language (axis, group), HolisticBias' folder, or identities")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="take N prompts of each language and group only")] = None,
    samples: Annotated[int, typer.Option(min=1, help="continuations of each prompt")] = 25,
    tokens: Annotated[int, typer.Option(min=1, help="of a continuation")] = 20,
    top_p: Annotated[float, typer.Option(min=0.01, max=1, help="share of the likeliest tokens drawn from")] = 0.9,
    temperature: Annotated[float, typer.Option(min=0.01, help="above 1 draws unlikely tokens more")] = 1.0,
    chat: Annotated[bool, typer.Option("--chat", help="ask as in a conversation, not to go on with a text")] = False,
    label: Annotated[str | None, typer.Option(help="the classifier's label that is toxic")] = None,
    at: Annotated[str | None, typer.Option(metavar="URL", help="server of Perspective's protocol")] = None,
    key_file: KeyFile = None,
    rate: Annotated[float, typer.Option(min=0.1, help="texts a minute that Perspective is asked about")] = 60,
    draws: Annotated[int, typer.Option(min=1, help="resamples behind each interval")] = 1000,
    seed: Annotated[int, typer.Option(help="of prompts drawn, of samples and of intervals")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Let systems go on with prompts many times, score every sample, and report how toxic the worst ones are.

    Figures are by language, resource level and group. The key of Perspective API is read from PERSPECTIVE_API_KEY or a
    file, and written nowhere. The same command goes on where it stopped, and asks for nothing twice.
    """
    with telling(quiet=quiet) as tell:
        scores = _scorer(scorer, label=label, at=at, key_file=key_file, rate=rate)
        known = load(f"{PROBES}.prompts:read_prompts")(prompts) if prompts else []
        asked = load(f"{PROBES}.prompts:limited")(known, limit, seed=seed)
        how = load(f"{PROBES}.continuations:Sampling")(
            samples=samples, most=tokens, top_p=top_p, temperature=temperature, chat=chat, seed=seed
        )
        continued = {
            name: _continued(name, path, known, asked, how, out_folder, tell) for name, path in named(systems).items()
        }
        drawing = load("training.judging.resampling:Resampling")(draws=draws, seed=seed)
        report = load(f"{PROBES}.toxicity_run:measure")(continued, scores, out_folder, resampling=drawing, tell=tell)
    if as_json:
        print_json(report)
    else:
        _print(report)
        out.print(f"page  {out_folder / 'report.html'}", markup=False)
    _end(report)


def _scorer(name: str, *, label: str | None, at: str | None, key_file: Path | None, rate: float) -> Any:
    if name == "given":
        return None
    if name == "perspective":
        limits = load("aya.models.limits:Limits")(requests_per_minute=rate)
        key = _key(key_file)
        if key is None and at is None:
            raise UserError(f"Perspective API asks for a key: set {KEY} or name a file by --key-file")
        facts = {"url": at} if at else {}
        return load(f"{PROBES}.scorers:ByPerspective")(api_key=key, limits=limits, **facts)
    if name.endswith((".yaml", ".yml")) or name == "smollm2":
        model = load("aya.models.named:Named")
        judge = model.model_validate(SMOL) if name == "smollm2" else read_model(Path(name), model, "judge")
        return load(f"{PROBES}.scorers:ByJudge")(judge=judge)
    if name.endswith(".json"):
        return load(f"{PROBES}.word_lists:ByWords")(path=Path(name))
    if not Path(name).is_dir() and "/" not in name:
        known = f"{', '.join(SCORERS)}, a classifier, a judge's YAML file or a list of words (.json)"
        raise UserError(f"{unknown('scorer', name, SCORERS)}\na scorer is {known}")
    load("transformers.utils.logging:disable_progress_bar")()
    return load(f"{PROBES}.scorers:ByClassifier")(name=name, label=label)


def _key(key_file: Path | None) -> str | None:
    if key_file is None:
        return os.environ.get(KEY)
    try:
        return key_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UserError(f"{key_file}: can not be read: {error.strerror}") from error


def _continued(name: str, path: Path, known: list[Any], asked: list[Any], how: Any, folder: Path, tell: Tell) -> Any:
    if path.suffix in (".jsonl", ".ndjson", ".parquet", ".csv", ".tsv", ".gz"):
        return load(f"{PROBES}.continuations:by_file")(path, known, asked)
    if not asked:
        raise UserError(f"{name} is a model; name the prompts that it is to go on with by --prompts")
    if path.suffix in (".yaml", ".yml") or str(path) == "smollm2":
        model = load("aya.models.named:Named")
        server = model.model_validate(SMOL) if str(path) == "smollm2" else read_model(path, model, "model")
        return load(f"{PROBES}.continuations:by_named")(server, asked, how, folder / "samples.sqlite", tell=tell)
    load("transformers.utils.logging:disable_progress_bar")()
    return load(f"{PROBES}.continuations:by_folder")(str(path), asked, how, folder / "samples", tell=tell)


def _print(report: dict[str, Any]) -> None:
    for name, system in report["systems"].items():
        shown = Table(
            "language", "prompts", "expected maximum", "toxicity probability", "mean",
            title=f"{name}, {counted(system['samples'], 'sample')} of a prompt", title_justify="left", box=None,
            header_style="bold",
        )  # fmt: skip
        codes = [*system["languages"].items()]
        for code, found in [*codes[:1], *system["levels"].items(), *codes[1:]]:
            shown.add_row(language_name(code), f"{found['prompts']:,}", *_figures(found))
        out.print(shown)
        for axis, told in system["axes"].items():
            out.print(f"{axis or 'groups'}: {counted(len(told['groups']), 'group')}{_gap(told['gap'])}", markup=False)
        if system["incomplete"]:
            talk.print(f"{name}: {counted(system['incomplete'], 'prompt')} with fewer scores left out", markup=False)


def _figures(found: dict[str, Any]) -> list[str]:
    return [_span(found[name]) for name in ("maximum", "probability", "mean")]


def _gap(told: dict[str, Any]) -> str:
    if not told:
        return ""
    found = told["maximum"]
    return f"; {found['high']} above {found['low']} by {_span(found['difference'])}, p {found['p']:.3f}"


def _span(found: dict[str, Any]) -> str:
    if found["value"] is None or found["low"] is None:
        return "-" if found["value"] is None else f"{found['value']:.3f}"
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _end(report: dict[str, Any]) -> None:
    """Say what is missing."""
    for what in ("samples", "scores"):
        for why, num in report[f"{what}_missing"].items():
            talk.print(f"{counted(num, what[:-1])} missing: {why}", markup=False)
    end_unfinished(report)
