"""Start the real Argilla in its own environment, and find, stop and ask a server that runs.

A server's folder holds all of it: settings, secrets, database, index, log. One server at a time uses it.
"""

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotation.environment import install_plug_in, prepare
from annotation.private import replace_private
from aya.errors import UserError

Tell = Callable[[str], None]
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ALREADY_RUNNING = 4  # the exit code of `annotation.engine`


class Server(BaseModel):
    """The settings of a server; they are kept in its folder and hold until they are changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="address to listen at")
    port: int = Field(default=6900, ge=0, le=65535, description="0 takes any that is free")
    database: str | None = Field(default=None, description="URL of PostgreSQL; SQLite in the folder without")
    redis: str | None = Field(default=None, description="URL of Redis for jobs; in memory without")
    search: Literal["embedded", "elasticsearch", "opensearch"] = Field(default="embedded", description="search engine")
    search_url: str | None = Field(default=None, description="URL of Elasticsearch or OpenSearch")

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the environment variables of Argilla that these settings are."""
        variables = {
            "ARGILLA_HOME_PATH": str(folder),
            "ARGILLA_SEARCH_ENGINE": self.search,
            "ARGILLA_DATABASE_SQLITE_TIMEOUT": "30",
            "ARGILLA_DOCS_ENABLED": "0",  # its page of the API loads scripts from elsewhere
            "ARGILLA_CORS_ORIGINS": "[]",  # no other page may use a signed-in browser
            "ARGILLA_SHOW_HUGGINGFACE_SPACE_PERSISTENT_STORAGE_WARNING": "0",
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",  # Argilla's telemetry goes by this one too
        }
        chosen = {
            "ARGILLA_DATABASE_URL": self.database,
            "ARGILLA_REDIS_URL": self.redis,
            "ARGILLA_ELASTICSEARCH": self.search_url,
        }
        return variables | {name: value for name, value in chosen.items() if value}


class Owner(BaseModel):
    """The account that may do everything, and the key that signs the tokens of all who sign in."""

    model_config = ConfigDict(frozen=True)

    username: str = "owner"
    password: str = Field(default_factory=lambda: secrets.token_urlsafe(18))
    api_key: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    token_key: str = Field(default_factory=lambda: secrets.token_urlsafe(48))


class State(BaseModel):
    """What a running server says of itself."""

    pid: int
    state: str
    said: tuple[str, ...] = ()
    """All states since the start: whoever looks now and then misses none."""
    url: str | None = None


class Running:
    """A server that this process started."""

    def __init__(self, process: "subprocess.Popen[bytes]", state: State) -> None:
        self.process, self.state = process, state

    @property
    def url(self) -> str:
        """Return the address."""
        return self.state.url or ""

    def stop(self) -> int:
        """Ask the server to stop, and wait until it has; return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(30)
        if self.process.stdin:
            self.process.stdin.close()
        return code


def owner(folder: Path) -> Owner:
    """Return the owner of a server, made with new secrets the first time; only the user may read the file."""
    path = folder / "owner.json"
    if not path.exists():
        replace_private(path, Owner().model_dump_json(indent=1))
    return Owner.model_validate_json(path.read_bytes())


def settings(folder: Path, **changes: str | int | None) -> Server:
    """Return the settings of a folder with changes, and keep them there. `None` leaves a setting as it is.

    Raises:
        UserError: a setting is wrong, or a search engine is named without its address.

    """
    path = folder / "settings.json"
    kept = json.loads(path.read_bytes()) if path.exists() else {}
    try:
        found = Server(**kept | {name: value for name, value in changes.items() if value is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        raise UserError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    if found.search != "embedded" and not found.search_url:
        raise UserError(f"{found.search} needs its address: --search-url")
    replace_private(path, found.model_dump_json(indent=1, exclude_defaults=True))
    return found


def start(
    folder: Path, server: Server, environment: Path, tell: Tell, *, tied: bool = True, python: str | None = None
) -> Running:
    """Start the server of a folder and return when it answers.

    A tied server stops with this process, even if this is killed.

    Raises:
        UserError: it runs already, or does not start; the text has the last lines of its log.

    """
    folder = folder.absolute()
    if state := status(folder):
        raise UserError(f"{folder} is served already at {state.url} (process {state.pid}); `aya annotate stop` ends it")
    executable = prepare(environment, tell, *([python] if python else []))
    owner(folder)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ARGILLA_", "PYTHON"))}
    variables |= server.environment(folder) | {"PYTHONPATH": str(install_plug_in(environment))}
    command = [
        str(executable),
        "-m",
        "annotation.engine",
        str(folder),
        "--host",
        server.host,
        "--port",
        str(server.port),
    ]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *(["--tied"] if tied else [])],
            stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
            stdout=log, stderr=log, env=variables, cwd=folder, start_new_session=True,
        )  # fmt: skip
    return _await(folder, process, tell)


def status(folder: Path) -> State | None:
    """Return what the server of a folder says of itself; nothing if it does not run."""
    try:
        state = State.model_validate_json((folder / "server.json").read_bytes())
        os.kill(state.pid, 0)
    except (FileNotFoundError, ProcessLookupError, PermissionError, ValidationError):
        return None
    return state


def stop(folder: Path) -> bool:
    """Stop the server of a folder and wait until it has; return whether it ran."""
    state = status(folder)
    if state is None:
        return False
    os.kill(state.pid, signal.SIGTERM)
    for _ in range(300):
        if status(folder) is None:
            return True
        time.sleep(0.1)
    raise UserError(f"process {state.pid} does not stop; see {folder / 'server.log'}")


def _await(folder: Path, process: "subprocess.Popen[bytes]", tell: Tell) -> Running:
    told = 0
    while (code := process.poll()) is None:
        state = status(folder)
        if state is not None and state.pid == process.pid:
            for said in state.said[told : -1 if state.url else None]:  # the last is that it is ready
                tell(said)
            told = len(state.said)
            if state.url:
                return Running(process, state)
        time.sleep(0.1)
    if process.stdin:
        process.stdin.close()
    if code == ALREADY_RUNNING:
        raise UserError(f"{folder} is in use by another server")
    log = (folder / "server.log").read_text("utf-8", errors="replace").splitlines()
    last = [line for line in log if line.strip()][-4:]
    raise UserError(f"the server did not start (exit code {code}):\n" + "\n".join(last))
