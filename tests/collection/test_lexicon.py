import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.text import normalise
from collection.lexicon import Lexicon
from tests.strategies import texts


@pytest.mark.parametrize(
    ("entries", "text", "found"),
    [
        (["a", "a b"], "a b a", ["a b", "a"]),
        (["b c", "a b"], "a b c", ["a b"]),
        (["s.o.b."], "an s.o.b. and s.o.bb", ["s.o.b."]),
        (["傻", "傻瓜"], "傻瓜", ["傻瓜"]),
        (["傻a"], "傻a 傻ab", ["傻a"]),
        (["ọjà"], "ọjà-ọjà ọjàs", ["ọjà", "ọjà"]),
        (["కు"], "కుక్క కు", ["కు"]),
        (["🖕"], "a🖕b", ["🖕"]),
        ([], "a", []),
        (["", " "], "a", []),
    ],
)
def test_entries_are_found_from_left_to_right_longest_first(entries: list[str], text: str, found: list[str]) -> None:
    assert Lexicon(entries).find(normalise(text)) == [normalise(entry) for entry in found]


@given(st.lists(texts(max_size=3), max_size=4), texts(max_size=8))
def test_what_is_found_is_in_the_list(entries: list[str], text: str) -> None:
    assert set(Lexicon(entries).find(normalise(text))) <= {normalise(entry) for entry in entries}


@given(texts(max_size=6))
def test_a_text_that_is_an_entry_is_found(text: str) -> None:
    form = normalise(text)
    assert Lexicon([text]).find(form) == ([form] if form else [])
