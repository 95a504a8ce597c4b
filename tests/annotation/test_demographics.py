from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.demographics import ORDER, release, years
from tests.diary import Diary

PERSON = st.fixed_dictionaries(
    {
        "languages": st.lists(st.sampled_from(["amh", "yor"]), max_size=2, unique=True),
        "age_range": st.sampled_from([None, "18-24", "25-34", "65+"]),
        "gender": st.sampled_from([None, "female", "male"]),
        "country": st.sampled_from([None, "ET", "NG"]),
        "dialects": st.lists(st.sampled_from(["Ekiti", "Ijebu"]), max_size=1),
        "withdrawn": st.booleans(),
    }
)


def people(*facts: dict[str, Any]) -> tuple[Diary, dict[str, list[str]]]:
    diary = Diary()
    for number, fact in enumerate(facts):
        diary.person(f"{number:02d}", **fact)
    return diary, {f"{number:02d}": ["yor", "amh"][: 1 + number % 2] for number in range(len(facts))}


@given(st.lists(PERSON, max_size=30), st.integers(2, 4))
def test_no_released_row_has_fewer_than_k_alike(facts: list[dict[str, Any]], k: int) -> None:
    diary, contributed = people(*facts)
    rows = release(diary.people, contributed=contributed, k=k).to_pylist()
    alike = Counter((str(contributed[row["user_id"]]), *(str(row[field]) for field in ORDER)) for row in rows)
    assert all(num >= k for num in alike.values())
    said = {row["annotator"]: row for row in diary.people.to_pylist()}
    for row in rows:
        person = said[row["user_id"]]
        assert not person["withdrawn"]
        assert row["gender"] in (None, person["gender"])
        assert row["country"] in (None, person["country"])
        assert row["age_range"] in (None, years(person["age_range"]))


def test_what_tells_most_goes_first() -> None:
    same = {"gender": "female", "country": "NG", "languages": ["yor"]}
    diary, _ = people({**same, "dialects": ["Ekiti"]}, {**same, "dialects": ["Ijebu"]}, {**same, "age_range": "18-24"})
    contributed = {f"{number:02d}": ["yor"] for number in range(3)}
    rows = release(diary.people, contributed=contributed, k=2).to_pylist()
    assert [row["user_id"] for row in rows] == ["00", "01"]
    assert rows[0] == rows[1] | {"user_id": "00"}
    assert (rows[0]["dialects"], rows[0]["country"], rows[0]["gender"]) == (None, "NG", "female")


def test_who_said_nothing_or_gave_nothing_is_not_there() -> None:
    diary, _ = people({}, {}, {"gender": "male"}, {"gender": "male"})
    assert release(diary.people, contributed={"00": ["yor"], "01": ["yor"], "02": ["yor"]}, k=2).num_rows == 0


@pytest.mark.parametrize(("text", "bounds"), [("25-34", [25, 34]), ("65+", [65, 120]), ("?", None), (None, None)])
def test_an_age_range_is_two_numbers(text: str | None, bounds: list[int] | None) -> None:
    assert years(text) == bounds


def test_one_alone_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="k must be 2 or more, not 1"):
        release(people()[0].people, contributed={}, k=1)
