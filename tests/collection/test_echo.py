import pytest

from aya.table import records
from collection.echo import Echo


def reason(inputs: str | None, targets: str | None, *, beginning: bool = False) -> str | None:
    judged = Echo(beginning=beginning)(records([{"id": "1", "inputs": inputs, "targets": targets}]))
    text: str | None = judged["drop"][0].as_py()
    return text and text.removeprefix("collection.echo: ")


@pytest.mark.parametrize("text", [None, "", " \n\t", "\u200b\u200d\ufeff", "\u3000\u00a0", "\u3164", "\u2800", "\x00"])
def test_a_text_without_ink_is_empty(text: str | None) -> None:
    assert reason(text, "x") == "empty inputs"
    assert reason("x", text) == "empty targets"


@pytest.mark.parametrize("text", ["0", ".", "é", "\u0301", "ที่", "我", "እ", "లు", "😀", "ـ"])
def test_a_text_with_ink_is_not_empty(text: str) -> None:
    assert reason(text, "answer") is None


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ("Ẹ káàsán", "ẹ káàsán"),
        ("Ọjà", "O\u0323ja\u0300"),
        ("ＡＢＣ", "abc"),
        ("STRASSE", "straße"),
        ("नमस्ते  दुनिया", " नमस्ते दुनिया\n"),
        ("你好吗？", "你好吗?"),
        (" " * 90 + "ab", "AB"),
    ],
)
def test_targets_equal_but_for_form_are_an_echo(inputs: str, targets: str) -> None:
    assert reason(inputs, targets) == "targets repeat inputs"
    assert reason(targets, inputs) == "targets repeat inputs"


def test_an_answer_taken_from_the_inputs_is_no_echo() -> None:
    assert reason("Who wrote it, Ada or Bob?", "Ada") is None
    assert reason("Ada", "Ada, of course") is None


def test_targets_that_begin_with_the_inputs_are_an_echo_if_asked() -> None:
    assert reason("Say it again", "say it  again and again and again and again and again", beginning=True)
    assert reason("Say it again", "I say it again", beginning=True) is None
