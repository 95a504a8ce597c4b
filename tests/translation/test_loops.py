import pytest

from tests.translated import table
from translation.loops import Loops, loops, repeated
from translation.sides import Sides


@pytest.mark.parametrize("text", ["ọjà ọjà ọjà ọjà ọjà ọjà ọjà ọjà", "." * 40, "市场" * 20, "ตลาด" * 10, "ሰላም " * 10])
def test_loops_are_found_in_words_letters_and_signs(text: str) -> None:
    assert repeated(text) > 0.5


def test_what_the_source_repeats_the_translation_may() -> None:
    assert loops(Sides("na " * 20, "ná " * 20)) == 0
    assert loops(Sides("one two", "ná " * 20)) == pytest.approx(1 - 3 / 50)  # of 50 runs of ten letters 3 differ
    assert repeated("አዲስ አበባ የኢትዮጵያ ዋና ከተማ ናት") == repeated("") == 0


def test_a_loop_goes() -> None:
    judged = Loops()(table([("We sell it.", "A ń tà á " * 9), ("We sell it.", "A ń tà á."), ("x", ""), (None, "x")]))
    assert [None if value is None else value > 0.4 for value in judged["loops"].to_pylist()] == [
        True,
        False,
        None,
        None,
    ]
    assert judged["drop"].to_pylist() == ["translation.loops: repeats itself", None, None, None]
