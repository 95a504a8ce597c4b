"""The process of the server: `python -m annotation.engine FOLDER --host --port`, run by `aya annotate serve`.

Settings come as environment variables of Argilla; `server.json` in the folder says how far it is.
"""

import argparse
import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ALREADY_RUNNING = 4


def main() -> None:
    """Serve a folder until a signal comes."""
    parser = argparse.ArgumentParser(prog="annotation.engine")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tied", action="store_true", help="stop when standard input ends")
    given = parser.parse_args()
    folder: Path = given.folder
    os.umask(0o077)  # the database holds keys
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(ALREADY_RUNNING)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        _own_temporary_files(folder / "tmp")
        if given.tied:
            threading.Thread(target=_end_with_input, daemon=True).start()
        try:
            _run(folder, given.host, given.port)
        finally:
            shutil.rmtree(folder / "tmp", ignore_errors=True)
            (folder / "server.json").unlink(missing_ok=True)  # last: who waits for the end looks at it


def _own_temporary_files(folder: Path) -> None:
    """Argilla copies its pages to a temporary folder at each start and leaves them there: 14 MB."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _run(folder: Path, host: str, port: int) -> None:
    said: list[str] = []

    def tell(state: str, **more: Any) -> None:
        said.append(state)
        told = folder / "server.json.tmp"
        told.write_text(json.dumps({"pid": os.getpid(), "state": state, "said": said, **more}), "utf-8")
        told.rename(folder / "server.json")

    tell("starting Argilla")
    secrets = json.loads((folder / "owner.json").read_text("utf-8"))
    os.environ["ARGILLA_AUTH_SECRET_KEY"] = secrets["token_key"]
    listening = _listen(host, port)
    from annotation.engine.jobs import give_jobs_connections, redis_in_memory, start_worker

    with nullcontext() if "ARGILLA_REDIS_URL" in os.environ else redis_in_memory():
        import argilla_server
    from annotation.engine.changes import add_changes
    from annotation.engine.direction import direct
    from annotation.engine.guard import guarded, pages_of, policy

    _migrate()
    pages = Path(next(route.app.directory for route in argilla_server.app.routes if route.name == "static"))
    direct(pages)
    add_changes(argilla_server.app)
    application = guarded(argilla_server.app, policy(pages_of(pages)))
    if "ARGILLA_DATABASE_URL" in os.environ:
        give_jobs_connections()
    start_worker()
    asyncio.run(_serve(application, listening, folder / "owner.json", tell))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def _migrate() -> None:
    """Bring the database to the newest schema."""
    from alembic import command
    from alembic.config import Config
    from argilla_server.database import ALEMBIC_CONFIG_FILE
    from argilla_server.settings import settings

    if settings.database_is_sqlite:  # readers do not wait for the writer then; the file remembers it
        connection = sqlite3.connect(Path(settings.home_path) / "argilla.db")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    config = Config(ALEMBIC_CONFIG_FILE)
    config.get_main_option("script_location")  # is read here, since without a file name
    config.config_file_name = None  # Alembic does not set up logging of its own
    command.upgrade(config, "head")


async def _serve(application: Any, listening: socket.socket, secrets: Path, tell: Callable[..., None]) -> None:
    import uvicorn
    from argilla_server.database import AsyncSessionLocal

    from annotation.engine.accounts import make_owner, refuse_published
    from annotation.engine.check import check
    from annotation.engine.reach import reach

    await reach(tell)
    async with AsyncSessionLocal() as session:
        await make_owner(session, secrets)
        await refuse_published(session)
        await check(session, tell)
    options: dict[str, Any] = {"access_log": False, "log_level": "warning", "timeout_graceful_shutdown": 5}
    server = uvicorn.Server(uvicorn.Config(application, **options))
    host, port = listening.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host

    async def say_when_ready() -> None:
        while not server.started:
            await asyncio.sleep(0.05)
        tell("ready", url=f"http://{name}:{port}")

    ready = asyncio.create_task(say_when_ready())
    await server.serve(sockets=[listening])
    ready.cancel()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
