import pytest

from annotation.answers import answers
from annotation.effort import edit_rate, effort
from tests.diary import Diary


def test_words_and_signs_count_one_each() -> None:
    assert edit_rate("the cat sat.", "the dog sat!") == (2.0, 4)


def test_a_phrase_that_moved_is_one_edit_of_ter() -> None:
    assert edit_rate("b c d e a", "a b c d e") == (1.0, 5)


@pytest.mark.parametrize(
    ("before", "after", "edits", "units"),
    [("สวัสดีครับ", "สวัสดีค่ะ", 3, 6), ("北京很大", "北京很小。", 2, 5), ("", "ᜀ", 1, 1)],
)
def test_scripts_without_spaces_are_compared_by_letters(before: str, after: str, edits: int, units: int) -> None:
    found = edit_rate(before, after)
    assert found == (edits, units)


def test_effort_is_told_by_language() -> None:
    diary = Diary()
    for shown, corrected, language in [
        ("أحب القطط", "أحب القطط", "ara"), ("هذا كلب", "هذه قطة", "ara"), ("我爱猫", "我爱狗", "zho"),
    ]:  # fmt: skip
        item = diary.item("postedit", language, prompt=shown, completion="")
        diary.answer(item, "someone", prompt=corrected)
    arabic, chinese = effort(answers(diary.items, diary.responses))
    assert (arabic.texts, arabic.untouched, arabic.unit, arabic.hter) == (2, 1, "word", 0.5)
    assert chinese.unit == "grapheme"
    assert chinese.hter == pytest.approx(1 / 3)
    assert 0 < chinese.chrf < 100


def test_chrf_is_the_mean_of_letter_runs() -> None:
    diary = Diary()
    diary.answer(diary.item("postedit", "yor", prompt="ab", completion=""), "someone", prompt="ac")
    (found,) = effort(answers(diary.items, diary.responses))
    # Of one letter, a of {a, b} and of {a, c}: 1/2 and 1/2. Of two, ab and ac: none. Longer runs are not there.
    assert found.chrf == pytest.approx(100 * (1 / 2 + 0) / 2)
