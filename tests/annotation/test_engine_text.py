import pytest

from annotation.engine.text import Atom, fold, parse


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("café", "CAFE"), ("Straße", "strasse"), ("ﬁn", "fin"), ("ọjà", "oja"), ("Việt", "viet"),
        ("البَحْرُ", "البحر"), ("أحمد", "احمد"), ("كتــاب", "كتاب"), ("שָׁלוֹם", "שלום"), ("می‌خواهم", "میخواهم"),
        ("Ｔｏｋｙｏ", "tokyo"), ("a\n\t b", "a b"),
    ],
)  # fmt: skip
def test_a_text_is_found_without_its_marks(written: str, searched: str) -> None:
    assert fold(written) == fold(searched)


@pytest.mark.parametrize(
    ("one", "other"), [("กา", "กี"), ("కా", "కి"), ("का", "की"), ("ကာ", "ကီ"), ("ሀ", "ሁ"), ("首", "都")]
)
def test_vowel_signs_are_letters(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("query", "alternatives"),
    [
        ("a b", [[Atom("a"), Atom("b")]]),
        ("a | b -c", [[Atom("a")], [Atom("b"), Atom("c", negated=True)]]),
        ('"good  morning" -"x y"', [[Atom("good morning"), Atom("x y", negated=True)]]),
        ("+a wat* roam~2 (b)", [[Atom("a"), Atom("wat"), Atom("roam"), Atom("b")]]),
        ("首都", [[Atom("首都")]]),
        ("well-known", [[Atom("well-known")]]),
        (" | ", []),
    ],
)
def test_a_query_is_alternatives_of_what_must_hold(query: str, alternatives: list[list[Atom]]) -> None:
    assert parse(query) == alternatives
