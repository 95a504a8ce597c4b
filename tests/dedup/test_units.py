import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from dedup.normalise import BLOCK, GROWTH
from dedup.normalise import texts as arrays
from dedup.unicode_tables import tables
from dedup.units import is_dense, kinds, span, units, write_units
from tests.strategies import texts


def written(text: str) -> tuple[str, bool]:
    rows = arrays(pa.array([text], pa.large_string()))
    out = np.empty(GROWTH * rows.longest + BLOCK, np.int32)
    num, any_dense = write_units(rows.data, 0, int(rows.offsets[1]), out, tables(), kinds())
    return out[:num].tobytes().decode("utf-32-le"), any_dense


@settings(deadline=None)
@given(text=texts())
def test_the_kernel_agrees_with_python(text: str) -> None:
    found, any_dense = written(text)
    assert found == units(text)
    assert any_dense == any(kinds()[ord(letter)] == 2 for letter in found)


@settings(deadline=None)
@given(text=texts())
def test_units_and_characters_meet_at_both_ends(text: str) -> None:
    num = len(units(text))
    assert sum(len(units(text[slice(*span(text, i, i + 1))])) >= 1 for i in range(num)) == num
    if num:
        start, stop = span(text, 0, num)
        assert units(text[start:stop]) == units(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Don't stop!", "dontstop"),
        ("Ọ̀YỌ́ – ìpínlẹ̀", "ọ̀yọ́ìpínlẹ̀"),
        ("١٢٣ كتاب،", "١٢٣كتاب"),
        ("ﻻ شيء", "لاشيء"),
        ("नमस्ते।", "नमस्ते"),
        ("నమ\u200cస్తే", "నమస్తే"),
        ("မြန်မာ၊ နိုင်ငံ။", "မြန်မာနိုင်ငံ"),
        ("北京，是首都。", "北京是首都"),
        ("한국어 말", "한국어말"),
        ("⑫ ½", "1212"),
    ],
)
def test_letters_digits_and_marks_stay(text: str, same: str) -> None:
    assert units(text) == units(same)
    assert not any(letter.isspace() for letter in units(text))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("ሰላም ለዓለም፣ ኢትዮጵያ ውስጥ", "ለዓለም፣ ኢትዮጵያ"),
        ("قال: مرحبًا بالعالم، كلّه", "مرحبًا بالعالم"),
        ("ယနေ့ မြန်မာနိုင်ငံ၏ မြို့တော်", "မြန်မာနိုင်ငံ"),
        ("我说：“你好，世界！”他答", "你好，世界"),
        ("कहा — नमस्ते, दुनिया और सब", "नमस्ते, दुनिया"),
        ("บอกว่า สวัสดีชาวโลก ทุกคน", "สวัสดีชาวโลก"),
        ("అన్నాడు: నమస్కారం, ప్రపంచం అంతా", "నమస్కారం, ప్రపంచం"),
        ("Ó ní: Ẹ kú àárọ̀, ayé gbogbo", "Ẹ kú àárọ̀, ayé"),
        ("말: 안녕하세요, 세계 여러분", "안녕하세요, 세계"),
        ("Straße ﬁnden", "ﬁnden"),
    ],
)
def test_units_lead_back_to_their_place_in_the_text(text: str, part: str) -> None:
    start = len(units(text[: text.index(part)]))
    begin, end = span(text, start, start + len(units(part)))
    assert text[begin:end] == part


@pytest.mark.parametrize(
    ("text", "dense"),
    [
        ("北京是", True),
        ("ประเทศไทย", True),
        ("မြန်မာ", True),
        ("ひらがなー", True),
        ("한국어", False),
        ("የኢትዮጵያ", False),
        ("abc北京", False),
        ("ẹ̀rọ ìbánisọ̀rọ̀", False),
    ],
)
def test_scripts_without_spaces_are_dense(text: str, dense: bool) -> None:
    assert is_dense(units(text)) == dense
