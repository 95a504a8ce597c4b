import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from dedup.normalise import BLOCK, GROWTH
from dedup.normalise import texts as arrays
from dedup.units import is_dense, kinds, unit_tables, units, write_units
from tests.strategies import texts


def written(text: str) -> tuple[str, bool]:
    rows = arrays(pa.array([text], pa.large_string()))
    out = np.empty(GROWTH * rows.longest + BLOCK, np.int32)
    num, any_dense = write_units(rows.data, 0, int(rows.offsets[1]), out, unit_tables())
    return out[:num].tobytes().decode("utf-32-le"), any_dense


@settings(deadline=None)
@given(text=texts())
def test_the_kernel_agrees_with_python(text: str) -> None:
    found, any_dense = written(text)
    assert found == units(text)
    assert any_dense == any(kinds()[ord(letter)] == 2 for letter in found)


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
