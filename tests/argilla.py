"""A real Argilla for tests: aya's own server in a folder of the test run, on a free port of this machine."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from annotation import serve

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "argilla"
"""Made once by the code that users run; `make test` makes it beforehand."""


class Answered(Exception):
    """The server refused; `code` says how."""

    def __init__(self, code: int, body: str) -> None:
        super().__init__(f"{code}: {body}")
        self.code = code


class Argilla:
    """A running server: `url`, the owner's `username`, `password`, `api_key`, `folder`; can be killed and restarted."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.settings = serve.settings(folder, port=0, **settings)
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        """Start; a restart takes the same port."""
        self.running = serve.start(self.folder, self.settings, ENVIRONMENT, self.said.append)
        self.url = self.running.url
        self.settings = self.settings.model_copy(update={"port": int(self.url.rpartition(":")[2])})
        owner = serve.owner(self.folder)
        self.username, self.password, self.api_key = owner.username, owner.password, owner.api_key

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL)."""
        self.running.process.kill()
        self.running.process.wait()

    def stop(self) -> int:
        """Stop it in order; return its exit code."""
        return self.running.stop()

    def restart(self) -> None:
        """Start again after `kill` or `stop`."""
        if self.running.process.poll() is None:
            self.stop()
        self.start()

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        """Ask the API at `/api/v1/...` as the owner, or as who holds the token; return the answer's JSON."""
        who = {"Authorization": f"Bearer {token}"} if token else {"X-Argilla-Api-Key": self.api_key}
        data = None if body is None else json.dumps(body).encode()
        headers = {**who, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Answered(error.code, error.read().decode()) from None
        return json.loads(text) if text else None

    def sign_in(self, username: str, password: str) -> str:
        """Return the token of a user."""
        form = f"username={username}&password={password}".encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/token", form, timeout=60) as answer:
            token: str = json.load(answer)["access_token"]
        return token
