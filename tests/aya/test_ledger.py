from typing import Any

import pytest

from aya.errors import UserError
from aya.ledger import explain, withdraw
from tests.workshop import QUESTIONS, Workshop


def twice(workshop: Workshop) -> None:
    """Build six questions, one of them twice, with exact duplicates dropped."""
    workshop.rows([*QUESTIONS, QUESTIONS[0]])
    workshop.recipe(stages=[{"use": "dedup.exact"}])
    workshop.build()


def test_a_duplicate_is_explained_by_the_row_that_stays(workshop: Workshop) -> None:
    twice(workshop)
    (gone,) = workshop.version().polars(dropped=True).to_dicts()
    story = explain(workshop.version(), gone["id"])
    assert [row["drop"] for row in story] == ["dedup.exact: copy of another record", None]
    assert story[0]["inputs"] == story[1]["inputs"] == QUESTIONS[0]["q"]


def test_an_unknown_row_has_no_story(workshop: Workshop) -> None:
    workshop.build()
    assert explain(workshop.version(), "0" * 32) == []


def test_the_beginning_of_an_id_will_do(workshop: Workshop) -> None:
    twice(workshop)
    id_ = workshop.version().polars(dropped=True)["id"].item()
    assert explain(workshop.version(), id_[:9]) == explain(workshop.version(), id_)
    with pytest.raises(UserError, match="several ids begin with '': "):
        explain(workshop.version(), "")


def family(workshop: Workshop) -> dict[str, Any]:
    """Build an original, its translation, and an edit of that; return their ids by question."""
    ids: dict[str, str] = {}
    for parents in ({}, {"edit": "translation", "translation": "original"}):
        rows = [
            {"q": name, "a": f"answer of {name}", "l": "eng", "p": ids.get(parents.get(name, ""))}
            for name in ("original", "translation", "edit", "other")
        ]
        workshop.rows(rows)
        columns = {"inputs": "q", "targets": "a", "language": "l", "parent_id": "p"}
        workshop.recipe(source={"columns": columns})
        workshop.build()
        ids = {row["inputs"]: row["id"] for row in workshop.version().polars().to_dicts()}
    return ids


def test_a_withdrawn_row_takes_what_was_made_of_it_along(workshop: Workshop) -> None:
    ids = family(workshop)
    assert withdraw(workshop.store, [("id", ids["original"])], reason="asked by the author") == 3
    workshop.build()
    assert workshop.version().polars()["inputs"].to_list() == ["other"]
    assert set(workshop.version().polars(dropped=True)["drop"]) == {"aya.withdrawn: withdrawn"}


def test_a_row_made_of_another_leads_back_to_it(workshop: Workshop) -> None:
    ids = family(workshop)
    assert [row["inputs"] for row in explain(workshop.version(), ids["edit"])] == ["edit", "translation", "original"]


def test_a_withdrawn_source_leaves_no_later_version(workshop: Workshop) -> None:
    workshop.recipe(allow={"empty_languages": "all", "dropped": 1.0})
    workshop.build()
    assert withdraw(workshop.store, [("source", "rows")], reason="licence") == 6
    workshop.build()
    assert len(workshop.version().polars()) == 0
    assert len(workshop.version().polars(dropped=True)) == 6
