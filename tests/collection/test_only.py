"""`only` takes rows by their texts: one split, some languages, human translations alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError
from aya.report.page import page_data
from collection.json_lines import JsonLines
from tests.workshop import QUESTIONS, Workshop

ROWS = [
    {"text": "Ẹ káàárọ̀", "language": "yor", "split": "train", "part": 1},
    {"text": "صباح الخير", "language": "ara", "split": "train", "part": 2},
    {"text": "శుభోదయం", "language": "tel", "split": "test", "part": 1},
    {"text": "早安", "language": "zho", "split": "train", "part": 3},
]


def taken(folder: Path, rows: list[Any], **settings: Any) -> list[dict[str, Any]]:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    source = JsonLines.model_validate({"files": str(path)} | settings)
    return [row for part in source.parts() for items in source.read(part) for row in items.to_pylist()]


def test_rows_have_one_of_the_texts_in_every_column(tmp_path: Path) -> None:
    rows = taken(tmp_path, ROWS, only={"split": ["train"], "language": ["yor", "tel", "zho"]})
    assert [row["language"] for row in rows] == ["yor", "zho"]


def test_a_number_is_chosen_by_how_it_is_written(tmp_path: Path) -> None:
    assert [row["language"] for row in taken(tmp_path, ROWS, only={"part": ["1"]})] == ["yor", "tel"]


def test_the_key_of_a_row_does_not_depend_on_what_else_is_taken(tmp_path: Path) -> None:
    assert [row["_key"] for row in taken(tmp_path, ROWS, only={"language": ["zho"]})] == ["3"]


def test_rows_that_nobody_asked_for_are_counted(workshop: Workshop) -> None:
    workshop.rows([*QUESTIONS, QUESTIONS[0] | {"q": "Kí ni?"}])
    workshop.recipe(source={"only": {"l": ["yor", "tha"]}})
    record = workshop.build().record
    assert record.not_taken == {"rows": 4}
    assert sum(record.counts[0].rows_in.values()) == 3
    done = CliRunner().invoke(app, ["report", str(workshop.store.path)])
    assert "rows: 4 more rows, which `only` did not take" in done.stdout
    assert page_data(workshop.version(), record)["sources"][0]["not_taken"] == 4
    assert not workshop.build().new
    assert workshop.build().record.not_taken == {"rows": 4}


def test_a_row_that_can_not_be_read_still_says_so(tmp_path: Path) -> None:
    rows = taken(tmp_path, [["not", "an", "object"], *ROWS], only={"language": ["ara"]})
    assert [row["_fault"] is None for row in rows] == [False, True]


def test_a_column_that_is_not_there_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'langauge'; did you mean 'language'"):
        taken(tmp_path, ROWS, only={"langauge": ["yor"]})
