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
    """A running server: `url`, the owner's `username`, `password`, `api_key`, `folder`; can be killed and restarted.

    `said` is what it says of itself while it starts.
    """

    def __init__(self, folder: Path, said: list[str] | None = None, **settings: Any) -> None:
        self.folder = folder
        self.settings = serve.settings(folder, port=0, **settings)
        self.said = [] if said is None else said
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
        self.running.stop()

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

    def person(self, username: str, workspace: str) -> tuple[str, str]:
        """Make an annotator of a workspace; return their id and token."""
        password = f"{username} keeps a secret"
        made = {"username": username, "first_name": username, "role": "annotator", "password": password}
        user = self.call("POST", "users", made)["id"]
        self.call("POST", f"workspaces/{workspace}/users", {"user_id": user})
        return user, self.sign_in(username, password.replace(" ", "%20"))

    def dataset(self, workspace: str, name: str, *, settings: dict[str, dict[str, Any]], overlap: int = 1) -> str:
        """Publish a dataset with text fields `prompt` and `completion`, and return its id.

        `settings` are of its questions and, for names that begin with `#`, of its metadata properties.
        """
        distribution = {"strategy": "overlap", "min_submitted": overlap}
        made = self.call("POST", "datasets", {"name": name, "workspace_id": workspace, "distribution": distribution})
        for field in ("prompt", "completion"):
            text = {"type": "text", "use_markdown": False}
            body = {"name": field, "title": field, "required": field == "prompt", "settings": text}
            self.call("POST", f"datasets/{made['id']}/fields", body)
        for title, of in settings.items():
            kind, required = (
                ("metadata-properties", {}) if title[0] == "#" else ("questions", {"required": title == "rating"})
            )
            body = {"name": title.strip("#"), "title": title, "settings": of, **required}
            self.call("POST", f"datasets/{made['id']}/{kind}", body)
        self.call("PUT", f"datasets/{made['id']}/publish")
        return str(made["id"])

    def add(self, dataset: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add records in batches and return them as the server has them."""
        batches = [records[start : start + 250] for start in range(0, len(records), 250)]
        added = [self.call("POST", f"datasets/{dataset}/records/bulk", {"items": batch}) for batch in batches]
        return [record for answer in added for record in answer["items"]]

    def find(self, dataset: str, token: str | None = None, **query: Any) -> tuple[list[str], int]:
        """Return the external ids that a query finds, in order, and their number; as the owner, or as an annotator."""
        limit, offset = query.pop("limit", 100), query.pop("offset", 0)
        path = f"{'me/' if token else ''}datasets/{dataset}/records/search?limit={limit}&offset={offset}"
        answer = self.call("POST", path, query, token=token)
        return [item["record"]["external_id"] for item in answer["items"]], answer["total"]
