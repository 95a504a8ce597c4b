from annotation.answers import answers
from annotation.release_filters import POLICIES
from annotation.report import report
from tests.diary import Diary


def test_of_items_with_one_judge_no_reliability_follows() -> None:
    diary = Diary()
    for number in range(12):
        item = diary.item("reannotation", "yor")
        for person in ("ade", "bisi", "chidi") if number < 10 else ("dayo",):
            diary.answer(item, person, approved="up" if number % 2 else "down")
    made = report(answers(diary.items, diary.responses), POLICIES["all"], draws=10)
    assert [(row["annotator"], row["items"]) for row in made["reliability"]] == [
        ("ade", 10),
        ("bisi", 10),
        ("chidi", 10),
    ]
    assert all(row["accuracy"] > 0.99 for row in made["reliability"])
    (agreement,) = made["agreement"]
    assert (agreement["alpha"], agreement["units"]) == (1.0, 10)
