"""`aya annotate`: the group of an annotation campaign, with the verbs of its server."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from aya.stage import load
from aya.terminal import AsJson, out, print_json, talk

SERVE, ENVIRONMENT = "annotation.serve", "annotation.environment"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

annotate = typer.Typer(help="Run an annotation campaign in Argilla.", no_args_is_help=True, rich_markup_mode=None)
Folder = Annotated[Path, typer.Argument(help="the server's folder: database, secrets, settings, log")]
Environment = Annotated[
    Path | None,
    typer.Option(envvar="AYA_ARGILLA", help="folder of Argilla's own packages [default: below ~/.cache/aya]"),
]


@annotate.command(epilog="Example: aya annotate serve campaign --port 6900")
def serve(
    folder: Folder,
    host: Annotated[str | None, typer.Option(help="address to listen at [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one [default: 6900]")] = None,
    database: Annotated[
        str | None,
        typer.Option(envvar="AYA_ANNOTATE_DATABASE", metavar="URL", help="postgresql://...; else SQLite"),
    ] = None,
    redis: Annotated[
        str | None, typer.Option(envvar="AYA_ANNOTATE_REDIS", metavar="URL", help="of jobs; else in memory")
    ] = None,
    search: Annotated[str | None, typer.Option(help="embedded, elasticsearch or opensearch")] = None,
    search_url: Annotated[
        str | None, typer.Option(envvar="AYA_ANNOTATE_SEARCH_URL", metavar="URL", help="of that search engine")
    ] = None,
    background: Annotated[bool, typer.Option("--background", help="return when it answers")] = False,
    environment: Environment = None,
    python: Annotated[str | None, typer.Option(help="the Python to make Argilla's environment with")] = None,
) -> None:
    """Start the real Argilla, with everything that it needs, and serve until Ctrl-C.

    The first time, its packages are installed into an environment of their own, and an owner is made with a password
    that nobody else knows. Settings are kept in the folder; a flag changes them for good.
    """
    changes = {
        "host": host, "port": port, "database": database, "redis": redis, "search": search, "search_url": search_url,
    }  # fmt: skip
    settings = load(f"{SERVE}:settings")(folder, **changes)
    where = environment or load(f"{ENVIRONMENT}:place")(CACHE)
    if settings.host not in load(f"{SERVE}:LOOPBACK"):
        talk.print(
            f"warning: {settings.host} lets other machines in, without encryption; put a proxy with TLS in front",
            style="yellow", markup=False,
        )  # fmt: skip
    running = load(f"{SERVE}:start")(folder, settings, where, _tell, tied=not background, python=python)
    asked = _asked_to_end()  # before anybody knows that there is something to end
    out.print(f"{running.url}\nsign in as owner; the password is in {folder / 'owner.json'}", markup=False)
    if not background:
        _wait(running, asked)


@annotate.command(epilog="Example: aya annotate server campaign --json")
def server(folder: Folder, as_json: AsJson = False) -> None:
    """Say whether a server runs, and where."""
    state = load(f"{SERVE}:status")(folder)
    if as_json:
        print_json(state.model_dump(exclude={"said"}) if state else {"state": "stopped"})
        return
    out.print(f"{state.state} at {state.url}, process {state.pid}" if state else "stopped", markup=False)


@annotate.command(epilog="Example: aya annotate stop campaign")
def stop(folder: Folder) -> None:
    """Stop a server in order."""
    out.print("stopped" if load(f"{SERVE}:stop")(folder) else "it did not run", markup=False)


def _tell(state: str) -> None:
    talk.print(state, markup=False)


def _asked_to_end() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    return asked


def _wait(running: Any, asked: threading.Event) -> None:
    """Wait until the server ends, or is asked to."""
    while running.process.poll() is None and not asked.wait(0.5):
        pass
    if asked.is_set():
        talk.print("stopping", markup=False)
    sys.exit(1 if running.stop() else 0)
