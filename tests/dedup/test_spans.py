import numpy as np
import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.normalise import texts as arrays
from dedup.spans import find_spans
from dedup.units import units
from tests.strategies import texts

# Letters of Hangul that join into one syllable, after a syllable that may take them up.
PIECE = regex.compile("[\uac00-\ud7a3]?[\u1100-\u11ff\u3130-\u318f\uffa0-\uffdf]+|.", regex.DOTALL)


def walked(text: str, start: int, stop: int) -> str:
    """Walk through the text in Python, counting the units of each piece."""
    begin, num = None, 0
    for piece in PIECE.finditer(text):
        num += len(units(piece[0]))
        if begin is None and num > start:
            begin = piece.start()
        if num >= stop:
            return text[begin : piece.end()]
    raise AssertionError("fewer units than said")


def spans(rows: list[str], asked: list[tuple[int, int, int]], *, most: int = 1000) -> list[str]:
    column = arrays(pa.array(rows, pa.large_string()))
    which, starts, stops = np.array(asked, np.int64).reshape(-1, 3).T
    found = find_spans(column, which, starts, stops, most=most)
    return [column.data[begin:end].tobytes().decode() + "…" * bool(cut) for begin, end, cut in zip(*found, strict=True)]


hangul = st.text("가각각ㄱㅏᄀᆧﾡￂ á㉠", max_size=12)


@settings(deadline=None, max_examples=300)
@given(rows=st.lists(texts(max_size=60) | hangul, max_size=3), data=st.data())
def test_units_lead_to_where_a_walk_through_the_text_finds_them(rows: list[str], data: st.DataObject) -> None:
    asked = []
    for row, text in enumerate(rows):
        num = len(units(text))
        for _ in range(3 if num else 0):
            start = data.draw(st.integers(0, num - 1))
            asked.append((row, start, data.draw(st.integers(start + 1, num))))
    assert spans(rows, asked) == [walked(rows[row], start, stop) for row, start, stop in asked]


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
    assert spans(["", text], [(1, start, start + len(units(part)))]) == [part]


def test_a_long_span_is_cut_between_characters() -> None:
    text = "北京是首都 ọ̀yọ́"
    whole = (0, 0, len(units(text)))
    assert spans([text], [whole], most=len(text)) == [text]
    assert spans([text], [whole], most=4) == ["北京是…"]
