import pytest

from aya.errors import UserError
from aya.table import records
from tests.translated import table
from translation.numerals import Numbers, numbers, numbers_kept
from translation.sides import Sides


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000.5 1.000,5 ١٬٠٠٠٫٥ 1 000,5 1’000.5", ["10005"] * 5),
        ("१२ ၁၂ ๑๒ ౧౨ 12 １２ ۱۲", ["12"] * 7),
        ("፲፪ ፳፻፲፱ ፻", ["12", "2019", "100"]),
        ("十二 二千十九 二〇一九 三万五千", ["12", "2019", "2019", "35000"]),
        ("一个 万 007 00", ["7", "0"]),  # one of something and ten thousand of it are words
        ("3/4 7:55", ["3", "4", "7", "55"]),
        ("in 2018 200 came", ["2018", "200"]),
        ("", []),
    ],
)
def test_numbers_are_read_in_any_digits(text: str, found: list[str]) -> None:
    assert sorted(numbers(text).elements()) == sorted(found)


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ("5 of 12 in 2019", "፭ ከ ፲፪ በ ፳፻፲፱", 1),
        ("5 of 12 in 2019", "5 trong năm 2019", 2 / 3),
        ("at 4.40", "ในเวลา 4:40", 1),
        ("10,000 people", "10 ሺህ ሰዎች", 0.5),
        ("12 and 12", "12", 0.5),
        ("seven", "7", None),
    ],
)
def test_numbers_are_looked_for_one_by_one(source: str, target: str, kept: float | None) -> None:
    assert numbers_kept(Sides(source, target)) == kept


def test_a_limit_is_a_matter_of_the_recipe() -> None:
    rows = table([("12 eggs", "ẹyin 12"), ("12 eggs", "ẹyin"), ("eggs", "ẹyin"), (None, "ẹyin")])
    assert Numbers()(rows)["drop"].to_pylist() == [None] * 4
    judged = Numbers(least=0.5)(rows)
    assert judged["numbers_kept"].to_pylist() == [1, 0, None, None]
    assert judged["drop"].to_pylist() == [None, "translation.numbers: numbers lost", None, None]
    assert judged["evidence"].to_pylist()[1] == '{"numbers_kept":0.0}'


def test_a_check_without_the_source_text_says_so() -> None:
    with pytest.raises(UserError, match="no column 'source_inputs': a check of translations needs the texts"):
        Numbers()(records([{"id": "1"}]))
