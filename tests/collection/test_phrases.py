import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.text import words
from collection.letters import batches
from collection.phrases import cut, repeated_shares
from tests.strategies import ALPHABETS

# What `aya.text.words` decides by grapheme clusters beyond marks: conjuncts, emoji modifiers, hyphens.
PLAIN = {
    code: "".join(letter for letter in alphabet if letter not in "\u1039\u00ad_🏽\u200d")
    for code, alphabet in ALPHABETS.items()
}


def shares(*texts: str, words: int = 2, graphemes: int = 3) -> list[float]:
    ((_, letters),) = batches(pa.chunked_array([pa.array(texts, pa.large_string())]))
    return [float(share) for share in repeated_shares(letters, words, graphemes)[0]]


@given(st.lists(st.one_of(*(st.text(alphabet, max_size=20) for alphabet in PLAIN.values())), min_size=1, max_size=5))
def test_words_are_cut_as_everywhere_else(texts: list[str]) -> None:
    for _, letters in batches(pa.chunked_array([pa.array(texts, pa.large_string())])):
        starts, stops, _ = cut(letters)
        joined = "".join(texts)
        found = [joined[start:stop] for start, stop in zip(starts, stops, strict=True)]
        assert found == [word for text in texts for word in words(text)]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0),
        ("one two three four", 0),
        ("one two, one two", 1),
        ("one two one two six", 12 / 15),  # letters of words: 3 + 3 + 3 + 3 of 15
        ("እሺ አዎ እሺ አዎ", 1),
        ("我们在我们在", 1),
        ("我们在我们去", 0),  # no three characters twice
        ("กาดีกาดี", 1),
        ("ẹ kú ẹ kú o", 6 / 7),
    ],
)
def test_the_share_is_of_letters_in_phrases_said_twice(text: str, share: float) -> None:
    assert shares(text) == [share]


def test_a_phrase_does_not_go_from_one_text_to_the_next() -> None:
    assert shares("one two", "one two", "two one") == [0, 0, 0]


@given(st.lists(st.text("ab ", max_size=30), min_size=1, max_size=6))
def test_a_text_has_the_same_share_among_others_and_alone(texts: list[str]) -> None:
    assert shares(*texts) == [share for text in texts for share in shares(text)]
