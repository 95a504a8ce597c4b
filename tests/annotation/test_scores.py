import pytest

from annotation.answers import Answer, answers
from annotation.scores import aya_score, points, scores
from tests.diary import Diary


def diary_of_three() -> Diary:
    """Abebe writes two originals; Bisi and Chen vote on the first; Bisi edits it, Chen rates that edit twice."""
    diary = Diary()
    first = diary.answer(diary.item("original"), "abebe", prompt="ሰላም ነው?", completion="አዎ")
    diary.answer(diary.item("original"), "abebe", prompt="ስንት ነው?", completion="ሁለት")
    one = diary.shown(first, "reannotation")
    edit = diary.answer(one, "bisi", approved="up", prompt="ሰላም ነው?", completion="አዎ፣ ሰላም ነው።")
    diary.answer(one, "chen", approved="down", prompt="ሰላም ነው?", completion="አዎ")
    other = diary.answer(
        diary.item("reannotation", prompt="ጥ", completion="መ"), "bisi", approved="up", prompt="ጥያቄ", completion="መልስ"
    )
    diary.answer(diary.shown(edit, "feedback"), "chen", prompt_rating=4, completion_rating=5)
    diary.answer(diary.shown(other, "feedback"), "chen", prompt_rating=3, completion_rating=4)
    return diary


def found(diary: Diary) -> list[Answer]:
    return answers(diary.items, diary.responses)


def test_points_are_two_an_original_and_one_each_for_a_verdict_and_an_edited_text() -> None:
    assert [points(answer) for answer in found(diary_of_three())] == [2, 2, 2, 1, 3, 0, 0]


def test_scores_are_right_by_hand() -> None:
    by_name = {score.annotator: score for score in scores(found(diary_of_three()))}
    # Abebe: one of two thumbs up on 2 originals: 1/2 x 2 = 1.
    assert (by_name["abebe"].aya_score, by_name["abebe"].points, by_name["abebe"].votes) == (1.0, 4, 2)
    # Bisi: ratings (4 + 5) / 2 = 4.5 and (3 + 4) / 2 = 3.5, mean 4; (4 - 3) x 2 edits = 2.
    # In integers they would be 4 and 3, mean 3.5, and the score 1.
    assert (by_name["bisi"].quality, by_name["bisi"].edits, by_name["bisi"].aya_score) == (4.0, 2, 2.0)
    assert by_name["chen"].aya_score == 0.0
    assert [score.annotator for score in scores(found(diary_of_three()))] == ["bisi", "abebe", "chen"]


@pytest.mark.parametrize(
    ("quality", "edits", "thumbs_up", "votes", "originals", "score"),
    [(2.5, 10, 0, 0, 0, 0.0), (4.5, 10, 3, 4, 8, 21.0), (None, 10, 4, 4, 3, 3.0), (5.0, 7, 0, 0, 9, 14.0)],
)
def test_the_aya_score_is_the_published_formula(
    quality: float | None, edits: int, thumbs_up: int, votes: int, originals: int, score: float
) -> None:
    assert aya_score(quality=quality, edits=edits, thumbs_up=thumbs_up, votes=votes, originals=originals) == score


def test_nobody_votes_for_oneself() -> None:
    diary = Diary()
    own = diary.answer(diary.item("original"), "abebe", prompt="p", completion="c")
    diary.answer(diary.shown(own, "reannotation"), "abebe", approved="up")
    assert scores(found(diary))[0].votes == 0


def test_drafts_and_discarded_responses_are_no_answers() -> None:
    diary = Diary()
    diary.answer(diary.item("original"), "abebe", status="draft", prompt="p")
    diary.answer(diary.item("original"), "abebe", status="discarded")
    assert found(diary) == []
