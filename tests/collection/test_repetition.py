import pytest

from aya.table import records
from collection.repetition import Repetition


def judge(text: str | None) -> tuple[float | None, str | None]:
    judged = Repetition()(records([{"id": "1", "targets": text}]))
    reason = judged["drop"][0].as_py()
    return judged["repetition"][0].as_py(), reason and reason.removeprefix("collection.repetition: repeated ")


LOOPS = [
    "I am sorry, I can not do that. " * 6,
    "Mo fẹ́ lọ sí ọjà ní ọ̀la. " * 6,
    "እኔ ወደ ገበያ እሄዳለሁ ነገ ጠዋት። " * 6,
    "أنا ذاهب إلى السوق غدا صباحا. " * 6,
    "मैं कल सुबह बाज़ार जाऊँगा। " * 6,
    "నేను రేపు ఉదయం మార్కెట్‌కు వెళ్తాను. " * 8,
    "我明天早上要去市场买一些新鲜的蔬菜。" * 3,
    "พรุ่งนี้เช้าฉันจะไปตลาดเพื่อซื้อผัก " * 3,
    "မနက်ဖြန်မနက် ဈေးသွားမယ်။ " * 4,
]


@pytest.mark.parametrize("text", LOOPS)
def test_a_loop_goes_in_any_script(text: str) -> None:
    assert judge(text) == (1, "phrases")


@pytest.mark.parametrize(
    "text", ["yes", "no, no, no, no, no", "ha ha ha ha ha ha", "好好好好", "1, 2, 3", "", ".........."]
)
def test_a_short_answer_stays(text: str) -> None:
    assert judge(text)[1] is None


def test_null_has_no_share() -> None:
    assert judge(None) == (None, None)


@pytest.mark.parametrize("letter", ["a", "h", "0", "哈", "ही", "ẹ\u0300", "ကွ"])
def test_one_letter_held_down_goes(letter: str) -> None:
    assert judge(f"well {letter * 24} then")[1] is None
    assert judge(f"well {letter * 25} then")[1] == "letters"


@pytest.mark.parametrize("sign", [".", "_", "-", "=", " ", "!", "😂"])
def test_a_sign_may_be_held_down(sign: str) -> None:
    assert judge(f"name: {sign * 60} date")[1] is None


def test_lines_again_and_again_go() -> None:
    verse = "a b\nc d\ne f\ng h\n"
    assert judge(verse + "i j\nk l")[1] is None
    assert judge(verse * 2)[1] == "lines"  # half the letters, and fewer than 30 words


def test_runs_of_two_texts_are_not_joined() -> None:
    judged = Repetition(most_run=5)(records([{"id": "1", "targets": "aaaa"}, {"id": "2", "targets": "aaaa"}]))
    assert judged["drop"].to_pylist() == [None, None]
