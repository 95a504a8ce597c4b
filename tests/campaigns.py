"""A campaign in a folder of the test run, over a real server, and people who answer by its interface."""

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from annotation.book import Book
from annotation.campaign import read_campaign
from annotation.deliver import deliver
from annotation.desk import at_desk
from annotation.items import slots
from annotation.people import read_signups, sign_up
from annotation.pull import Pulled, pull
from tests.argilla import Argilla

TASKS = {"original": {"slots": 3}, "reannotation": {}, "feedback": {}, "postedit": {}}


class Fair:
    """A campaign and its people, on a server that other campaigns use too."""

    def __init__(self, folder: Path, argilla: Argilla, **settings: Any) -> None:
        name = re.sub("[^a-z0-9]+", "-", folder.name.lower()).strip("-")[:40]
        about = {"name": name, "languages": ["ara", "yor"], "license": "CC-BY-4.0", "citation": "everybody"}
        server = {"url": argilla.url, "key_file": str(argilla.folder / "owner.json")}
        folder.mkdir(exist_ok=True)
        self.folder, self.argilla, self.path = folder, argilla, folder / "campaign.yaml"
        self.tokens: dict[str, str] = {}
        made = about | {"server": server, "tasks": TASKS} | settings
        self.path.write_text(yaml.safe_dump(made, allow_unicode=True), encoding="utf-8")

    def desk(self) -> Any:
        """Return the desk of the campaign, to be entered."""
        return at_desk(read_campaign(self.path), self.path)

    def book(self) -> Book:
        """Return the book."""
        return Book(self.folder / "book.sqlite")

    def sign_up(self, *rows: str, header: str = "username,languages") -> int:
        """Bring people in, a line of CSV each; their names end in the campaign's, for the server is shared."""
        path = self.folder / "signups.csv"
        path.write_text("\n".join([header, *(self.name(row) for row in rows)]), encoding="utf-8")
        with self.desk() as desk:
            new = sign_up(desk, read_signups(path, wanted=desk.campaign.languages))
            deliver(desk)
        return new

    def name(self, row: str) -> str:
        """Return a line with its first field, a name, made unique on the server."""
        first, comma, rest = row.partition(",")
        return f"{first}-{self.folder.name}{comma}{rest}"

    def push(self, *items: Mapping[str, Any]) -> int:
        """Put slots and items into the book and hand out a wave; return how many records were sent."""
        with self.desk() as desk:
            desk.book.put_items([*slots(desk.campaign), *items])
            return deliver(desk).sent

    def pull(self) -> Pulled:
        """Read the answers, and hand out the next wave."""
        with self.desk() as desk:
            read = pull(desk)
            deliver(desk)
        return read

    def die_while_pulling(self, *moments: float) -> None:
        """Run `aya annotate pull` and kill it, after each of so many seconds."""
        command = [str(Path(sys.executable).with_name("aya")), "annotate", "pull", str(self.path)]
        for seconds in moments:
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
                time.sleep(seconds)
                running.kill()

    def password(self, name: str) -> str:
        """Return the first password of a person."""
        with (self.folder / "passwords.csv").open(encoding="utf-8") as file:
            return dict(csv.reader(file))[self.name(name)]

    def token(self, name: str) -> str:
        """Sign in."""
        if name not in self.tokens:
            self.tokens[name] = self.argilla.sign_in(self.name(name), self.password(name))
        return self.tokens[name]

    def datasets(self, name: str) -> dict[tuple[str, str], str]:
        """Return the ids of the data sets that a person sees, by workspace (without the campaign's name) and task."""
        token = self.token(name)
        workspaces = {row["id"]: row["name"] for row in self.argilla.call("GET", "me/workspaces", token=token)["items"]}
        rows = self.argilla.call("GET", "me/datasets", token=token)["items"]
        start = len(read_campaign(self.path).name) + 1
        return {(workspaces[row["workspace_id"]][start:], row["name"]): row["id"] for row in rows}

    def queue(self, name: str, dataset: str) -> list[dict[str, Any]]:
        """Return the records that wait for a person, as the web page asks for them."""
        scope = {"entity": "response", "property": "status"}
        status = {"type": "terms", "scope": scope, "values": ["pending"]}
        record = {"type": "terms", "scope": {"entity": "record", "property": "status"}, "values": ["pending"]}
        path = f"me/datasets/{dataset}/records/search?include=suggestions&limit=1000"
        found = self.argilla.call(
            "POST", path, {"filters": {"type": "and", "and": [status, record]}}, token=self.token(name)
        )
        return [item["record"] for item in found["items"]]

    def answer(self, name: str, record: Mapping[str, Any], **values: Any) -> str:
        """Answer a record and return the id of the response."""
        said = {question: {"value": value} for question, value in values.items()}
        body = {"status": "submitted", "values": said}
        made = self.argilla.call("POST", f"records/{record['id']}/responses", body, token=self.token(name))
        return str(made["id"])


def rows_of(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def item(id_: str, **more: Any) -> dict[str, Any]:
    """Return an item of a re-annotation, as `push --from` makes it."""
    made = {
        "id": id_,
        "task": "reannotation",
        "language": "ara",
        "script": "Arab",
        "prompt": "ما عاصمة المغرب؟",
        "completion": "الرباط",
        "source": "rows",
        "dataset_name": "rows",
        "origin": "template",
        "license": "CC0-1.0",
        "record_id": f"record-{id_}",
        "priority": 0.0,
        "harmful": False,
    }
    return made | more


def values_of(book: Book) -> list[dict[str, Any]]:
    """Return the values of all responses."""
    return [json.loads(text) for text in book.responses()["values"].to_pylist()]
