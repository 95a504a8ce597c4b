import pytest
from hypothesis import given
from hypothesis import strategies as st

from translation.structure import Part, parts

PROSE = [
    ("Hello there.", ["Hello there."]),
    ("# Title\n\nA line.\nAnother.", ["Title", "A line.", "Another."]),
    ("- first\n- [ ] second\n12. third\n(a) fourth", ["first", "second", "third", "fourth"]),
    ("१. पहला\n٢. ثانيا\n1、第一", ["पहला", "ثانيا", "第一"]),
    ("Look:\n```python\nprint('hi')\n```\nDone.", ["Look:", "Done."]),
    ("Look:\n```\nnever closed\nmore", ["Look:"]),
    ("Code:\n\n    x = 1\n    y = 2\n\nEnd.", ["Code:", "End."]),
    ("| Name | Age |\n|---|:-:|\n| Ann | 7 |", ["Name", "Age", "Ann"]),
    ("Then\n$$x^2\n+ y$$\nand \\[a\\] ends", ["Then", "and", "ends"]),
    ("\\begin{align}\na &= b\n\\end{align}\nSo it is.", ["So it is."]),
    ("> quoted text\r\n>> deeper", ["quoted text", "deeper"]),
    ("12 + 30 = ", []),
    ("---\nPart two", ["Part two"]),
    ("ماذا؟\n\n- نعم\n- لا", ["ماذا؟", "نعم", "لا"]),
]


@pytest.mark.parametrize(("text", "prose"), PROSE)
def test_prose_is_what_a_person_would_translate(text: str, prose: list[str]) -> None:
    assert [part.text for part in parts(text) if part.prose] == prose


TEXTS = st.text() | st.lists(st.sampled_from([text for text, _ in PROSE])).map("\n".join)


@given(text=TEXTS)
def test_parts_joined_are_the_text(text: str) -> None:
    assert "".join(part.text for part in parts(text)) == text


@given(text=TEXTS)
def test_prose_has_letters_and_no_line_breaks_or_space_at_its_ends(text: str) -> None:
    for part in parts(text):
        if part.prose:
            assert len(part.text.splitlines()) == 1
            assert part.text == part.text.strip()
            assert any(letter.isalpha() for letter in part.text)


def test_form_between_prose_is_one_part() -> None:
    assert parts("a\n\n* b") == [Part("a", prose=True), Part("\n\n* ", prose=False), Part("b", prose=True)]
