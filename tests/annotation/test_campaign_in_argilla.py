"""A campaign over a real Argilla, its people answering by the interface that the web page uses."""

import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from annotation.deliver import deliver
from annotation.people import who
from annotation.pull import BEGINNING, moment, pull
from annotation.source import CampaignSource
from annotation.webhook import listening
from aya.cli import app
from tests.argilla import Answered, Argilla
from tests.campaigns import Fair, item, rows_of, values_of
from tests.workshop import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("argilla")]

HOSTILE = "List<String> a <b and c> & &amp; <img src=x onerror=alert(1)> نص"


@pytest.fixture
def fair(tmp_path: Path, argilla: Argilla) -> Fair:
    """Return a campaign in Arabic and Yoruba with three people."""
    made = Fair(tmp_path, argilla)
    made.sign_up("amina,ara", "badr,ara yor", "chidi,yor ara")
    return made


def test_people_see_their_languages_and_nothing_else(fair: Fair) -> None:
    fair.push()
    assert {*fair.datasets("amina")} == {("ara", "original")}
    assert {*fair.datasets("badr")} == {("ara", "original"), ("yor", "original")}


def test_what_is_pulled_is_what_was_typed(fair: Fair) -> None:
    fair.push(item("1", completion=HOSTILE), item("2", completion="سطر\nسطران"))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    waiting = {record["external_id"]: record for record in fair.queue("amina", dataset)}
    assert "<" not in waiting["1"]["fields"]["completion"]
    assert {one["value"] for one in waiting["1"]["suggestions"]} == {"ما عاصمة المغرب؟", HOSTILE}
    fair.answer("amina", waiting["1"], approved="up", prompt="ما عاصمة المغرب؟", completion=f"{HOSTILE}\n")
    fair.answer("amina", waiting["2"], approved="down", prompt="ما هي؟", completion="سطر\nثلاثة\n")
    assert fair.pull().new == 2
    assert sorted(values_of(fair.book()), key=str) == sorted(
        [
            {"approved": "up", "prompt": "ما عاصمة المغرب؟", "completion": HOSTILE},
            {"approved": "down", "prompt": "ما هي؟", "completion": "سطر\nثلاثة"},
        ],
        key=str,
    )


def test_pushing_and_pulling_again_changes_nothing(fair: Fair) -> None:
    assert (fair.push(item("1")), fair.push(item("1"))) == (7, 0)
    dataset = fair.datasets("amina")["ara", "reannotation"]
    (record,) = fair.queue("amina", dataset)
    fair.answer("amina", record, approved="up", prompt="أ", completion="ب")
    assert (fair.pull().new, fair.pull().new) == (1, 0)
    with fair.desk() as desk:
        before = rows_of(desk.book.responses())
        desk.book.put_note(f"read {dataset}", "2026-01-01T00:00:00")  # as if it had been killed before the note
    assert fair.pull().new == 0
    assert rows_of(fair.book().responses()) == before


def test_a_pull_reads_what_happened_since_the_last_one_and_a_whole_one_all(tmp_path: Path, argilla: Argilla) -> None:
    fair = Fair(tmp_path, argilla, tasks={"reannotation": {"overlap": 2}})
    fair.sign_up("amina,ara", "badr,ara", "chidi,ara")
    fair.push(*(item(str(number)) for number in range(3)))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    waiting = {record["external_id"]: record for record in fair.queue("amina", dataset)}
    first = fair.answer("amina", waiting["0"], approved="up", prompt="أ", completion="ب")
    fair.pull()
    fair.answer("badr", waiting["0"], approved="up", prompt="أ", completion="ب")  # completes it
    fair.answer("badr", waiting["1"], approved="up", prompt="أ", completion="ب")
    with fair.desk() as desk:
        assert pull(desk).new == 2
        said = {"approved": {"value": "down"}, "prompt": {"value": "أ"}, "completion": {"value": "ب"}}
        changed = {"status": "submitted", "values": said}
        fair.argilla.call("PUT", f"responses/{first}", changed, token=fair.token("amina"))  # of a completed record
        *_, latest = desk.argilla.responses(dataset, since=BEGINNING)
        assert (latest["id"], latest["external_id"]) == (first, "0")
        assert [row["id"] for row in desk.argilla.responses(dataset, since=moment(latest["updated_at"]))] == [first]
        assert pull(desk).new == 0
        assert "down" in str(values_of(desk.book))
        desk.book.put_note(f"read {dataset}", "2099-01-01T00:00:00")  # as a clock that was wrong would have it
        fair.answer("chidi", waiting["1"], approved="up", prompt="أ", completion="ب")
        assert [pull(desk, whole=whole).new for whole in (False, True)] == [0, 1]


def test_answers_are_told_page_by_page_and_to_owners_alone(fair: Fair, monkeypatch: pytest.MonkeyPatch) -> None:
    fair.push(*(item(str(number)) for number in range(5)))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    for record in fair.queue("amina", dataset):
        fair.answer("amina", record, approved="up", prompt="أ", completion="ب")
    with fair.desk() as desk:
        monkeypatch.setattr("annotation.argilla_api.PAGE", 2)
        found = list(desk.argilla.responses(dataset, since=BEGINNING))
        every = list(desk.argilla.all_responses(dataset))  # as an Argilla without the plug-in is asked
    assert [row["updated_at"] for row in found] == sorted(row["updated_at"] for row in found)
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in every)
    (one,) = (row for row in every if row["id"] == found[0]["id"])
    assert found[0] == {name: one[name] for name in found[0]}
    path = f"aya/datasets/{dataset}/responses?since=2026-01-01T00:00:00"
    with pytest.raises(Answered, match="403"):
        fair.argilla.call("GET", path, token=fair.token("amina"))


def test_campaigns_whose_names_begin_alike_keep_apart(tmp_path: Path, argilla: Argilla) -> None:
    fairs = [Fair(tmp_path / name, argilla) for name in ("pilot", "pilot-2", "pilot-ara")]
    for fair in fairs:
        fair.sign_up("amina,ara")
        fair.push()
        fair.answer(
            "amina", fair.queue("amina", fair.datasets("amina")["ara", "original"])[0], prompt="ما؟", completion="لا"
        )
    for fair in fairs:
        read = fair.pull()
        assert (read.new, read.refused) == (1, {})


def test_nobody_is_asked_about_their_own_work(fair: Fair) -> None:
    fair.push()
    written = fair.queue("amina", fair.datasets("amina")["ara", "original"])[0]
    fair.answer("amina", written, prompt="ما هذا؟", completion="هذا كتاب.")
    assert fair.pull().followed == 1
    (place,) = {*fair.datasets("badr")} & {*fair.datasets("chidi")} - {("ara", "original"), ("yor", "original")}
    assert place == ("ara-by-group-0", "reannotation")
    assert place not in fair.datasets("amina")
    (shown,) = fair.queue("badr", fair.datasets("badr")[place])
    with pytest.raises(Answered, match="403"):
        fair.answer("amina", shown, approved="up", prompt="ما هذا؟", completion="هذا كتاب.")
    fair.answer("badr", shown, approved="up", prompt="ما هذا؟", completion="هذا كتاب جديد.")
    assert fair.pull().followed == 1
    feedback = fair.datasets("amina")["ara-by-group-1", "feedback"]
    (judged,) = fair.queue("amina", feedback)
    assert judged["fields"]["completion_before"] == "هذا كتاب."
    assert ("ara-by-group-1", "feedback") not in fair.datasets("badr")
    edited = {"prompt": "ما هذا؟", "completion": "هذا كتاب جديد."}
    fair.answer("amina", judged, prompt_rating=3, completion_rating=5, reason="أوضح", **edited)
    assert fair.pull().new == 1
    assert {"prompt_rating": 3, "completion_rating": 5, "reason": "أوضح", **edited} in values_of(fair.book())


def test_the_owners_answers_do_not_count(fair: Fair) -> None:
    fair.push()
    with fair.desk() as desk:
        (record, *_) = desk.argilla.records(fair.datasets("amina")["ara", "original"])
    said = {"prompt": {"value": "a"}, "completion": {"value": "b"}}
    fair.argilla.call("POST", f"records/{record['id']}/responses", {"status": "submitted", "values": said})
    read = fair.pull()
    assert (read.new, read.refused) == (0, {"unknown person": 1})


def test_a_higher_priority_is_shown_first(tmp_path: Path, argilla: Argilla) -> None:
    fair = Fair(tmp_path, argilla, wave=2, tasks={"reannotation": {}})
    fair.sign_up("amina,ara")
    fair.push(*(item(str(number), priority=float(number)) for number in range(5)))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    seen = []
    while waiting := fair.queue("amina", dataset):
        seen.append({record["external_id"] for record in waiting})
        for record in waiting:
            fair.answer("amina", record, approved="up", prompt="أ", completion="ب")
        fair.pull()
    assert seen == [{"4", "3"}, {"2", "1"}, {"0"}]


def test_overlap_is_answered_by_so_many_people(tmp_path: Path, argilla: Argilla) -> None:
    fair = Fair(tmp_path, argilla, tasks={"reannotation": {"overlap": 2}})
    fair.sign_up("amina,ara", "badr,ara", "chidi,ara")
    fair.push(item("1"))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    for name, left in (("amina", 1), ("badr", 0)):
        (record,) = fair.queue(name, dataset)
        fair.answer(name, record, approved="up", prompt="أ", completion="ب")
        assert len(fair.queue("chidi", dataset)) == left


def test_a_goal_ends_handing_out(tmp_path: Path, argilla: Argilla) -> None:
    fair = Fair(tmp_path, argilla, wave=2, goal={"ara": 3}, tasks={"reannotation": {}})
    fair.sign_up("amina,ara")
    fair.push(*(item(str(number)) for number in range(9)))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    while waiting := fair.queue("amina", dataset):
        fair.answer("amina", waiting[0], approved="up", prompt="أ", completion="ب")
        fair.pull()
    assert len(fair.book().responses()) == 3


def test_who_withdraws_leaves_with_all_that_was_made_of_it(fair: Fair) -> None:
    fair.push()
    written = fair.queue("amina", fair.datasets("amina")["ara", "original"])[0]
    fair.answer("amina", written, prompt="ما هذا؟", completion="هذا كتاب.")
    fair.pull()
    dataset = fair.datasets("badr")["ara-by-group-0", "reannotation"]
    assert len(fair.queue("badr", dataset)) == 1
    told: dict[str, tuple[int, int]] = {}
    with fair.desk() as desk:
        desk.book.withdraw(who(desk, fair.name("amina")))
        assert deliver(desk, tell=lambda what, done, of: told.update({what: (done, of)})).taken_back == 1
    assert told.keys() == {"answers taken back", "data sets filled", "workspaces opened"}
    assert all(done == of for done, of in told.values())
    assert fair.queue("badr", dataset) == []
    assert fair.datasets("amina") == {}


def aya(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["annotate", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_a_withdrawal_reaches_the_screens_the_figures_and_the_store(fair: Fair) -> None:
    fair.push()
    slots = fair.datasets("badr")["ara", "original"]
    for name, completion in (("amina", "هذا كتاب."), ("badr", "هذا قلم.")):
        fair.answer(name, fair.queue(name, slots)[0], prompt="ما هذا؟", completion=completion)
    fair.pull()
    (shown,) = fair.queue("badr", fair.datasets("badr")["ara-by-group-0", "reannotation"])
    fair.answer("badr", shown, approved="up", prompt="ما هذا؟", completion="هذا كتاب جديد.")
    fair.pull()
    workshop = Workshop(fair.folder)
    provenance = ["annotator", "response", "authors"]
    columns = {"inputs": "inputs", "targets": "targets", "language": "language", "provenance": provenance}
    source = {"use": "annotation.campaign", "name": "people", "campaign": "campaign.yaml", "columns": columns}
    workshop.recipe(source=source | dict.fromkeys(("files", "license", "revision", "citation")))
    workshop.build()
    assert len(fair.queue("badr", slots)) == 1
    said = aya("withdraw", fair.path, fair.name("amina"), "--from", workshop.store.path)
    assert "2 kept records" in said  # hers, and the edit of it
    assert len(fair.queue("badr", slots)) == 2  # her slot waits again
    done = {(row["language"], row["task"]): row["answered"] for row in json.loads(aya("status", fair.path, "--json"))}
    assert (done["ara", "original"], done["ara", "reannotation"]) == (1, 0)
    workshop.build()
    assert workshop.version().polars()["targets"].to_list() == ["هذا قلم."]


def test_another_password_replaces_the_first(fair: Fair) -> None:
    first = fair.password("amina")
    aya("password", fair.path, fair.name("amina"))
    with pytest.raises(HTTPError, match="401"):
        fair.argilla.sign_in(fair.name("amina"), first)
    assert fair.argilla.sign_in(fair.name("amina"), fair.password("amina"))


def test_a_translation_is_corrected_beside_its_source(fair: Fair) -> None:
    source = {"prompt_before": "Is this a dog?", "completion_before": "Yes & no"}
    fair.push(item("1", task="postedit", prompt="هذا كلب", completion="نعم ولا", **source))
    (record,) = fair.queue("amina", fair.datasets("amina")["ara", "postedit"])
    assert record["fields"] == {"prompt_source": "Is this a dog?", "completion_source": "Yes &amp; no"}
    fair.answer("amina", record, prompt="هذا كلب؟", completion="نعم ولا", reason="علامة")
    fair.pull()
    (row,) = json.loads(aya("report", fair.path, "--json"))["effort"]
    # One sign was added: one edit of 3 + 2 units, one grapheme.
    assert (row["texts"], row["untouched"], row["hter"], row["graphemes_changed"]) == (2, 1, 1 / 5, 1)
    assert 80 < row["chrf"] < 100


def test_gold_items_are_asked_like_others_and_only_scored(fair: Fair) -> None:
    fair.push(item("1"))
    listed = fair.folder / "gold.csv"
    listed.write_text(
        "task,language,prompt,completion,right_approved,right_completion\n"
        "reannotation,ara,ما عاصمة مصر؟,الإسكندرية,down,القاهرة\n",
        encoding="utf-8",
    )
    assert "1 new gold items of 1; 1 items handed out" in aya("gold", fair.path, listed)
    assert "0 new gold items of 1; 0 items handed out" in aya("gold", fair.path, listed)
    dataset = fair.datasets("amina")["ara", "reannotation"]
    for name, completion in (("amina", "القاهرة"), ("badr", "أسوان")):
        waiting = {record["fields"]["completion"]: record for record in fair.queue(name, dataset)}
        assert len(waiting) == (2 if name == "amina" else 1)  # one person each
        if record := waiting.get("الإسكندرية"):
            fair.answer(name, record, approved="down", prompt="ما عاصمة مصر؟", completion=completion)
    assert fair.pull().followed == 0
    (score,) = json.loads(aya("report", fair.path, "--draws", 0, "--json"))["gold"]
    assert (score["right"], score["asked"]) == (2, 2)
    done = {(row["language"], row["task"]): row["answered"] for row in json.loads(aya("status", fair.path, "--json"))}
    assert done["ara", "reannotation"] == 0
    source = CampaignSource(campaign=fair.path, tasks=("original", "reannotation", "feedback", "postedit"))
    assert source.parts() == []  # nothing of it is released


def test_harmful_content_is_for_those_who_agreed_and_four_hours_long(tmp_path: Path, argilla: Argilla) -> None:
    fair = Fair(tmp_path, argilla, tasks={"reannotation": {}}, harmful={"hours": 0.5})
    fair.sign_up("amina,ara,yes", "badr,ara,no", header="username,languages,harmful")
    fair.push(*(item(str(number), harmful=True) for number in range(3)))
    place = ("ara-harmful", "reannotation")
    assert place in fair.datasets("amina")
    assert place not in fair.datasets("badr")
    records = fair.queue("amina", fair.datasets("amina")[place])
    for record, seen in zip(records, (True, False), strict=False):
        # The first answer counts 15 minutes, the next one what it took: one more could exceed half an hour.
        fair.answer("amina", record, approved="down", prompt="أ", completion="ب")
        fair.pull()
        assert (place in fair.datasets("amina")) == seen


def test_a_second_import_makes_only_who_is_new(fair: Fair) -> None:
    before = (fair.folder / "passwords.csv").read_text()
    assert fair.sign_up("amina,ara", "badr,ara yor", "dayo,yor") == 1
    after = (fair.folder / "passwords.csv").read_text()
    assert after.startswith(before)
    assert after.count("\n") == before.count("\n") + 1
    assert (fair.folder / "passwords.csv").stat().st_mode & 0o777 == 0o600
    assert "amina" not in str(rows_of(fair.book().people()))


def test_an_answer_that_was_changed_is_judged_anew(fair: Fair) -> None:
    fair.push()
    written = fair.queue("amina", fair.datasets("amina")["ara", "original"])[0]
    response = fair.answer("amina", written, prompt="ما هذا؟", completion="كتاب.")
    fair.pull()
    said = {"prompt": {"value": "ما هذا؟"}, "completion": {"value": "هذا كتاب."}}
    body = {"status": "submitted", "values": said}
    fair.argilla.call("PUT", f"responses/{response}", body, token=fair.token("amina"))
    assert (fair.pull().followed, len(fair.book().responses())) == (1, 1)
    (record,) = fair.queue("badr", fair.datasets("badr")["ara-by-group-0", "reannotation"])
    assert record["fields"]["completion"] == "هذا كتاب."


def test_what_argilla_lost_is_handed_out_again(fair: Fair) -> None:
    fair.push(item("1"), item("2"))
    dataset = fair.datasets("amina")["ara", "reannotation"]
    fair.answer("amina", fair.queue("amina", dataset)[0], approved="up", prompt="أ", completion="ب")
    fair.pull()
    fair.argilla.call("DELETE", f"datasets/{dataset}")
    assert fair.push() == 1  # what was answered is not asked again
    assert len(fair.queue("amina", fair.datasets("amina")["ara", "reannotation"])) == 1
    assert len(fair.book().responses()) == 1


def test_argilla_tells_of_every_answer_and_nobody_else_can(fair: Fair) -> None:
    fair.push()
    waiting = fair.queue("amina", fair.datasets("amina")["ara", "original"])
    with fair.desk() as desk, listening(desk.argilla, host="127.0.0.1", port=0) as told:
        (url,) = [row["url"] for row in desk.argilla.get("webhooks")["items"]]
        with pytest.raises(HTTPError, match="401"):
            urlopen(url, data=b'{"type": "response.created"}', timeout=10)
        assert not told.is_set()
        fair.answer("amina", waiting[0], prompt="ما هذا؟", completion="هذا كتاب.")
        assert told.wait(60)
        assert pull(desk).new == 1
    with fair.desk() as desk:
        assert desk.argilla.get("webhooks")["items"] == []
