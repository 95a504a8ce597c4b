from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya import languages
from translation.sentences import sentences

CASES = [
    ("amh", "Ethi", ["ሰላም፡፡ ", "እንዴት ነህ፧ ", "ደህና ነኝ።"]),
    ("ara", "Arab", ["من أنت؟ ", "أنا أحمد. ", "أهلا!"]),
    ("eng", "Latn", ["Mr. Smith paid 3.50 dollars. ", "Why?  ", "No one knows."]),
    ("hin", "Deva", ["यह घर है। ", "वह कहाँ है? ", "पता नहीं।"]),
    ("mya", "Mymr", ["မင်္ဂလာပါ။ ", "နေကောင်းလား။"]),
    ("tel", "Telu", ["ఇది ఇల్లు. ", "ఎక్కడ?"]),
    ("zho", "Hans", ["他说：“你好。”", "我走了！", "再见"]),
    ("khm", "Khmr", ["សួស្តី។", "តើអ្នកសុខសប្បាយទេ?"]),
]


@pytest.mark.parametrize(("language", "script", "parts"), CASES, ids=[case[0] for case in CASES])
def test_a_sentence_ends_where_its_script_says(language: str, script: str, parts: list[str]) -> None:
    assert sentences("".join(parts), language=language, script=script) == parts


@given(
    text=st.text(st.characters(codec="utf-8")), locale=st.sampled_from(CASES), longest=st.sampled_from([0, 1, 7, 40])
)
def test_sentences_joined_are_the_text(text: str, locale: tuple[str, str, list[str]], longest: int) -> None:
    assert "".join(sentences(text, language=locale[0], script=locale[1], longest=longest)) == text


@given(text=st.text(st.sampled_from("ก ข๑์ ")), longest=st.integers(1, 9))
def test_no_piece_is_longer_than_asked(text: str, longest: int) -> None:
    assert all(len(part) <= longest for part in sentences(text, language="tha", script="Thai", longest=longest))


def test_a_long_thai_text_is_cut_at_its_spaces() -> None:
    assert sentences("แมวกินปลา หมากินไก่ นกบินสูง", language="tha", script="Thai", longest=20) == [
        "แมวกินปลา หมากินไก่ ",
        "นกบินสูง",
    ]


@pytest.mark.realdata
def test_most_boundaries_of_news_in_128_languages_are_found(real_data: Path) -> None:
    news = pl.read_parquet(real_data / "parallel" / "ntrex128.parquet").drop("line", "doc", strict=False)
    scores = {code: _f1(news[code].drop_nulls().to_list()[:200], code) for code in news.columns}
    known = {code: score for code, score in scores.items() if score is not None}
    assert len(known) > 120
    assert sum(known.values()) / len(known) > 0.86


def _f1(lines: list[str], code: str) -> float | None:
    """Return F1 of the boundaries between five sentences that were joined."""
    found = languages.resolve(code)
    if found is None:
        return None
    between = "" if found.script in ("Hans", "Hant", "Jpan") else " "
    right = wrong = missed = 0
    for start in range(0, len(lines), 5):
        parts = [line.strip() for line in lines[start : start + 5] if line.strip()]
        true = _ends(parts)
        seen = _ends(sentences(between.join(parts), language=found.language, script=found.script))
        right, wrong, missed = right + len(true & seen), wrong + len(seen - true), missed + len(true - seen)
    return 2 * right / (2 * right + wrong + missed)


def _ends(parts: list[str]) -> set[int]:
    """Return the number of letters, white space left out, before the end of each part but the last."""
    ends, num = set(), 0
    for part in parts[:-1]:
        num += len("".join(part.split()))
        ends.add(num)
    return ends
