"""Fill Argilla from the book: workspaces, their members, data sets, the next wave of items; take void ones away.

Every step may be done again: what is there is found by its name or external id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from annotation import screens
from annotation.desk import Desk
from annotation.harm import full, tired
from annotation.places import Place, is_of, members, place_of, places
from annotation.standing import Row, Standing, next_wave, standing
from aya.stage import Tell, silent


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What was done."""

    sent: int
    taken_back: int
    datasets: int


@dataclass(kw_only=True)
class Surface:
    """What is in Argilla of a campaign: ids by name, asked once."""

    desk: Desk
    workspaces: dict[str, str]
    datasets: dict[tuple[str, str], dict[str, Any]]
    questions: dict[str, dict[str, str]] = field(default_factory=dict)

    def workspace(self, name: str) -> str:
        """Return the id of a workspace, made when it is not there."""
        if name not in self.workspaces:
            self.workspaces[name] = self.desk.argilla.post("workspaces", {"name": name})["id"]
        return self.workspaces[name]

    def dataset(self, place: Place) -> str:
        """Return the id of the published data set of a place, made when it is not there."""
        workspace = self.workspace(place.workspace(self.desk.campaign.name))
        found = self.datasets.get((workspace, place.task))
        if found is None or found["status"] != "ready":
            if found is not None:  # left half-made by a run that was killed; nobody could see it
                self.desk.argilla.delete(f"datasets/{found['id']}")
            found = self._make(place, workspace)
            self.datasets[workspace, place.task] = found
        return str(found["id"])

    def _make(self, place: Place, workspace: str) -> dict[str, Any]:
        argilla = self.desk.argilla
        overlap = self.desk.campaign.tasks.overlap(place.task)
        made = screens.dataset(place.task, language=place.language, overlap=overlap)
        fields, questions = made.pop("fields"), made.pop("questions")
        about = made | {"name": place.task, "workspace_id": workspace, "allow_extra_metadata": False}
        id_ = argilla.post("datasets", about)["id"]
        for field_ in fields:
            argilla.post(f"datasets/{id_}/fields", field_)
        for question in questions:
            argilla.post(f"datasets/{id_}/questions", question)
        published: dict[str, Any] = argilla.put(f"datasets/{id_}/publish")
        return published

    def questions_of(self, dataset: str) -> dict[str, str]:
        """Return the ids of the questions of a data set by name."""
        if dataset not in self.questions:
            asked = self.desk.argilla.get(f"datasets/{dataset}/questions")["items"]
            self.questions[dataset] = {question["name"]: question["id"] for question in asked}
        return self.questions[dataset]


def surface(desk: Desk) -> Surface:
    """Return what Argilla has of the campaign."""
    workspaces = {row["name"]: row["id"] for row in desk.argilla.get("me/workspaces")["items"]}
    own = {id_ for name, id_ in workspaces.items() if is_of(desk.campaign.name, name)}
    datasets = {
        (row["workspace_id"], row["name"]): row
        for row in desk.argilla.get("me/datasets")["items"]
        if row["workspace_id"] in own
    }
    return Surface(desk=desk, workspaces=workspaces, datasets=datasets)


def deliver(desk: Desk, *, now: datetime | None = None, tell: Tell = silent) -> Delivered:
    """Bring Argilla to what the book says, and the book to what Argilla then holds.

    Low-resource languages come first, so that they do not wait when a run is cut short.
    """
    now = now or datetime.now(UTC)
    at = standing(desk.book)
    groups = {account["annotator"]: account["review_group"] for account in desk.book.accounts()}
    by_place: dict[Place, list[Row]] = {}
    for item in at.items.values():
        by_place.setdefault(place_of(item, groups), []).append(item)
    there, num, gone = surface(desk), 0, 0
    sent = _still_there(desk, there)
    _forget(desk, at, tell)
    order = sorted(by_place, key=lambda place: (-max(item["priority"] for item in by_place[place]), str(place)))
    for number, place in enumerate(order, start=1):
        wave = next_wave(desk.campaign, at, by_place[place], sent=sent, today=now.date())
        num += _send(desk, there, place, wave)
        gone += _take_back(desk, there, place, by_place[place], at, sent)
        tell("data sets filled", number, len(order))
    _let_in(desk, there, places(desk.campaign, by_place), at, now, tell)
    return Delivered(sent=num, taken_back=gone, datasets=len(by_place))


def _still_there(desk: Desk, there: Surface) -> dict[str, str]:
    """Return what was released; of data sets that Argilla lost the book forgets it, so that it is released again."""
    ready = {row["id"] for row in there.datasets.values()}
    sent = desk.book.sent()
    desk.book.drop_sent([item for item, dataset in sent.items() if dataset not in ready])
    return {item: dataset for item, dataset in sent.items() if dataset in ready}


def _send(desk: Desk, there: Surface, place: Place, wave: list[Row]) -> int:
    if not wave:
        return 0
    dataset = there.dataset(place)
    questions = there.questions_of(dataset)
    made = desk.argilla.upsert(dataset, [screens.record(item, questions=questions) for item in wave])
    desk.book.put_sent({"item": record["external_id"], "record": record["id"], "dataset": dataset} for record in made)
    return len(made)


def _take_back(desk: Desk, there: Surface, place: Place, rows: list[Row], at: Standing, sent: Mapping[str, str]) -> int:
    """Delete what shows a text that was changed or taken back, once all answers to it are in the book."""
    void = {row["id"] for row in rows if row["id"] in sent and at.void(row)}
    gone: dict[str, str] = {}
    for item, record in desk.book.records(void).items():
        found = desk.argilla.find(f"records/{record}")
        if found is None or all(response["id"] in at.responses for response in found["responses"]):
            gone[item] = record
    if gone:
        desk.argilla.remove(there.dataset(place), [*gone.values()])
        desk.book.drop_sent(gone)
    return len(gone)


def _forget(desk: Desk, at: Standing, tell: Tell) -> None:
    """Delete the answers of who withdrew from Argilla, so that others are asked in their place."""
    for annotator in sorted(at.withdrawn):
        own = [row["id"] for row in at.responses.values() if row["annotator"] == annotator]
        name, done = f"forgotten {annotator}", str(len(own))
        if desk.book.note(name) != done:
            for number, response in enumerate(own, start=1):
                desk.argilla.drop(f"responses/{response}")
                tell("answers taken back", number, len(own))
            desk.book.put_note(name, done)


def _let_in(desk: Desk, there: Surface, wanted: list[Place], at: Standing, now: datetime, tell: Tell) -> None:
    """Let into every workspace those who may see it, and nobody else."""
    harmful = frozenset(id_ for id_, item in at.items.items() if item["harmful"])
    weary = tired(at.responses.values(), harmful, hours=desk.campaign.harmful.hours, now=now)
    enough = full(at.responses.values(), daily=desk.campaign.daily, now=now)
    accounts = desk.book.accounts()
    people = {row["annotator"]: row for row in desk.book.people().to_pylist()}
    users = {user["id"] for user in desk.argilla.get("users")["items"]}
    names = {place.workspace(desk.campaign.name): place for place in wanted}
    for number, (name, place) in enumerate(names.items(), start=1):
        workspace = there.workspace(name)
        right = members(place, accounts, people, tired=weary, full=enough) & users
        there_now = desk.argilla.get(f"workspaces/{workspace}/users")["items"]
        inside = {user["id"] for user in there_now if user["role"] == "annotator"}
        for user in sorted(right - inside):
            desk.argilla.post(f"workspaces/{workspace}/users", {"user_id": user})
        for user in sorted(inside - right):
            desk.argilla.delete(f"workspaces/{workspace}/users/{user}")
        tell("workspaces opened", number, len(names))
