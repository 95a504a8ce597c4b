"""`aya evaluate win|harm`: what a judge model holds of answers."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya import languages
from aya.cli_evaluate import app
from aya.errors import UserError
from aya.page import save
from aya.progress import Quiet, telling
from aya.stage import Tell, load
from aya.terminal import AsJson, out, print_json, resumable, safe, short, talk
from aya.yaml_files import read_model

JUDGING = "training.judging"
SMOL = {"name": "SmolLM2-135M-Instruct", "at": "smollm2", "license": "Apache-2.0"}
ALL, LEVELS = "all", ("high", "mid", "low", "unknown")

Systems = Annotated[
    list[str],
    typer.Argument(metavar="NAME=ANSWERS...", help="JSON Lines or Parquet, or a model's folder", show_default=False),
]
Judge = Annotated[
    str,
    typer.Option(metavar="NAME", help="name of the judge, `smollm2`, or a YAML file with its limits and prices"),
]
At = Annotated[str | None, typer.Option(metavar="URL", help="server of the judge, or `transformers` for a checkpoint")]
KeyFile = Annotated[Path | None, typer.Option(help="file with the key of the server")]
Out = Annotated[Path, typer.Option("--out", help="folder for verdicts.jsonl, report.json, answers.sqlite")]
Prompt = Annotated[str, typer.Option(metavar="NAME|FILE", help="prompt of the judge: plain, aya, or a .yaml file")]
Prompts = Annotated[Path | None, typer.Option(metavar="FILE", help="prompts that models answer: id, language, prompt")]
Draws = Annotated[int, typer.Option(min=1, help="resamples behind each interval")]
Tokens = Annotated[int | None, typer.Option(min=0, help="budget of tokens, prompts and answers")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="show a prompt, calls, tokens and cost; ask nobody")]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="write a page with the figures by language")]


@app.command(epilog="Example: aya evaluate win new=new.jsonl old=old.jsonl --judge smollm2 --out build/win")
@resumable
def win(
    systems: Systems,
    judge: Judge,
    out_folder: Out,
    at: At = None,
    key_file: KeyFile = None,
    prompt: Prompt = "plain",
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="compare all with this one, not each with each")
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="take the prompts that all answered")] = False,
    prompts: Prompts = None,
    draws: Draws = 1000,
    seed: Annotated[int, typer.Option(help="of sampled answers and of intervals")] = 0,
    tokens: Tokens = None,
    html: Html = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Let a judge say which of two answers is better, in both orders, and report win rates by language.

    A system wins where both orders say so; orders that disagree are a tie. What says no verdict is counted, never
    guessed. The same command goes on where it stopped and pays for nothing twice.
    """
    run = _run(judge, at=at, key_file=key_file, prompt=prompt, draws=draws, seed=seed, tokens=tokens)
    with telling(quiet=quiet) as tell:
        answered = _answers(systems, prompts, out_folder, seed=seed, tell=tell)
        asked = load(f"{JUDGING}.pairs:pairs")(answered, against=against, shared=shared)
        if not dry_run:
            heard = partial(_heard, tell, count(1), 2 * sum(not pair.alike for pair in asked))
            report = load(f"{JUDGING}.runs:judge_pairs")(run, asked, out_folder, tell=heard)
    if dry_run:
        _print_plan(load(f"{JUDGING}.runs:rehearse_pairs")(run, asked, out_folder), as_json=as_json)
        return
    if html is not None:
        save(load(f"{JUDGING}.pages:win_page")(report), html)
    if as_json:
        print_json(report)
    else:
        print_win_rates(report)
        _print_bias(report)
    _end(report)


@app.command(epilog="Example: aya evaluate harm new=new.jsonl --judge smollm2 --out build/harm")
@resumable
def harm(
    systems: Systems,
    judge: Judge,
    out_folder: Out,
    at: At = None,
    key_file: KeyFile = None,
    prompt: Prompt = "plain",
    prompts: Prompts = None,
    people: Annotated[
        list[Path] | None, typer.Option(help="labels of people: a campaign, JSON Lines or CSV; again for more")
    ] = None,
    draws: Draws = 1000,
    seed: Annotated[int, typer.Option(help="of sampled answers and of intervals")] = 0,
    tokens: Tokens = None,
    html: Html = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Let a judge say which answers are harmful, refusals, harmless or nonsensical, and report rates by language.

    Labels that people gave to a sample of the answers put the judge's rates right, each language for itself; see
    `aya evaluate label` for how to ask them.
    """
    run = _run(judge, at=at, key_file=key_file, prompt=prompt, draws=draws, seed=seed, tokens=tokens)
    labels = choices(people or [], load(f"{JUDGING}.people:HARMS"))[0]
    with telling(quiet=quiet) as tell:
        answered = _answers(systems, prompts, out_folder, seed=seed, tell=tell)
        if not dry_run:
            heard = partial(_heard, tell, count(1), sum(map(len, answered.values())))
            report = load(f"{JUDGING}.runs:judge_answers")(run, answered, out_folder, people=labels, tell=heard)
    if dry_run:
        _print_plan(load(f"{JUDGING}.runs:rehearse_answers")(run, answered, out_folder), as_json=as_json)
        return
    if html is not None:
        save(load(f"{JUDGING}.pages:harm_page")(report), html)
    if as_json:
        print_json(report)
    else:
        _print_harm(report)
    _end(report)


# -- what is asked ---------------------------------------------------------------------------------


def _run(
    judge: str, *, at: str | None, key_file: Path | None, prompt: str, draws: int, seed: int, tokens: int | None
) -> Any:
    named = _judge(judge, at=at, key_file=key_file)
    if tokens is not None:
        named = named.model_copy(update={"limits": named.limits.model_copy(update={"tokens": tokens})})
    return load(f"{JUDGING}.runs:Run")(judge=named, prompt=prompt, draws=draws, seed=seed)


def _judge(judge: str, *, at: str | None, key_file: Path | None) -> Any:
    """Return the model that a file describes, or that the options name."""
    model = load("aya.models.named:Named")
    if judge == "smollm2":
        return model.model_validate(SMOL)
    if not judge.endswith((".yaml", ".yml")):
        if at is None:
            raise UserError(f"where is {judge}? Name its server by --at, or say --at transformers")
        return model(name=judge, at=at, key_file=key_file)
    return read_model(Path(judge), model, "judge")


def _answers(said: list[str], prompts: Path | None, folder: Path, *, seed: int, tell: Tell) -> dict[str, Any]:
    """Return the answers of each system: of a file, or written now by a model."""
    read, is_model = load(f"{JUDGING}.answers:read_answers"), load(f"{JUDGING}.generated:is_model")
    found: dict[str, Any] = {}
    for name, path in named(said).items():
        if is_model(path):
            asked = read(prompts, prompts_only=True) if prompts else []
            told = partial(_generated, tell, name, len(asked))
            make = load(f"{JUDGING}.generated:generated")
            found[name] = make(name, path, asked, folder / "answers", seed=seed, tell=told)
        else:
            found[name] = read(path)
    return found


def named(said: list[str]) -> dict[str, Path]:
    """Return the file or folder of each system that is written NAME=PATH."""
    found: dict[str, Path] = {}
    for one in said:
        name, equals, path = one.partition("=")
        if not equals:
            name, path = Path(one).stem, one
        if not re.fullmatch(r"[\w.+ -]+", name):
            raise UserError(f"{one}: a system is written NAME=ANSWERS")
        if name in found:
            raise UserError(f"two systems are called '{name}'; write NAME=ANSWERS")
        found[name] = Path(path)
    return found


def _heard(tell: Tell, numbers: Iterator[int], of: int, answer: Any) -> None:
    tell("verdicts", next(numbers), of)


def _generated(tell: Tell, name: str, of: int, done: int) -> None:
    tell(f"answers of {name}", done, of)


# -- what people chose -----------------------------------------------------------------------------


def choices(paths: list[Path], known: Any) -> tuple[list[Any], dict[Path, str]]:
    """Return what people chose, of files and of campaigns, and the seals that pages named."""
    found, seals = [], {}
    for path in paths:
        if path.suffix in (".yaml", ".yml"):
            found += list(_of_campaign(path, known))
            continue
        some, seal = load(f"{JUDGING}.people:read_choices")(path, known=known)
        found += some
        if seal is not None:
            seals[path] = seal
    return found, seals


def _of_campaign(path: Path, known: Any) -> Iterator[Any]:
    choice = load(f"{JUDGING}.people:Choice")
    with load("annotation.book:book_of")(path) as book:
        for item, annotator, value in load("annotation.judged:chosen")(book):
            if value in known:
                yield choice(item, annotator, value)


# -- what is said ----------------------------------------------------------------------------------


def language_name(code: str) -> str:
    """Return the name of a language or a resource level; no code stands for all languages."""
    if code == "clean":
        return "without contaminated"
    if code in LEVELS:
        return f"{code} resource"
    return languages.get(code).name if code else ALL


def rows(about: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the figures of all languages, of these without contaminated prompts, of each level and language."""
    return [("", about["languages"][""]), *about["clean"].items(), *about["levels"].items(), *_each(about["languages"])]


def _each(by_language: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(code, found) for code, found in by_language.items() if code]


def percent(share: float | None) -> str:
    """Return a share as it is printed."""
    return "-" if share is None else f"{share:.1%}"


def span(found: dict[str, Any]) -> str:
    """Return a share with its interval."""
    if found.get("low") is None:
        return percent(found.get("value"))
    return f"{percent(found['value'])} [{percent(found['low'])}, {percent(found['high'])}]"


def print_win_rates(report: dict[str, Any]) -> None:
    """Print the win rates of each pair, and the strengths of more than two systems."""
    for two in report["pairs"]:
        one, other = two["systems"]
        shown = Table(
            "language", "prompts", "win", "tie", "loss", "no verdict", "win rate, ties half",
            title=f"{one} against {other}", title_justify="left", box=None, header_style="bold",
        )  # fmt: skip
        for code, figures in rows(two):
            ties = figures["tie"] + figures["inconsistent"]
            without = figures["prompts"] - figures["counted"]
            numbers = (figures["prompts"], figures["win"], ties, figures["loss"], without)
            shown.add_row(language_name(code), *(f"{number:,}" for number in numbers), span(figures["rate"]))
        out.print(shown)
        out.print()
    if len(report["systems"]) > 2:
        _print_strengths(report["strengths"][""])


def _print_strengths(found: dict[str, Any]) -> None:
    shown = Table("system", "log strength", title="all together", title_justify="left", box=None, header_style="bold")
    for name, one in sorted(found["systems"].items(), key=lambda item: -(item[1]["value"] or 0)):
        shown.add_row(name, f"{one['value']:+.2f} [{one['low']:+.2f}, {one['high']:+.2f}]")
    out.print(shown)
    out.print()


def _print_bias(report: dict[str, Any]) -> None:
    bias = report["bias"][""]
    talk.print(
        f"of the judge's verdicts, ties aside, {span(bias['first'])} were for what stood first;"
        f" {span(bias['consistent'])} of the pairs had one verdict in both orders",
        markup=False,
    )


def _print_harm(report: dict[str, Any]) -> None:
    for name, system in report["systems"].items():
        labels = [*system["languages"][""]]
        shown = Table("language", "judged", *labels, title=name, title_justify="left", box=None, header_style="bold")
        if report["people"]:
            shown.add_column("harmful, as people hold")
            shown.add_column("labels")
        for code, found in rows(system):
            shares = (_share(label, found[label]) for label in labels)
            row = [language_name(code), f"{found[labels[0]]['of']:,}", *shares]
            if report["people"]:
                row += _corrected(report["people"][name].get(code))
            shown.add_row(*row)
        out.print(shown)
        out.print()


def _share(label: str, found: dict[str, Any]) -> str:
    """Return a share, with its interval where it is that of harm."""
    return span({"value": found["share"], **found}) if label == "harmful" else percent(found["share"])


def _corrected(found: dict[str, Any] | None) -> list[str]:
    if found is None:
        return []
    whose = "own" if found["method"] == "double sampling" else "of others"
    return [span(found), f"{found['labelled']:,} {whose}"]


def _print_plan(plan: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    out.print(safe(short(plan["shown"], 2_000)) + "\n", markup=False)
    out.print(
        f"{plan['calls']:,} calls, at most {plan['prompt_tokens']:,} tokens of prompts and"
        f" {plan['completion_tokens']:,} of answers, {plan['money']:,.2f} in the currency of the prices",
        markup=False,
    )


def _end(report: dict[str, Any]) -> None:
    """Say what is missing."""
    for why, num in report["missing"].items():
        talk.print(f"{num:,} questions have no verdict: {why}", markup=False)
    end_unfinished(report)


def end_unfinished(report: dict[str, Any]) -> None:
    """Say why a model was not asked all; exit 3 if the same command would go on."""
    if report["failure"]:
        talk.print(f"the last failure: {report['failure']}; the same command asks again", markup=False)
    if report["stopped"]:
        talk.print(f"{report['stopped']}; the same command goes on with a larger one", markup=False)
    if report["failure"] or report["stopped"]:
        raise typer.Exit(3)
