"""What comes next, and what is void: from the book alone."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from annotation.book import Book
from annotation.campaign import Campaign
from annotation.harm import LONGEST, full, minutes, tired
from annotation.items import follow, priority, slots
from annotation.places import Place, members
from annotation.standing import next_wave, standing
from tests.campaigns import item

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def campaign(**changes: Any) -> Campaign:
    tasks = {"original": {"slots": 2}, "reannotation": {}, "feedback": {}}
    about = {"name": "pilot", "languages": ["yor"], "license": "CC0-1.0", "citation": "all", "tasks": tasks}
    return Campaign.model_validate(about | changes)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Return an empty book."""
    return Book(tmp_path / "book.sqlite")


def wave(book: Book, of: Campaign, *, today: date = TODAY, sent: dict[str, str] | None = None) -> list[str]:
    now = standing(book)
    return [row["id"] for row in next_wave(of, now, list(now.items.values()), sent=sent or {}, today=today)]


def response(id_: str, of: str, who: str = "a", *, status: str = "submitted", at: datetime = NOON) -> dict[str, Any]:
    values = json.dumps({"prompt": "ما؟", "completion": "كتاب"})
    return {"id": id_, "item": of, "annotator": who, "status": status, "values": values, "updated_at": at}


def test_people_come_before_machines_and_low_resource_before_high() -> None:
    order = [("human", "yor"), ("human", "ara"), ("template", "yor"), ("synthetic", "ara")]
    ranked = [priority(origin, language) for origin, language in order]
    assert ranked == sorted(ranked, reverse=True)
    assert len({*ranked}) == 4


def test_the_topic_with_the_fewest_answers_comes_first(book: Book) -> None:
    book.put_items(item(f"{topic}{number}", topic=topic) for topic in ("food", "law") for number in range(3))
    book.put_responses([response("r", "food0"), response("s", "food1")])
    assert wave(book, campaign(wave=3)) == ["law0", "law1", "food2"]


def test_no_more_than_a_wave_is_open(book: Book) -> None:
    book.put_items(item(str(number)) for number in range(5))
    assert wave(book, campaign(wave=2)) == ["0", "1"]
    assert wave(book, campaign(wave=2), sent={"0": "d", "1": "d"}) == []
    book.put_responses([response("r", "0")])
    assert wave(book, campaign(wave=2), sent={"0": "d", "1": "d"}) == ["2"]


def test_nothing_is_handed_out_after_the_last_day(book: Book) -> None:
    book.put_items([item("1")])
    assert wave(book, campaign(until=TODAY)) == ["1"]
    assert wave(book, campaign(until=TODAY), today=TODAY + timedelta(days=1)) == []


def test_an_answer_taken_back_voids_what_shows_it(book: Book) -> None:
    book.put_items([item("1")])
    book.put_responses([response("r", "1")])
    made = follow(campaign(), standing(book).items["1"], standing(book).responses["r"])
    assert made is not None
    assert (made["task"], made["author"], made["completion_before"], made["completion"]) == (
        "feedback", "a", "الرباط", "كتاب",
    )  # fmt: skip
    book.put_items([made])
    assert not standing(book).void(made)
    book.put_responses([response("r", "1", status="discarded", at=NOON + timedelta(minutes=1))])
    assert standing(book).void(made)


def test_slots_are_the_same_every_time() -> None:
    of = campaign(topics=["ọjà", "ilé"])
    assert [row["id"] for row in slots(of)] == [row["id"] for row in slots(of)]
    assert len({row["id"] for row in slots(of)}) == 4


def test_harmful_items_count_the_time_since_the_answer_before() -> None:
    times = [("x", 0), ("x", 10), ("mild", 12), ("x", 40)]
    rows = [response(str(at), of, at=NOON + timedelta(minutes=at)) for of, at in times]
    # 15 for the first, 10, then 28 minutes that count as 15.
    assert minutes(rows, frozenset({"x"}), now=NOON) == {"a": LONGEST + 10 + LONGEST}
    assert tired(rows, frozenset({"x"}), hours=1, now=NOON) == set()
    assert tired(rows, frozenset({"x"}), hours=0.9, now=NOON) == {"a"}  # 40 + 15 > 54
    assert minutes(rows, frozenset({"x"}), now=NOON + timedelta(days=1)) == {}


def test_who_gave_the_days_answers_is_full_until_midnight() -> None:
    given = [response(str(number), "x", "ab"[number > 1]) | {"inserted_at": NOON} for number in range(3)]
    assert full(given, daily=2, now=NOON) == {"a"}
    assert full(given, daily=None, now=NOON) == set()
    assert full(given, daily=2, now=NOON + timedelta(hours=12)) == set()


def test_a_group_does_not_see_what_it_wrote() -> None:
    accounts = [
        {"annotator": name, "user": f"user-{name}", "review_group": group, "harmful": name != "b"}
        for group, name in enumerate("abc")
    ]
    people = {name: {"languages": ["yor"], "withdrawn": name == "c"} for name in "abc"}
    seen = {
        place: members(place, accounts, people, tired=frozenset())
        for place in (Place("yor", 0, False, "feedback"), Place("yor", None, True, "reannotation"))
    }
    assert list(seen.values()) == [{"user-b"}, {"user-a"}]
    assert members(Place("yor", None, True, "x"), accounts, people, tired=frozenset("a")) == set()
    assert members(Place("yor", None, False, "x"), accounts, people, tired=frozenset(), full=frozenset("b")) == {
        "user-a"
    }
    assert members(Place("hau", None, False, "x"), accounts, people, tired=frozenset()) == set()
