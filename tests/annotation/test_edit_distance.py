import pytest
from hypothesis import given

from annotation.edit_distance import distance, relative_distance
from tests.strategies import texts

CASES = [
    ("kitten", "sitting", 3),
    ("", "ሰላም", 3),
    ("తెలుగు", "తెలంగు", 1),  # three syllables, the second one another
    ("မြန်မာ", "မြန်မာ", 0),
    ("cafe\u0301", "café", 0),  # decomposed and composed
    ("👨\u200d👩\u200d👧", "👍🏽", 1),
    ("ọ̀rọ̀", "ọrọ", 2),  # Yoruba: two letters lost their tone
    ("北京", "南京", 1),
]


@pytest.mark.parametrize(("before", "after", "steps"), CASES)
def test_the_distance_counts_what_a_reader_sees(before: str, after: str, steps: int) -> None:
    assert distance(before, after) == steps


def test_code_points_are_counted_when_asked() -> None:
    assert distance("cafe\u0301", "café", unit="character") == 2


def test_a_long_text_has_no_limit() -> None:
    assert distance("ก" * 100_000, "ก" * 99_999 + "ข") == 1


def test_a_relative_distance_is_a_share_of_the_longer_text() -> None:
    assert relative_distance("abcd", "abce") == 0.25
    assert relative_distance("", "") == 0.0
    assert relative_distance("", "नमस्ते") == 1.0


@given(texts(), texts(), texts())
def test_the_distance_is_a_metric(one: str, two: str, three: str) -> None:
    assert distance(one, one) == 0
    assert distance(one, two) == distance(two, one)
    assert distance(one, three) <= distance(one, two) + distance(two, three)
    assert 0.0 <= relative_distance(one, two) <= 1.0
