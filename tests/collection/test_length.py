from typing import Any

import pytest
from pydantic import ValidationError

from aya.table import records
from collection.length import Length


def judge(
    prompt: str | None, answer: str | None = "a", language: str = "eng", script: str = "Latn", **given: Any
) -> Any:
    row = {"id": "1", "inputs": prompt, "targets": answer, "language": language, "script": script}
    judged = Length.model_validate(given)(records([row]))
    return judged["drop"][0].as_py(), judged["evidence"][0].as_py()


FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "num"),
    [
        ("abc", 3),
        ("a\r\nb", 3),
        ("ọ\u0301já", 3),
        ("నమస్తే", 3),
        (FAMILY * 2, 2),
        ("我们", 2),
        ("สวัสดี", 4),
        ("လာမယ်", 4),
        ("ሰላም", 3),
    ],
)
def test_lengths_are_graphemes(text: str, num: int) -> None:
    fits = {"least": num, "most": num}
    assert judge(text, inputs=fits) == (None, None)
    short = judge(text, inputs={"least": num + 1})
    assert short == ("collection.length: too short", f'{{"field":"inputs","graphemes":{num}}}')
    if num > 1:
        long = judge(text, inputs={"least": 1, "most": num - 1})
        assert long == ("collection.length: too long", f'{{"field":"inputs","graphemes":{num}}}')


def test_a_null_text_has_length_nought() -> None:
    assert judge("a", None) == ("collection.length: too short", '{"field":"targets","graphemes":0}')
    assert judge("a", None, targets={"least": 0}) == (None, None)


def test_language_goes_before_script_and_script_before_the_rest() -> None:
    limits: dict[str, Any] = {
        "inputs": {"least": 9},
        "scripts": {"Hans": {"inputs": {"least": 3}}},
        "languages": {"zho": {"targets": {"least": 1}}, "yue": {"inputs": {"least": 2}}},
    }
    assert judge("你们好", language="zho", script="Hans", **limits)[0] is None
    assert judge("你好", language="zho", script="Hans", **limits)[0] == "collection.length: too short"
    assert judge("你好", language="yue", script="Hans", **limits)[0] is None
    assert judge("hello", **limits)[0] == "collection.length: too short"


def test_the_first_fault_is_the_reason() -> None:
    assert judge("", "")[1] == '{"field":"inputs","graphemes":0}'


def test_bounds_must_be_in_order() -> None:
    with pytest.raises(ValidationError, match="least must not be above most, 5 is above 2"):
        Length.model_validate({"inputs": {"least": 5, "most": 2}})
