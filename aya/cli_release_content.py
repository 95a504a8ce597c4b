"""`aya release plan`, `prepare`, `diff`, `remove`: what a release holds; nothing here is sent."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from aya.errors import UserError, unknown
from aya.ledger import Kind, withdraw
from aya.page import save
from aya.progress import Quiet, telling
from aya.stage import load
from aya.store import Store
from aya.terminal import AsJson, counted, out, print_json, resumable
from aya.version import open_version

StoreArgument = Annotated[Path, typer.Argument(metavar="STORE", help="the store, or one version", show_default=False)]
Repo = Annotated[str | None, typer.Option(help="repository on the Hub whose last release comes before")]
Version = Annotated[
    str | None, typer.Option(help="semantic version [default: what the changes since the release before ask for]")
]
Home = Annotated[Path | None, typer.Option("--out", help="folder of releases [default: STORE/releases]")]
Date = Annotated[str | None, typer.Option(help="of the release [default: today]")]
Waive = Annotated[
    list[str] | None, typer.Option(metavar="CHECK=WHY", help="let a check pass; the card says so and why")
]
Demographics = Annotated[
    Path | None, typer.Option(help="counts of annotators that are safe to publish, JSON or Parquet", exists=True)
]


def prepare(
    store: StoreArgument,
    version: Version = None,
    out_: Home = None,
    previous: Annotated[Path | None, typer.Option(help="the release before, a folder")] = None,
    repo: Repo = None,
    date: Date = None,
    waive: Waive = None,
    demographics: Demographics = None,
    form: Annotated[
        str | None, typer.Option(help="besides, as aya_dataset, aya_collection, aya_evaluation_suite or ..._dolly")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write a release of a built version: the folder with exactly the files of the repository.

    Files of the release before keep every row that is the same, byte for byte. A run that was cut short goes on.
    """
    release = _prepared(store, version, out_, previous, repo, date, waive, demographics, quiet=quiet)
    if form is not None:
        load("hub_release.forms:write_form")(release, form, release.path.with_name(f"{release.version}-{form}"))
    if as_json:
        print_json(release.manifest)
        return
    out.print(
        f"v{release.version}: {counted(release.manifest['num_rows'], 'row')} in {counted(len(release.files), 'file')}"
        f"\n  in    {release.path}\n  look  aya release plan {release.path}",
        markup=False,
    )


def plan(
    store: Annotated[Path, typer.Argument(metavar="STORE|RELEASE", help="the store, or a prepared release")],
    version: Version = None,
    out_: Home = None,
    previous: Annotated[Path | None, typer.Option(help="the release before, a folder")] = None,
    repo: Repo = None,
    date: Date = None,
    waive: Waive = None,
    demographics: Demographics = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say what a release would send, what changed, which version that asks for, and check it; nothing is sent.

    A store is prepared first, unless its newest release is of its newest version. Exit code 1 if a check fails.
    """
    folder = store if (store / "meta" / "manifest.json").is_file() else _made_before(store, out_)
    if folder is None:
        folder = _prepared(store, version, out_, previous, repo, date, waive, demographics, quiet=quiet).path
    with telling(quiet=quiet) as tell:
        found = load("hub_release.plan:plan")(folder, remote=_remote(repo), tell=tell)
    if as_json:
        changed = None if found.difference is None else found.difference.data()
        print_json({**found.model_dump(mode="json"), "difference": changed, "passed": found.passed})
    else:
        _print_plan(found)
    if not found.passed:
        raise typer.Exit(1)


def diff(
    old: Annotated[str, typer.Argument(help="a folder, or ORG/NAME@v1.0.0", show_default=False)],
    new: Annotated[str, typer.Argument(help="a folder, or ORG/NAME@v1.1.0", show_default=False)],
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="write a page")] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare two releases row by row: added, removed and changed, by language and source.

    Only files that differ are read, and fetched if they are on the Hub.
    """
    with telling(quiet=quiet) as tell:
        found = load("hub_release.between:difference")(old, new, tell)
    following = load("hub_release.bump:bump")(found)
    if html is not None:
        save(load("hub_release.diff_page:page")(found, following), html)
        out.print(str(html), markup=False)
    elif as_json:
        print_json({**found.data(), "bump": following._asdict()})
    else:
        _print_difference(found, following)


def remove(
    store: StoreArgument,
    reason: Annotated[str, typer.Option(help="why, in a word that may be published: `request`, `licence`, ...")],
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="rows")] = None,
    annotator: Annotated[list[str] | None, typer.Option(help="a person's pseudonym")] = None,
    source: Annotated[list[str] | None, typer.Option(help="a source of the recipe")] = None,
    matches: Annotated[list[str] | None, typer.Option(metavar="REGEX", help="on prompt and completion")] = None,
    repo: Repo = None,
    out_: Home = None,
    date: Date = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make the next PATCH version without these rows and all that was made from them, and keep them out for good.

    The store notes them as withdrawn, so that no later build brings them back.
    """
    rules: list[tuple[Any, str]] = [
        *(("id", value) for value in ids or ()), *(("annotator", value) for value in annotator or ()),
        *(("source", value) for value in source or ()), *(("matches", value) for value in matches or ()),
    ]  # fmt: skip
    if not rules:
        raise UserError("nothing to remove: give ids, --annotator, --source or --matches")
    remote, place = _remote(repo), Store.of(store).path
    before = load("hub_release.previous:previous")(out_ or place / "releases", remote)
    if before is None:
        raise UserError(f"no release in {out_ or place / 'releases'}; name the repository with --repo")
    with telling(quiet=quiet) as tell:
        take_out = load("hub_release.removal:remove")
        done = take_out(before, rules, reason=reason, date=date or _today(), remote=remote, tell=tell)
    lasting: list[tuple[Kind, str]] = [(kind, value) for kind, value in rules if kind != "matches"]
    withdraw(Store.of(store), [*lasting, *(("id", id_) for id_ in done.ids)], reason=reason)
    if as_json:
        print_json(done.model_dump(mode="json"))
    else:
        _print_removed(done)


def add_to(app: typer.Typer) -> None:
    """Give `aya release` these verbs."""
    app.command(epilog="Example: aya release prepare build/quickstart --version 1.0.0")(resumable(prepare))
    app.command(epilog="Example: aya release plan build/quickstart --repo org/questions")(plan)
    app.command(epilog="Example: aya release diff org/questions@v1.0.0 build/quickstart/releases/1.1.0")(diff)
    app.command(epilog="Example: aya release remove build/quickstart 0f3a5c... --reason request")(remove)


# -- what these verbs share ------------------------------------------------------------------------


def _prepared(
    store: Path,
    version: str | None,
    home: Path | None,
    previous: Path | None,
    repo: str | None,
    date: str | None,
    waive: list[str] | None,
    demographics: Path | None,
    *,
    quiet: bool,
) -> Any:
    opened = open_version(store)
    where = home or Store.of(store).path / "releases"
    before = previous or load("hub_release.previous:previous")(where, _remote(repo))
    facts = load("hub_release.facts:read_facts")(opened.path)
    said = dict(_waived(item) for item in waive or ())
    facts = facts.model_copy(update={"waive": {**facts.waive, **said}, "repo": repo or facts.repo})
    request = load("hub_release.draft:Request")(version, date or _today(), facts, demographics)
    with telling(quiet=quiet) as tell:
        prepare = load("hub_release.prepare:prepare")
        return prepare(opened.path, where, request, previous=before, tell=tell)


def folder_of(release: Path, repo: str, *, quiet: bool) -> Path:
    """Return the folder of a prepared release, or that of a store's newest version, prepared now if it is not yet."""
    if (release / "meta" / "manifest.json").is_file():
        return release
    made = _made_before(release, None)
    return made or Path(_prepared(release, None, None, None, repo, None, None, None, quiet=quiet).path)


def _made_before(store: Path, home: Path | None) -> Path | None:
    """Return the newest release if it is one of the store's newest version."""
    newest: Path | None = load("hub_release.release:newest")(home or Store.of(store).path / "releases")
    if newest is None:
        return None
    made_of = load("hub_release.release:Release")(newest).manifest["source_version"]
    return newest if made_of == open_version(store).name else None


def _waived(item: str) -> tuple[str, str]:
    name, _, why = item.partition("=")
    known = load("hub_release.checks:CHECKS")
    if name not in known:
        raise UserError(unknown("check", name, known))
    if not why.strip():
        raise UserError(f"--waive {name} needs a reason: --waive '{name}=because ...'")
    return name, why.strip()


def _remote(repo: str | None) -> Any:
    return None if repo is None else load("hub_release.remote:Remote")(repo)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


# -- in words --------------------------------------------------------------------------------------


def _print_plan(found: Any) -> None:
    against = f"; against {found.against}, {found.files_to_delete:,} to delete" if found.against else ""
    lines = [
        f"v{found.version}: {found.rows:,} rows, {found.configs:,} configurations, {found.files:,} files,"
        f" {found.bytes:,} bytes",
        f"  to send: {found.files_to_send:,} files, {found.bytes_to_send:,} bytes{against}",
    ]
    for name in ("language", "source", "license", "origin"):
        counts = getattr(found, f"by_{name}")
        most = ", ".join(f"{value or 'none'} {num:,}" for value, num in list(counts.items())[:8])
        lines.append(f"  {name}: {most}{f' and {len(counts) - 8} more' if len(counts) > 8 else ''}")
    for line in lines:
        out.print(line, markup=False)
    if found.difference is not None:
        _print_difference(found.difference, found.bump)
    for of in found.checks:
        state = "ok" if not of.faults else "waived" if of.passed else "FAILS"
        out.print(f"  {state:<7}{of.name}{f': {of.waived}' if of.waived and of.faults else ''}", markup=False)
        for fault in of.faults:
            out.print(f"         {fault}", markup=False)


def _print_difference(found: Any, following: Any) -> None:
    out.print(
        f"v{found.old} to v{found.new}: {found.num_added:,} rows added, {found.num_removed:,} removed,"
        f" {found.num_changed:,} changed; {following.size}: {'; '.join(following.reasons)}",
        markup=False,
    )
    for group in sorted({*found.added, *found.removed, *found.changed}):
        counts = [kind.get(group, 0) for kind in (found.added, found.removed, found.changed)]
        out.print(f"  {group}: +{counts[0]:,} -{counts[1]:,} ~{counts[2]:,}", markup=False)


def _print_removed(done: Any) -> None:
    out.print(f"v{done.version}: {done.num_rows:,} rows are out\n  in    {done.folder}", markup=False)
    for group, num in done.by_language_and_source.items():
        out.print(f"  {group}: {num:,}", markup=False)
    out.print("history that still holds rows:", markup=False)
    for where, files in done.held_by.items():
        out.print(f"  {where}: {', '.join(files[:3]) or 'in other files'}", markup=False)
    out.print(done.purge, markup=False)
