import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.safety.filters import fault, longest_repeated
from training.safety.settings import Filters


def longest_by_hand(text: str) -> int:
    places = range(len(text))
    return max((size for size in places for at in places if size and text.find(text[at : at + size], at + 1) >= 0
                and at + size <= len(text)), default=0)  # fmt: skip


@given(st.text(alphabet="abአ们", max_size=14))
def test_the_longest_repeated_part_is_the_longest(text: str) -> None:
    assert longest_repeated(text) == longest_by_hand(text)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (" \n", "empty"),
        ("ይቅርታ፣ አልችልም።", "too short"),
        ("ይቅርታ፣ በዚህ ጉዳይ ልረዳህ አልችልም።", None),
        ("对不起，我不能帮你这样做。", None),  # 13 letters: a script without spaces needs half as many
        ("ขอโทษค่ะ", "too short"),
        ("ขอโทษค่ะ ฉันช่วยเรื่องนี้ไม่ได้", None),
        ("Ẹ má bínú, mi ò lè ràn yín lọ́wọ́ lórí èyí.", None),
        ("لا أستطيع لا أستطيع لا أستطيع لا أستطيع", "repeats itself"),
        ("क्षमा करें। " * 200, "too long"),
    ],
)
def test_answers_leave_for_what_is_wrong_with_them(answer: str, why: str | None) -> None:
    assert fault(answer, Filters()) == why


def test_limits_are_those_that_are_set() -> None:
    assert fault("పది అక్షరాలు ఉన్నాయి", Filters(least=5, most=10)) == "too long"
    assert fault("abcabc", Filters(least=1, repeated=0.5)) is None
    assert fault("abcabc", Filters(least=1, repeated=0.49)) == "repeats itself"
