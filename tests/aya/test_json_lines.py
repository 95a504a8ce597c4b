import pytest

from aya.errors import InputError
from aya.json_lines import objects


def place(number: int) -> str:
    return f"rows:{number}"


def test_each_line_is_an_object_and_blank_ones_are_passed_over() -> None:
    assert [*objects(['{"q": "ما"}\n', "\n", '{"q": "က"}'], place)] == [{"q": "ما"}, {"q": "က"}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"q": ', r"^rows:3: broken JSON: Expecting value, column 7$"),
        ("[1]", r"^rows:3: not an object$"),
        (b'{"q": "\xff"}', r"^rows:3: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_line_that_is_no_object_is_named(line: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(objects(["{}", "\n", line], place))
