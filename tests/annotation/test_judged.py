from pathlib import Path

import pytest

from annotation import screens
from annotation.answers import answers
from annotation.book import Book
from annotation.campaign import read_campaign
from annotation.judged import Judgement, chosen, items, write_campaign
from annotation.release_filters import POLICIES, contributions
from annotation.report import report
from aya.judgement import CHOICES
from tests.diary import START

ROWS = [
    {
        "item": f"i{at}", "language": "ara", "script": "Arab", "prompt": "ما عاصمة المغرب؟", "answer": "فاس",
        "answer_1": "الرباط", "answer_2": "<b>فاس</b>",
    }
    for at in range(3)
]  # fmt: skip


def book_of(folder: Path, task: Judgement, **more: bool) -> Book:
    campaign = read_campaign(write_campaign(folder, task=task, languages=["ara"], overlap=2))
    book = Book(folder / "book.sqlite")
    book.put_items(items(campaign, ROWS, task=task, **more))
    return book


def answer(book: Book, number: int, item: str, by: str, **values: str) -> None:
    said = screens.answer(
        {"task": next(iter(values)), "prompt": "", "completion": ""}, {n: {"value": v} for n, v in values.items()}
    )
    row = {"id": f"r{number}", "item": item, "annotator": by, "status": "submitted", "values": said}
    book.put_responses([row | {"inserted_at": START, "updated_at": START}])


@pytest.mark.parametrize("task", ["comparison", "harm"])
def test_what_people_choose_comes_back_by_the_names_of_the_rows(tmp_path: Path, task: Judgement) -> None:
    book = book_of(tmp_path, task)
    ids = {row["record_id"]: row["id"] for row in book.items().to_pylist()}
    for number, (item, who, at) in enumerate([("i0", "amina", 0), ("i1", "amina", 1), ("i1", "badr", 2)]):
        answer(book, number, ids[item], who, **{task: CHOICES[task][at]})
    book.put_people([{"annotator": "badr", "languages": ["ara"], "joined_at": START}])
    assert sorted(chosen(book)) == [
        ("i0", "amina", CHOICES[task][0]), ("i1", "amina", CHOICES[task][1]), ("i1", "badr", CHOICES[task][2]),
    ]  # fmt: skip
    book.withdraw("badr")
    assert {who for _, who, _ in chosen(book)} == {"amina"}
    book.close()


def test_a_comparison_shows_two_answers_and_asks_one_question() -> None:
    made = screens.dataset("comparison", language="ara", overlap=2)
    assert [field["title"] for field in made["fields"]] == ["الطلب", "الإجابة 1", "الإجابة 2"]
    assert [question["name"] for question in made["questions"]] == ["comparison", "reason"]
    assert made["guidelines"].startswith("## أي الإجابتين أفضل؟")
    values = [option["value"] for option in made["questions"][0]["settings"]["options"]]
    assert values == [*CHOICES["comparison"]]


def test_a_record_shows_the_answers_escaped_and_suggests_nothing(tmp_path: Path) -> None:
    book = book_of(tmp_path, "comparison", harmful=True)
    shown = screens.record(book.items().to_pylist()[0], questions={"comparison": "q", "reason": "r"})
    assert shown["fields"]["completion_before"] == "الرباط"
    assert shown["fields"]["completion"] == "&lt;b&gt;فاس&lt;/b&gt;"
    assert shown["suggestions"] == []
    assert book.items()["harmful"].to_pylist() == [True] * 3
    book.close()


def test_judgements_are_reported_and_are_no_contributions(tmp_path: Path) -> None:
    book = book_of(tmp_path, "comparison")
    for number, row in enumerate(book.items().to_pylist()):
        for who in ("amina", "badr"):
            answer(book, 2 * number + (who == "badr"), row["id"], who, comparison=CHOICES["comparison"][number])
    found = answers(book.items(), book.responses())
    book.close()
    assert contributions(found) == []
    (row,) = report(found, POLICIES["published"], withdrawn=[], draws=10)["agreement"]
    assert (row["question"], row["alpha"]) == ("comparison", 1.0)
