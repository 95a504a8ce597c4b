import json
from pathlib import Path

import pytest

from aya.errors import InputError, UserError
from tests.training.evaluation.worksheets import ROWS, choices
from training.evaluation.items import items_of
from training.evaluation.leaks import Leaks, read_leaks

REPORT = {
    "sets": [{"set": "capitals", "language": "yor"}],
    "items": [
        {"set": "capitals", "item": "1", "languages": ["yor"], "languages_noted": ["yor", "ara"]},
        {"set": "capitals", "item": "2", "languages": [], "languages_noted": ["yor"]},
        {"set": "other", "item": "3", "languages": ["yor"], "languages_noted": ["yor"]},
    ],
}


def test_items_count_that_a_row_would_go_for(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT))
    assert read_leaks(path, "capitals") == Leaks(items={"1": ("yor",)})
    with pytest.raises(InputError, match=r"no set 'capital'; did you mean 'capitals'\?; name it as contamination_set"):
        read_leaks(path, "capital")
    path.write_text("[]")
    with pytest.raises(InputError, match="no report of `aya decontaminate`"):
        read_leaks(path, "capitals")


def test_ids_alone_are_leaks_in_all_languages(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("0\n\n4\n")
    leaks = read_leaks(path, "any")
    yoruba = next(item for item in items_of(choices(), ROWS) if item.language == "yor")
    assert leaks.same_language(yoruba)
    assert leaks.any_language(yoruba)


def test_ids_of_another_kind_are_no_clean_bill() -> None:
    items = items_of(choices(), ROWS)
    Leaks(items={}).check("capitals", items)
    Leaks(items={"1": ()}).check("capitals", items)
    with pytest.raises(UserError, match="none of its ids has leaked; they are like '0', those that have like 'test:1'"):
        Leaks(items={"test:1": ()}).check("capitals", items)
