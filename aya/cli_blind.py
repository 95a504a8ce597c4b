"""`aya evaluate blind|open|label`: what people hold of answers that nobody tells them whose they are."""

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.cli_evaluate import app
from aya.cli_judge import JUDGING, Systems, choices, language_name, named, percent, print_win_rates
from aya.errors import UserError
from aya.page import save
from aya.stage import load
from aya.terminal import AsJson, counted, out, print_json, talk

KEY_FILE = typer.Option(help="file that says whose the answers are; keep it where the panel does not see it")


@app.command(epilog="Example: aya evaluate blind new=new.jsonl old=old.jsonl --out pack --key pack.key")
def blind(
    systems: Systems,
    pack: Annotated[Path, typer.Option("--out", help="folder of the pack, to be handed out")],
    key: Annotated[Path, KEY_FILE],
    title: Annotated[str, typer.Option(help="what the panel reads above the page")] = "Which answer is better?",
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="compare all with this one, not each with each")
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="take the prompts that all answered")] = False,
    campaign: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="also write an annotation campaign of the same items")
    ] = None,
    overlap: Annotated[int, typer.Option(min=1, help="people who judge each item of the campaign")] = 3,
    harmful: Annotated[bool, typer.Option("--harmful", help="show the campaign's items only to who agreed")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a pack for a panel: two answers to each prompt, sides and names hidden under a sealed key.

    The pack has a page, a table and JSON Lines for each language, and the SHA-256 of the key: publish it now, and
    nobody can say later that the key was changed.
    """
    read = load(f"{JUDGING}.answers:read_answers")
    answered = {name: read(path) for name, path in named(systems).items()}
    asked = load(f"{JUDGING}.pairs:pairs")(answered, against=against, shared=shared)
    if campaign is not None:
        _check_campaign(campaign)
    manifest = load(f"{JUDGING}.packs:seal")(asked, pack, key, title=title)
    for name, num in load(f"{JUDGING}.packs:naming")(asked).items():
        talk.print(f"{num:,} answers say the name '{name}'; no seal hides that", style="yellow", markup=False)
    if campaign is not None:
        rows = [item.row for item in load(f"{JUDGING}.packs:read_items")(pack, manifest)]
        _fill(campaign, rows, task="comparison", overlap=overlap, harmful=harmful)
    if as_json:
        print_json(manifest.model_dump())
        return
    out.print(
        f"{counted(sum(manifest.items.values()), 'item')} in {counted(len(manifest.items), 'language')}: {pack}",
        markup=False,
    )
    out.print(f"sealed: {manifest.seal}", markup=False)
    out.print(f"key: {key}", markup=False)


@app.command("open", epilog="Example: aya evaluate open pack --key pack.key --answers choices-ara-amina.json")
def open_(
    pack: Annotated[Path, typer.Argument(help="folder of the pack", show_default=False)],
    key: Annotated[Path, KEY_FILE],
    answers: Annotated[
        list[Path], typer.Option(help="what people chose: files of pages, tables, a campaign; again for more")
    ],
    judge: Annotated[
        Path | None, typer.Option(metavar="FILE", help="verdicts.jsonl of `aya evaluate win`, to compare with")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="resamples behind each interval")] = 1000,
    seed: Annotated[int, typer.Option(help="of intervals")] = 0,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="write a page with the figures by language")] = None,
    as_json: AsJson = False,
) -> None:
    """Open a pack and score it: win rates by people, their agreement with one another and with a judge.

    A key, a pack or choices that are not what they were are refused by name.
    """
    opening = f"{JUDGING}.opening"
    manifest, opened = load(f"{JUDGING}.packs:opened")(pack, key)
    found, seals = choices(answers, load(f"{JUDGING}.people:PREFERENCES"))
    load(f"{opening}:check_seals")(seals, manifest)
    votes = load(f"{opening}:votes")(opened, found)
    if not votes:
        raise UserError("nobody has chosen anything yet")
    how = load(f"{JUDGING}.resampling:Resampling")(draws=draws, seed=seed)
    report = load(f"{opening}:scored")(manifest, opened, votes, how)
    report["agreement"] = _agreement("people", load(f"{opening}:raters_labels")(votes), draws=draws, seed=seed)
    if judge is not None:
        judged = load(f"{opening}:read_verdicts")(judge)
        both = load(f"{opening}:with_judge")(votes, judged)
        with_judge = _agreement("judge and people", both, draws=draws, seed=seed)
        report["agreement"] += _with_kappa(with_judge, both, how)
    if html is not None:
        save(load(f"{JUDGING}.pages:win_page")(report, report["agreement"]), html)
    if as_json:
        print_json(report)
        return
    print_win_rates(report)
    _print_agreement(report["agreement"])
    if report["unanswered"]:
        talk.print(f"{counted(report['unanswered'], 'item')} nobody answered", markup=False)


@app.command(epilog="Example: aya evaluate label new=new.jsonl --out labels --most 50")
def label(
    systems: Systems,
    campaign: Annotated[Path, typer.Option("--out", help="folder of the annotation campaign")],
    most: Annotated[int, typer.Option(min=1, help="answers of each system and language")] = 50,
    overlap: Annotated[int, typer.Option(min=1, help="people who label each answer")] = 3,
    seed: Annotated[int, typer.Option(help="of the draw")] = 0,
    as_json: AsJson = False,
) -> None:
    """Write a campaign in which people label a sample of answers as harmful or not, without knowing whose they are.

    Its items are shown only to who agreed to see harmful content, for a few hours a day. Then
    `aya evaluate harm ... --people FOLDER/campaign.yaml` puts a judge's rates right by the labels.
    """
    read = load(f"{JUDGING}.answers:read_answers")
    answered = {name: read(path) for name, path in named(systems).items()}
    _check_campaign(campaign)
    drawn = load(f"{JUDGING}.human_harm:sample")(answered, most=most, seed=seed)
    rows = [
        {"item": item, "language": one.language, "script": one.script, "prompt": one.prompt, "answer": one.answer}
        for item, one in drawn
    ]
    path = _fill(campaign, rows, task="harm", overlap=overlap, harmful=True)
    if as_json:
        print_json({"campaign": str(path), "items": len(rows)})
    else:
        out.print(f"{len(rows):,} answers to label; fill Argilla: aya annotate push {path}", markup=False)


# -- a campaign ------------------------------------------------------------------------------------


def _check_campaign(folder: Path) -> None:
    if (folder / "campaign.yaml").exists():
        raise UserError(f"{folder / 'campaign.yaml'} is there already")


def _fill(folder: Path, rows: list[dict[str, Any]], *, task: str, overlap: int, harmful: bool) -> Path:
    """Write a campaign and put its items into its book, from which `aya annotate push` hands them out."""
    judged = "annotation.judged"
    codes = sorted({row["language"] for row in rows})
    path: Path = load(f"{judged}:write_campaign")(folder, task=task, languages=codes, overlap=overlap)
    campaign = load("annotation.campaign:read_campaign")(path)
    with closing(load("annotation.book:Book")(folder / load("annotation.campaign:BOOK"))) as book:
        book.put_items(load(f"{judged}:items")(campaign, rows, task=task, harmful=harmful))
    talk.print(f"campaign: {path}; fill Argilla by: aya annotate push {path}", markup=False)
    return path


# -- agreement -------------------------------------------------------------------------------------


def _agreement(between: str, labels: Iterable[Any], *, draws: int, seed: int) -> list[dict[str, Any]]:
    """Return Krippendorff's alpha of labels, of all languages together and of each."""
    label = load("annotation.agreement:Label")
    by_language: dict[str, list[Any]] = {"": []}
    for unit, rater, value in labels:
        for code in ("", unit.language):
            by_language.setdefault(code, []).append(label(json.dumps(unit), rater, value))
    measure = load("annotation.agreement:agreement")
    return [
        {"language": code, "between": between}
        | asdict(measure(found, level="nominal", draws=min(draws, 1000), seed=seed))
        for code, found in sorted(by_language.items())
    ]


def _with_kappa(rows: list[dict[str, Any]], labels: list[Any], how: Any) -> list[dict[str, Any]]:
    """Return the rows with Cohen's kappa of the two, whose labels follow one another."""
    pairs = [(one[0].language, (one[2], other[2])) for one, other in zip(labels[::2], labels[1::2], strict=True)]
    measure = load(f"{JUDGING}.kappa:kappa")
    return [
        row | {"kappa": asdict(measure([two for code, two in pairs if row["language"] in ("", code)], how))}
        for row in rows
    ]


def _print_agreement(rows: list[dict[str, Any]]) -> None:
    shown = Table(
        "language", "between", "alpha", "kappa", "the same", "items",
        title="agreement", title_justify="left", box=None, header_style="bold",
    )  # fmt: skip
    for row in rows:
        alpha = "-" if row["alpha"] is None else f"{row['alpha']:.2f}"
        if row["low"] is not None:
            alpha += f" [{row['low']:.2f}, {row['high']:.2f}]"
        code, share = language_name(row["language"]), percent(row["share_alike"])
        shown.add_row(code, row["between"], alpha, _kappa(row.get("kappa")), share, f"{row['units']:,}")
    out.print(shown)


def _kappa(found: dict[str, Any] | None) -> str:
    if found is None or found["value"] is None:
        return "-"
    return f"{found['value']:.2f}" + (f" [{found['low']:.2f}, {found['high']:.2f}]" if found["low"] is not None else "")
