from datetime import timedelta

from annotation.answers import answers
from annotation.leaderboard import leaderboard, progress
from tests.diary import START, Diary


def week() -> Diary:
    """On Sunday Abebe wrote three pairs, on Monday Bisi two, on Tuesday Chen one, in Thai."""
    diary = Diary()
    for person, language, days, num in (("abebe", "amh", -1, 3), ("bisi", "amh", 0, 2), ("chen", "tha", 1, 1)):
        for _ in range(num):
            item = diary.item("original", language)
            diary.answer(item, person, after=timedelta(days=days), prompt="p", completion="c")
    return diary


def test_boards_hold_the_day_the_week_from_monday_and_all() -> None:
    diary = week()
    board = leaderboard(answers(diary.items, diary.responses), now=START + timedelta(days=1, hours=2))
    assert [(score.annotator, score.points) for score in board.daily] == [("chen", 2)]
    assert [(score.annotator, score.points) for score in board.weekly] == [("bisi", 4), ("chen", 2)]
    assert [(score.annotator, score.points) for score in board.overall] == [("abebe", 6), ("bisi", 4), ("chen", 2)]
    assert {code: len(rows) for code, rows in board.by_language.items()} == {"amh": 2, "tha": 1}


def test_progress_counts_items_and_people_against_the_goal() -> None:
    diary = week()
    found = answers(diary.items, diary.responses)
    rows = progress(found, languages=["amh", "yor"], tasks=["original"], goals={"amh": 4, "yor": None})
    assert [(row.answered, row.people, row.share) for row in rows] == [(5, 2, 1.0), (0, 0, None)]
