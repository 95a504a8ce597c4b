"""`aya annotate new|check|people|password|push|pull|withdraw`: run a campaign."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from aya.campaign_file import EXAMPLE, load_campaign
from aya.cli_annotate import annotate
from aya.errors import UserError
from aya.ledger import withdraw as withdraw_rules
from aya.progress import Quiet, telling
from aya.stage import Tell, load
from aya.store import Store
from aya.terminal import AsJson, counted, out, print_json, resumable, talk
from aya.version import open_version

CampaignPath = Annotated[Path, typer.Argument(help="the campaign, a YAML file", show_default=False)]
_WHOLE = 86_400.0  # seconds between whole readings
Listen = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="also be told of every answer, by a webhook of Argilla's")
]


@contextmanager
def _desk(path: Path) -> Iterator[Any]:
    with load("annotation.desk:at_desk")(load_campaign(path), path) as desk:
        yield desk


@annotate.command(epilog="Example: aya annotate new pilot --languages yor,amh,ara")
def new(
    folder: Annotated[Path, typer.Argument(help="of the campaign; its name is the campaign's", show_default=False)],
    languages: Annotated[str, typer.Option(help="codes, with commas between")],
) -> None:
    """Write `campaign.yaml` with every setting to a folder, to be edited.

    If a server runs in the folder, its address is in it.
    """
    path = folder / "campaign.yaml"
    if path.exists():
        raise UserError(f"{path} is there already")
    folder.mkdir(parents=True, exist_ok=True)
    codes = ", ".join(code.strip() for code in languages.split(","))
    running = load("annotation.serve:status")(folder)
    url = (running and running.url) or "http://127.0.0.1:6900"
    path.write_text(EXAMPLE.format(name=folder.absolute().name, languages=codes, url=url), encoding="utf-8")
    out.print(str(path), markup=False)
    load_campaign(path)


@annotate.command(epilog="Example: aya annotate check pilot/campaign.yaml")
def check(campaign: CampaignPath) -> None:
    """Check a campaign: every fault at once, each with its line and the nearest good name."""
    loaded = load_campaign(campaign)
    written = set(load("annotation.wording:written")())
    english = [code for code in loaded.languages if code not in written]
    tasks = [name for name in type(loaded.tasks).model_fields if getattr(loaded.tasks, name)]
    out.print(f"{campaign}: good; {counted(len(loaded.languages), 'language')}, tasks {', '.join(tasks)}", markup=False)
    if english:
        out.print(f"guidelines and titles in English for {', '.join(english)}", markup=False)


@annotate.command(epilog="Example: aya annotate people pilot/campaign.yaml signups.csv")
@resumable
def people(
    campaign: CampaignPath,
    signups: Annotated[Path, typer.Argument(help="CSV, a person a row", show_default=False)],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Bring people of a sign-up list in: accounts, pseudonyms, review groups. A second time, only who is new.

    Columns: username and languages (codes with spaces between); if wanted first_name, harmful (yes: agrees to see
    harmful content), share_demographics (yes: the rest is kept), age_range, gender, country, dialects. First passwords
    are in `passwords.csv` beside the campaign, for its owner alone: hand them out, then delete the file.
    """
    with _desk(campaign) as desk:
        rows = load("annotation.people:read_signups")(signups, wanted=desk.campaign.languages)
        with telling(quiet=quiet) as tell:
            num = load("annotation.people:sign_up")(desk, rows, tell)
            _deliver(desk, tell)
        passwords = desk.folder / "passwords.csv"
    if as_json:
        print_json({"new": num, "people": len(rows), "passwords": str(passwords)})
    else:
        out.print(f"{num} new people of {len(rows)}; first passwords in {passwords}", markup=False)


@annotate.command(epilog="Example: aya annotate password pilot/campaign.yaml amina")
def password(campaign: CampaignPath, username: Annotated[str, typer.Argument(show_default=False)]) -> None:
    """Give a person another password, in `passwords.csv`."""
    with _desk(campaign) as desk:
        load("annotation.people:new_password")(desk, username)
        out.print(f"in {desk.folder / 'passwords.csv'}", markup=False)


@annotate.command(epilog="Example: aya annotate push pilot/campaign.yaml --from build/quickstart")
@resumable
def push(
    campaign: CampaignPath,
    store: Annotated[Path | None, typer.Option("--from", help="store or version whose rows are asked about")] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fill Argilla: slots to write in, rows of a store, what others wrote; a wave at a time, the most important first.

    Rows that the book has are not added again; a push that was killed is done again without doubling anything.
    """
    with _desk(campaign) as desk, telling(quiet=quiet) as tell:
        items = load("annotation.items:slots")(desk.campaign)
        num = desk.book.put_items(items)
        if store is not None:
            rows = load("annotation.items:rows_of")(desk.campaign, open_version(store).path)
            num += desk.book.put_items(_counted(rows, tell))
        done = _deliver(desk, tell)
    if as_json:
        print_json({"new_items": num, "sent": done.sent, "taken_back": done.taken_back, "datasets": done.datasets})
    else:
        out.print(f"{num:,} new items in the book; {done.sent:,} handed out in {done.datasets} data sets", markup=False)


@annotate.command(epilog="Example: aya annotate gold pilot/campaign.yaml gold.csv")
@resumable
def gold(
    campaign: CampaignPath,
    items: Annotated[Path, typer.Argument(help="CSV or JSON lines, an item a row", show_default=False)],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Add items whose right answers are known; `aya annotate report` says how many each person gave.

    Columns: task, language, prompt, completion, prompt_before, completion_before, and right_QUESTION for each question
    whose answer is known (right_approved: up or down; right_prompt_rating: 1 to 5). Nothing of them is released.
    """
    with _desk(campaign) as desk, telling(quiet=quiet) as tell:
        found = load("annotation.gold:read_gold")(items, desk.campaign)
        num = desk.book.put_items(found)
        done = _deliver(desk, tell)
    if as_json:
        print_json({"new_items": num, "items": len(found), "sent": done.sent})
    else:
        out.print(f"{num:,} new gold items of {len(found):,}; {done.sent:,} items handed out", markup=False)


@annotate.command(epilog="Example: aya annotate pull pilot/campaign.yaml --watch 60")
@resumable
def pull(
    campaign: CampaignPath,
    watch: Annotated[float | None, typer.Option(min=1, help="go on, and ask every so many seconds")] = None,
    listen: Listen = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="read all answers again, not only what happened since")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Read answers into the book, ask others about them, hand out the next wave, keep hours of harmful content.

    Once, or until Ctrl-C; what happened since the last time is read, and all of it once a day. Killed at any moment it
    loses and doubles nothing.
    """
    with _desk(campaign) as desk, ExitStack() as stack:
        told = stack.enter_context(_listening(desk, listen)) if listen else None
        last = time.monotonic()
        while True:
            with telling(quiet=quiet) as tell:
                found = _pull(desk, tell, whole=whole)
            _say(found, as_json=as_json)
            last = time.monotonic() if whole else last
            if watch is None and told is None:
                return
            try:
                told.wait(watch or 60) if told else time.sleep(watch or 60)
            except KeyboardInterrupt:
                return
            if told:
                told.clear()
            whole = time.monotonic() - last > _WHOLE


@annotate.command(epilog="Example: aya annotate withdraw pilot/campaign.yaml amina --from build/pilot")
@resumable
def withdraw(
    campaign: CampaignPath,
    person: Annotated[str, typer.Argument(help="username or pseudonym", show_default=False)],
    stores: Annotated[
        list[Path] | None, typer.Option("--from", help="store that was built with their contributions")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take back all that a person wrote, with what others made of it; no later release has it.

    Nothing of theirs is shown to anybody any more, and they see no more items. The stores named note it.
    """
    with _desk(campaign) as desk, telling(quiet=quiet) as tell:
        annotator = load("annotation.people:who")(desk, person)
        load("annotation.pull:pull")(desk, tell=tell)  # what was not read yet is taken back too
        desk.book.withdraw(annotator)
        _deliver(desk, tell)
    why = "withdrawn by the contributor"
    gone = {str(store): withdraw_rules(Store(store), [("annotator", annotator)], reason=why) for store in stores or ()}
    if as_json:
        print_json({"withdrawn": annotator, "rows": gone})
        return
    for name, num in gone.items():
        out.print(f"{num:,} kept records of {name} will go; run `aya build` again", markup=False)
    out.print(f"withdrawn: {annotator}", markup=False)


def _counted(rows: Iterable[Any], tell: Tell) -> Iterator[Any]:
    for number, row in enumerate(rows, start=1):
        tell("rows read", number, 0)
        yield row


def _deliver(desk: Any, tell: Tell) -> Any:
    return load("annotation.deliver:deliver")(desk, tell=tell)


def _pull(desk: Any, tell: Tell, *, whole: bool) -> dict[str, Any]:
    read = load("annotation.pull:pull")(desk, whole=whole, tell=tell)
    done = _deliver(desk, tell)
    return {"new_answers": read.new, "new_items": read.followed, "refused": dict(read.refused), "sent": done.sent}


def _say(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found, indent=None)
        return
    out.print(
        f"{found['new_answers']:,} new answers, {found['new_items']:,} new items about them,"
        f" {found['sent']:,} handed out",
        markup=False,
    )
    for reason, num in found["refused"].items():
        talk.print(f"{num:,} answers do not count: {reason}", markup=False)


def _listening(desk: Any, listen: str) -> Any:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise UserError(f"--listen is HOST:PORT, not '{listen}'")
    return load("annotation.webhook:listening")(desk.argilla, host=host, port=int(port))
