"""`aya release`: versioned releases on the Hugging Face Hub."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from aya.cli_release_content import add_to, folder_of
from aya.errors import UserError, needs
from aya.progress import Quiet, telling
from aya.stage import Tell
from aya.stage import load as plug_in
from aya.terminal import AsJson, counted, out, print_json, resumable, talk

app = typer.Typer(
    name="release",
    help="Make, push, check, compare and load versioned releases on the Hugging Face Hub.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
add_to(app)

Repo = Annotated[str, typer.Option("--repo", metavar="ORG/NAME", help="dataset repository on the Hub")]
Where = Annotated[str, typer.Argument(metavar="REPO@TAG", help="ada/questions@v1.0.0", show_default=False)]


@app.command(epilog="Example: aya release push build/quickstart --repo org/questions")
@resumable
def push(
    release: Annotated[
        Path, typer.Argument(metavar="STORE|RELEASE", help="the store, or a prepared release", show_default=False)
    ],
    repo: Repo,
    onto: Annotated[
        str | None, typer.Option(metavar="COMMIT", help="of main, to replace what is not a release")
    ] = None,
    through: Annotated[
        str, typer.Option(help="auto, commit or pull-request; auto takes one commit for up to 100 files and 1 GiB")
    ] = "auto",
    check: Annotated[
        str, typer.Option(help="full fetches all back and loads every configuration; sums compares checksums alone")
    ] = "full",
    public: Annotated[
        bool, typer.Option("--public", help="if the repository has to be made; else it is private")
    ] = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="send without the checks of `aya release plan`")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Push a release, check it there, show it on main in one step, and tag it.

    A store is prepared first, unless its newest release is of its newest version. A release that fails a check of
    `aya release plan` is not sent.

    The same command goes on where a killed one stopped. The token is the one of `hf auth login`, or HF_TOKEN.
    """
    ways: dict[str, Literal["auto", "commit", "pull-request"]] = {
        "auto": "auto", "commit": "commit", "pull-request": "pull-request",
    }  # fmt: skip
    if through not in ways or check not in ("full", "sums"):
        raise typer.BadParameter("--through is auto, commit or pull-request; --check is full or sums")
    _own_bars_alone()
    folder = folder_of(release, repo, quiet=quiet)
    if not unchecked:
        failed = [check.name for check in plug_in("hub_release.checks:check")(folder) if not check.passed]
        if failed:
            raise UserError(f"checks fail: {', '.join(failed)}; see: aya release plan {folder}")
    with telling(quiet=quiet) as tell:
        done = plug_in("hub_release.push:push")(
            folder, repo, onto=onto, through=ways[through], check=check, public=public, tell=_saying(tell, quiet=quiet)
        )
    if as_json:
        print_json({name: getattr(done, name) for name in ("repo", "tag", "commit", "pull", "new")})
        return
    was = "is on the Hub" if done.new else "was there already"
    out.print(f"{done.repo}@{done.tag} {was} ({done.commit})", markup=False)
    out.print(f"  check  aya release verify {done.repo}@{done.tag}", markup=False)


def _own_bars_alone() -> None:
    """Switch the bars of the Hub's client off.

    Raises: MissingExtra without the extra `hub`.
    """
    with needs("hub"):
        plug_in("huggingface_hub.utils:disable_progress_bars")()


def _saying(tell: Tell, *, quiet: bool) -> Callable[[Any], None]:
    """Return what says how a push goes: a line for each step, and how many bytes of all are safe."""

    def say(event: Any) -> None:
        if not isinstance(event, str):
            tell("bytes sent", event.bytes, event.of_bytes)
        elif not quiet:
            talk.print(event, markup=False)

    return say


def _split(where: str) -> tuple[str, str]:
    repo, _, tag = where.partition("@")
    if repo.count("/") != 1 or not tag:
        raise UserError(f"'{where}' names no release; write it as ORG/NAME@v1.0.0")
    return repo, tag


@app.command(epilog="Example: aya release verify org/questions@v1.0.0")
def verify(
    release: Annotated[
        str, typer.Argument(metavar="REPO@TAG|FOLDER", help="a release on the Hub, or on disk", show_default=False)
    ],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Check a release: checksums, counts, one schema, and that every configuration loads with an empty cache.

    Exit code 1 says that something is wrong.
    """
    _own_bars_alone()
    if not quiet:
        talk.print("reading all files, and loading every configuration with an empty cache", markup=False)
    if Path(release).is_dir():
        faults: list[str] = plug_in("hub_release.verify:verify_folder")(Path(release))[1]
    else:
        repo, tag = _split(release)
        remote = plug_in("hub_release.remote:Remote")(repo)
        sha = plug_in("hub_release.load:commit_of")(remote, tag)
        faults = plug_in("hub_release.verify:verify_remote")(remote, sha)
    if as_json:
        print_json({"release": release, "good": not faults, "faults": faults})
    else:
        for fault in faults:
            talk.print(f"error: {fault}", markup=False)
        if not faults:
            out.print(f"{escape(release)}: good", markup=False)
    if faults:
        raise typer.Exit(1)


@app.command(epilog="Example: aya release load org/questions@v1.0.0 --config yor_Latn --out questions")
@resumable
def load(
    release: Where,
    out_: Annotated[Path, typer.Option("--out", help="folder for the files")],
    config: Annotated[str | None, typer.Option(help="yor_Latn, source_NAME, ... [default: all files]")] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fetch a release, or one configuration of it, to a folder; that version and no other, checked."""
    repo, tag = _split(release)
    _own_bars_alone()
    remote = plug_in("hub_release.remote:Remote")(repo)
    with telling(quiet=quiet) as tell:
        paths: list[str] = plug_in("hub_release.load:fetch")(remote, tag, out_, config, tell)
    if as_json:
        print_json({"release": release, "folder": str(out_), "files": paths})
    else:
        out.print(f"{counted(len(paths), 'file')} in {out_}", markup=False)
