"""The whole walk: people at Argilla's own screens in a real Chromium, from a version of a store to a released one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from annotation.answers import answers
from annotation.book import Book
from annotation.scores import scores
from tests.annotator import Annotator
from tests.argilla import Argilla
from tests.campaigns import Fair, item, values_of
from tests.chromium import browser, log, missing
from tests.workshop import Workshop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("argilla"),
    pytest.mark.skipif(missing() is not None, reason=f"no {missing()}"),
]

ROWS = [
    {"q": "ما عاصمة مصر؟", "a": "القاهرة <img src=x onerror=document.title=1>", "l": "ara"},
    {"q": "የኢትዮጵያ ዋና ከተማ ምንድን ነው?", "a": "አዲስ አበባ", "l": "amh"},
    {"q": "भारत की राजधानी क्या है?", "a": "नई दिल्ली", "l": "hin"},
    {"q": "中国的首都是哪里？", "a": "北京", "l": "zho"},
    {"q": "Kí ni olú-ìlú Nàìjíríà?", "a": "Àbújá", "l": "yor"},
    {"q": "¿Cuál es la capital del Perú?", "a": "Lima", "l": "spa"},
]
RIVER, NILE = "ما أطول نهر في أفريقيا؟", "نهر النيل.\nيصبّ في البحر المتوسط."
MACHINE = {
    "task": "postedit", "language": "hin", "script": "Deva", "origin": "translation", "record_id": None,
    "prompt_before": "Qual é a capital da Índia?", "completion_before": "A capital da Índia é <b>Nova Deli</b>.",
    "prompt": "भारत की राजधानी क्या है?", "completion": "भारत की राजधानी मुंबई है।",
}  # fmt: skip
CORRECTED = "भारत की राजधानी नई दिल्ली है।"
LANGUAGES = ["ara", "amh", "hin", "zho", "yor", "spa"]
PROVENANCE = {"inputs": "inputs", "targets": "targets", "language": "language", "provenance": ["annotator", "response"]}


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser."""
    with browser(tmp_path / "profile") as driver:
        yield driver


@pytest.fixture
def fair(tmp_path: Path, argilla: Argilla) -> Fair:
    """Return a campaign in six languages over a version that a recipe built, with two writers and a reviewer."""
    workshop = Workshop(tmp_path)
    workshop.rows(ROWS)
    workshop.recipe(source={"origin": "template"})
    workshop.build()
    tasks = {"original": {"slots": 1}, "reannotation": {"originals": 0}, "feedback": {}, "postedit": {}}
    made = Fair(tmp_path / "walk", argilla, languages=LANGUAGES, tasks=tasks, review_groups=3)
    made.sign_up("layla,ara yor", "abebe,amh hin spa zho ara", "rania,ara amh yor hin")
    aya(made, "push", "--from", str(workshop.store.path))
    made.push(item("machine", **MACHINE))
    return made


def aya(fair: Fair, verb: str, *more: str) -> dict[str, Any]:
    """Run a verb of `aya annotate` as people do, and return its JSON."""
    command = [str(Path(sys.executable).with_name("aya")), "annotate", verb, str(fair.path), *more, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_three_people_write_edit_and_judge_and_a_recipe_releases_it(fair: Fair, driver: webdriver.Chrome) -> None:
    shots = fair.folder / "shots"
    seat = Annotator(driver, fair.argilla.url)
    layla_writes_and_edits(fair, seat, shots)
    fair.argilla.kill()  # between submit and pull
    fair.argilla.restart()
    fair.die_while_pulling(0.6, 1.2, 1.8)
    assert aya(fair, "pull")["refused"] == {}
    assert len(fair.book().responses()) == 2
    abebe_edits_writes_and_judges(fair, seat, shots)
    assert aya(fair, "pull")["new_answers"] == 4
    rania_judges(fair, seat, shots)
    assert [aya(fair, "pull")["new_answers"] for _ in range(2)] == [1, 0]
    assert {"prompt": RIVER, "completion": NILE} in values_of(fair.book())
    (effort,) = aya(fair, "report", "--draws", "0")["effort"]
    # `मुंबई` became `नई दिल्ली`: one word changed, one added, of 6 words and signs of the prompt and 7 of the completion.
    assert (effort["language"], effort["texts"], effort["untouched"], effort["hter"]) == ("hin", 2, 1, 2 / 13)
    assert points_and_scores(fair) == [(5, 1.0), (4, 1.0), (0, 0.0)]
    assert outside(log(driver, "performance"), fair.argilla.url) == set()
    assert release(fair) == {
        ("ara", NILE),
        ("ara", "عاصمة مصر هي القاهرة."),
        ("amh", "የኢትዮጵያ ዋና ከተማ አዲስ አበባ ነው።"),
        ("spa", "Un sistema de nudos de los incas."),
        ("hin", CORRECTED),
    }


def layla_writes_and_edits(fair: Fair, seat: Annotator, shots: Path) -> None:
    """Write in Arabic, from the right, and edit a row of the version that would do harm."""
    places = fair.datasets("layla")
    seat.sign_in(fair.name("layla"), fair.password("layla"))
    assert "walk-yor" in seat.datasets("walk-yor")
    seat.picture(shots / "home.png")
    seat.open(places["ara", "original"])
    editor = seat.write(0, RIVER)
    assert seat.driver.execute_script("return getComputedStyle(arguments[0]).direction", editor) == "rtl"
    seat.write(1, NILE)
    seat.picture(shots / "original.png")
    seat.submit()
    seat.open(places["ara", "reannotation"])
    assert "<img src=x" in seat.fields()  # shown as text: nothing ran
    assert seat.driver.title != "1"
    assert all(0 <= gap < 40 for gap in gaps_to_the_right(seat))
    assert seat.text(0) == "ما عاصمة مصر؟"
    seat.choose("approved", "down")
    seat.write(1, "عاصمة مصر هي القاهرة.")
    seat.picture(shots / "reannotation.png")
    seat.submit()
    seat.sign_out()


def gaps_to_the_right(seat: Annotator) -> list[float]:
    """Return how far each title, in Arabic, ends from the right edge of its place."""
    gap = """return [...document.querySelectorAll('.title-area > span:first-child')].map(title => {
        const text = document.createRange(); text.selectNodeContents(title);
        return title.parentElement.getBoundingClientRect().right - text.getBoundingClientRect().right })"""
    found: list[float] = seat.driver.execute_script(gap)
    assert len(found) == 5  # of two fields and three questions
    return found


def abebe_edits_writes_and_judges(fair: Fair, seat: Annotator, shots: Path) -> None:
    """Edit in Amharic, write in Spanish, correct a machine's Hindi, judge Layla's Arabic."""
    places = fair.datasets("abebe")
    seat.sign_in(fair.name("abebe"), fair.password("abebe"))
    seat.open(places["amh", "reannotation"])
    seat.choose("approved", "up")
    seat.write(1, "የኢትዮጵያ ዋና ከተማ አዲስ አበባ ነው።")
    seat.submit()
    seat.open(places["spa", "original"])
    seat.write(0, "¿Qué es un quipu?")
    seat.write(1, "Un sistema de nudos de los incas.")
    seat.submit()
    seat.open(places["hin", "postedit"])
    assert "<b>Nova Deli</b>" in seat.fields()
    assert [seat.text(0), seat.text(1)] == [MACHINE["prompt"], MACHINE["completion"]]
    seat.write(1, CORRECTED)
    seat.picture(shots / "postedit.png")
    seat.submit()
    judged = next(of for of in places if of[0].startswith("ara-by") and of[1] == "feedback")
    seat.open(places[judged])
    assert "القاهرة <img" in seat.fields()
    judge(seat, 3, 5, shots / "feedback.png")
    seat.sign_out()


def rania_judges(fair: Fair, seat: Annotator, shots: Path) -> None:
    """Judge Abebe's edit, and improve it."""
    places = fair.datasets("rania")
    seat.sign_in(fair.name("rania"), fair.password("rania"))
    judged = next(of for of in places if of[0].startswith("amh-by") and of[1] == "feedback")
    seat.open(places[judged])
    seat.write(1, "የኢትዮጵያ ዋና ከተማ አዲስ አበባ ነው፤ ትልቅ ከተማ ናት።")
    judge(seat, 3, 4, shots / "feedback-amharic.png")


def judge(seat: Annotator, prompt: int, completion: int, shot: Path) -> None:
    """Rate and submit."""
    seat.choose("prompt_rating", prompt)
    seat.choose("completion_rating", completion)
    seat.picture(shot)
    seat.submit()


def points_and_scores(fair: Fair) -> list[tuple[int, float]]:
    """Return points and Aya Score of all three.

    Abebe: a verdict, two edits and an original are 1 + 2 + 2 points; one edit was rated (3 + 4) / 2: (3.5 - 3) 2 = 1.
    Layla: an original, a verdict and an edit are 4; its rating (3 + 5) / 2 makes (4 - 3) 1 = 1. Rania has judged only.
    """
    book = fair.book()
    return [(score.points, score.aya_score) for score in scores(answers(book.items(), book.responses()))]


def outside(messages: list[str], url: str) -> set[str]:
    """Return the addresses off this server that the pages got an answer from."""
    events = [json.loads(message)["message"] for message in messages]
    got = {event["params"]["response"]["url"] for event in events if event["method"] == "Network.responseReceived"}
    return {address for address in got if not address.startswith((url, "data:", "blob:", "chrome"))}


def release(fair: Fair) -> set[tuple[str, str]]:
    """Build a recipe over what people wrote, and return language and completion of its rows."""
    workshop = Workshop(fair.folder)
    use = {"use": "annotation.campaign", "name": "people", "campaign": "campaign.yaml", "columns": PROVENANCE}
    gone = dict.fromkeys(("files", "license", "revision", "citation"))
    workshop.recipe(source=use | gone, stages=[{"use": "collection.echo"}, {"use": "dedup.exact"}])
    workshop.build()
    rows = workshop.version().polars().rows(named=True)
    assert {row["origin"] for row in rows} == {"human"}
    people = {row["annotator"] for row in Book(fair.folder / "book.sqlite").people().to_pylist()}
    assert {json.loads(row["provenance"])["annotator"] for row in rows} < people
    return {(row["language"], row["targets"]) for row in rows}
