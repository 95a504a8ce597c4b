from datetime import timedelta

from annotation.answers import answers
from annotation.suspicion import Limits, Sign, signs
from tests.diary import Diary


def found(diary: Diary, **limits: int) -> dict[str, Sign]:
    return {sign.sign: sign for sign in signs(answers(diary.items, diary.responses), Limits(**limits))}


def test_steady_work_of_two_people_shows_no_sign() -> None:
    diary = Diary()
    for number in range(12):
        for person in ("abebe", "bisi"):
            diary.answer(diary.item("original"), person, prompt=f"ጥያቄ {number}", completion=f"{number} መልስ " * 3)
    assert found(diary) == {}


def test_texts_faster_than_typing_and_answers_too_fast_to_read_are_told() -> None:
    diary = Diary()
    for number in range(12):
        at = timedelta(seconds=2 * number)
        diary.answer(diary.item("original"), "abebe", after=at, prompt=f"{number}", completion="ሰላም " * 100)
    assert (found(diary)["faster than typing"].num, found(diary)["too fast to read"].num) == (11, 11)


def test_a_pause_is_no_work() -> None:
    diary = Diary()
    for number in range(12):
        at = timedelta(hours=number)
        diary.answer(diary.item("original"), "abebe", after=at, prompt=f"{number}", completion="ሰላም " * 2000)
    assert "faster than typing" not in found(diary)


def test_copied_suggestions_and_bad_ones_left_are_told() -> None:
    diary = Diary()
    for number in range(12):
        item = diary.item("reannotation", "tha", prompt=f"คำถาม {number}", completion="ครับ")
        diary.answer(item, "nok", approved="down")
    assert {"suggestions copied", "called bad and left"} <= found(diary).keys()


def test_a_beginning_that_one_person_always_writes_is_told_in_any_language() -> None:
    diary = Diary()
    for number in range(12):
        diary.answer(
            diary.item("original"),
            "lin",
            prompt=f"{number}",
            completion=f"作为一个人工智能语言模型，我可以回答第{number}个问题，谢谢你。",
        )
    assert found(diary)["one beginning many times"].evidence["text"] == "作为一个人工智能语言模型"


def test_marks_of_chat_output_are_told() -> None:
    diary = Diary()
    for number in range(12):
        diary.answer(diary.item("original"), "ade", prompt="?", completion=f"**Ìdáhùn {number}**\n- ọ̀kan\n- èjì")
    assert found(diary)["marks of chat output"].num == 12


def test_a_word_break_of_a_script_without_spaces_is_no_mark() -> None:
    diary = Diary()
    for number in range(12):
        for person, text in (("kham", "ສະບາຍດີ\u200bຊາວ\u200bໂລກ"), ("anna", "good\u200b morning")):
            diary.answer(diary.item("original"), person, prompt="?", completion=f"{text} {number}")
    told = [sign.annotator for sign in signs(answers(diary.items, diary.responses)) if sign.sign[:5] == "marks"]
    assert told == ["anna"]


def test_one_person_writing_most_of_a_language_is_told() -> None:
    diary = Diary()
    for number in range(12):
        diary.answer(diary.item("original", "zul"), "thandi", prompt=f"{number}", completion=f"{number}")
    assert found(diary, volume_most=10).keys() >= {"very many", "most of a language"}
