"""`aya annotate status|report|leaderboard|export`: how a campaign does, and what it releases."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aya.campaign_file import load_campaign
from aya.cli_annotate import annotate
from aya.errors import UserError, unknown
from aya.page import save
from aya.stage import load
from aya.terminal import AsJson, counted, out, print_json, safe, talk

CampaignPath = Annotated[Path, typer.Argument(help="the campaign, a YAML file", show_default=False)]
PolicyName = Annotated[str, typer.Option("--policy", help="all, published, relative, approved or agreed")]


@dataclasses.dataclass(frozen=True)
class _Campaign:
    said: Any
    answers: list[Any]
    people: Any
    withdrawn: list[str]

    @property
    def counting(self) -> list[Any]:
        """The answers that nobody took back."""
        found: list[Any] = load("annotation.answers:without")(self.answers, self.withdrawn)
        return found


def _open(path: Path) -> _Campaign:
    said = load_campaign(path)
    with load("annotation.book:book_of")(path) as book:
        found, people = load("annotation.answers:answers")(book.items(), book.responses()), book.people()
    withdrawn = [row["annotator"] for row in people.to_pylist() if row["withdrawn"]]
    return _Campaign(said, found, people, withdrawn)


def _progress(campaign: _Campaign) -> list[Any]:
    said = campaign.said
    tasks = [name for name in type(said.tasks).model_fields if getattr(said.tasks, name)]
    goals = {code: said.goal_of(code) for code in said.languages}
    made: list[Any] = load("annotation.leaderboard:progress")(
        campaign.counting, languages=said.languages, tasks=tasks, goals=goals
    )
    return made


def _policy(name: str) -> Any:
    known = load("annotation.release_filters:POLICIES")
    if name not in known:
        raise UserError(unknown("policy", name, known))
    return known[name]


@annotate.command(epilog="Example: aya annotate status pilot/campaign.yaml")
def status(campaign: CampaignPath, as_json: AsJson = False) -> None:
    """Say how far every language and task is, from the book alone: the server need not run."""
    rows = _progress(_open(campaign))
    if as_json:
        print_json([dataclasses.asdict(row) | {"share": row.share} for row in rows])
        return
    shown = Table("language", "task", "done", "goal", "reached", "people", box=None, header_style="bold")
    for row in rows:
        reached = f"{row.share:.0%}" if row.share is not None else "-"
        shown.add_row(row.language, row.task, f"{row.answered:,}", str(row.goal or "-"), reached, str(row.people))
    out.print(shown)


@annotate.command(epilog="Example: aya annotate report pilot/campaign.yaml --policy published")
def report(
    campaign: CampaignPath,
    policy: PolicyName = "published",
    draws: Annotated[int, typer.Option(min=0, help="resamples behind each interval of agreement")] = 1000,
    html: Annotated[Path | None, typer.Option(help="also write it as one page to this file")] = None,
    as_json: AsJson = False,
) -> None:
    """Report agreement, reliability, effort of post-editing, work to look at, and what a release would leave out."""
    opened = _open(campaign)
    made = load("annotation.report:report")(opened.answers, _policy(policy), withdrawn=opened.withdrawn, draws=draws)
    if html is not None:
        as_of = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        page = load("annotation.report_page:render")(opened.said.name, made, policy=policy, as_of=as_of)
        save(page, html)
        talk.print(str(html), markup=False)
    if as_json:
        print_json(made)
        return
    out.print(f"{made['answers']:,} answers of {made['people']:,} people\n", style="bold")
    for name in ("agreement", "reliability", "gold", "effort", "signs"):
        _print_rows(name, made[name])
    release = made["release"]
    out.print(f"release by policy {policy}: {release['kept']:,} kept", style="bold", markup=False)
    for reason, num in release["dropped"].items():
        out.print(f"  {num:>9,} {reason}", markup=False)


@annotate.command(epilog="Example: aya annotate leaderboard pilot/campaign.yaml --port 8000")
def leaderboard(
    campaign: CampaignPath,
    to: Annotated[Path, typer.Option("--out", help="file to write the page to")] = Path("leaderboard.html"),
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="serve it at 127.0.0.1 instead, until Ctrl-C; 0 takes a free one"),
    ] = None,
) -> None:
    """Write the leaderboard and the progress as one HTML page that needs no login, or serve it."""
    if port is None:
        page = _page(campaign)
        save(page, to)
        out.print(str(to), markup=False)
        return
    with load("annotation.board_page:server")(lambda: _page(campaign), port=port) as running:
        out.print(f"http://127.0.0.1:{running.server_address[1]}/", markup=False)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            talk.print("stopping")


@annotate.command(epilog="Example: aya annotate export pilot/campaign.yaml --out released")
def export(
    campaign: CampaignPath,
    to: Annotated[Path, typer.Option("--out", help="folder to write to", show_default=False)],
    policy: PolicyName = "published",
    k: Annotated[int, typer.Option(min=2, help="people who share every combination of demographic values")] = 5,
    as_json: AsJson = False,
) -> None:
    """Write a campaign in the form of the released Aya Dataset, its demographics, and all of it as records.

    What the policy leaves out is in `records.parquet` with its reason in `drop`.
    """
    opened, chosen = _open(campaign), _policy(policy)
    found = load("annotation.release_filters:contributions")(opened.answers)
    verdicts = load("annotation.release_filters:judge")(found, chosen, withdrawn=opened.withdrawn)
    written = load("annotation.aya_dataset:export")(
        to, verdicts, opened.people, policy=chosen, license_=opened.said.license, k=k
    )
    if as_json:
        print_json(written)
        return
    for name, num in written.items():
        out.print(f"{to / name}: {counted(num, 'row')}", markup=False)


def _page(path: Path) -> str:
    opened, now = _open(path), datetime.now(UTC)
    board = load("annotation.leaderboard:leaderboard")(opened.counting, now=now)
    made: str = load("annotation.board_page:render")(
        opened.said.name, board, _progress(opened), as_of=f"{now:%Y-%m-%d %H:%M} UTC"
    )
    return made


def _print_rows(name: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    shown = Table(*rows[0], title=name, title_justify="left", box=None, header_style="bold")
    for row in rows:
        shown.add_row(*(safe(f"{value:.3f}" if isinstance(value, float) else str(value)) for value in row.values()))
    out.print(shown)
    out.print()
