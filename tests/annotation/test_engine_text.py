import pytest

from annotation.engine.text import MOST_WORDS, All, Atom, Not, Query, Some, fold, parse


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


A, B, C = Atom("a"), Atom("b"), Atom("c")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("a b c", All((A, B, C))),
        ("a | b -c", All((Some((A, B)), Not(C)))),  # from the left, as Lucene's parser
        ("a | (b -c)", Some((A, All((B, Not(C)))))),
        ("-(a | b) c", All((Not(Some((A, B))), C))),
        ("((a) b", All((A, B))),
        ("a) b", All((Atom("a)"), B))),
        ('"good  morning" -"x y"', All((Atom("good morning"), Not(Atom("x y"))))),
        ("+a wat* (roam~2)", All((A, Atom("wat"), Atom("roam")))),
        ("a + b - c", All((A, B, C))),
        ("a " * 500, All((A,) * MOST_WORDS)),
        ("首都", Atom("首都")),
        ("well-known f(x)", All((Atom("well-known"), Atom("f(x)")))),
        (" | () ", None),
    ],
)
def test_a_query_is_what_must_hold(query: str, asked: Query | None) -> None:
    assert parse(query) == asked
