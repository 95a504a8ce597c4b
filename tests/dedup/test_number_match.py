import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.table import records
from dedup.number_match import NumberMatch, numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3 eggs, 1,000 ducks and 007", ("1000", "3", "7")),
        ("১৬টি ডিম, $২", ("16", "2")),  # Bengali
        ("١٢٫٥ و ٣", ("125", "3")),  # Arabic
        ("๑๒ ไข่ ๓", ("12", "3")),  # Thai
        ("౧౨ మరియు ౩", ("12", "3")),  # Telugu
        ("１２個と3", ("12", "3")),  # full width
        ("1\u202f000 et 1.000", ("1000", "1000")),
        ("50 000 $, 5 00 et 12 345,5", ("0", "123455", "5", "50000")),
        ("v1.2.3", ("123",)),
        ("0 and 00", ("0", "0")),
        ("½ x² ③", ()),
    ],
)
def test_numbers_of_any_script_are_plain_digits(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text) == found


@given(digits=st.text("0123456789", min_size=1, max_size=5000))
def test_long_numbers_are_taken(digits: str) -> None:
    assert numbers(digits) == ((digits.lstrip("0") or "0"),)


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    """One problem in two languages, and one with few numbers."""
    path = tmp_path / "maths.jsonl"
    rows = [
        {"id": 17, "language": "en", "text": "16 ducks lay 3 eggs, 4 break: how many?"},
        {"id": 17, "language": "th", "text": "เป็ด 16 ตัว ไข่ 3 ฟอง แตก 4"},
        {"id": 18, "language": "en", "text": "What is the sum of 2 and 5?"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_translation_is_found_by_its_numbers(problems: Path) -> None:
    texts = ["హంసలు ౩ గుడ్లు, ౧౬, ౪?", "Q: 4, 16 and 3\nA: 12", "16 ducks lay 3 eggs", "2 and 5", None, "16 3 4 4"]
    stage = NumberMatch.model_validate({"against": problems})
    found = stage(records({"id": str(i), "inputs": text} for i, text in enumerate(texts)))
    hit = [{"set": "maths", "item": "17", "languages": ["eng", "tha"], "numbers": ["16", "3", "4"]}]
    notes = [text and json.loads(text) for text in found["number_match"].to_pylist()]
    assert notes == [hit, hit, None, None, None, None]
    assert found["drop"].null_count == len(texts)


def test_numbers_of_a_list_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "maths.jsonl"
    path.write_text(json.dumps({"text": "1 and 2 and 3 eggs: how many?"}))
    stage = NumberMatch.model_validate({"against": path})
    assert stage(records([{"id": "1", "inputs": "1. a 2. b 3. c"}]))["number_match"].to_pylist() == [None]


def test_it_drops_when_told(problems: Path) -> None:
    found = NumberMatch.model_validate({"against": problems, "action": "drop"})(
        records([{"id": "1", "inputs": "3, 4, 16"}])
    )
    assert found["drop"].to_pylist() == ["dedup.number_match: numbers of an evaluation item"]
