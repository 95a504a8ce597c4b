"""Keys, cells of wide tables and missing columns."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from aya.errors import InputError
from collection.files import Files
from collection.items import BATCH_ROWS
from collection.json_lines import JsonLines
from collection.parquet import Parquet
from tests.reading import data, faults, items, source, tables


def lines(folder: Path, rows: list[object], **settings: object) -> Files:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return source(JsonLines, folder, "rows.jsonl", **settings)


def test_a_column_may_name_the_rows(tmp_path: Path) -> None:
    reader = lines(tmp_path, [{"id": "a"}, {"id": 7}, {"id": True}], key="id")
    assert faults(reader) == [("a", None), ("7", None), ("True", None)]


def test_the_second_of_two_equal_keys_is_a_fault(tmp_path: Path) -> None:
    reader = lines(tmp_path, [{"id": key} for key in ("a", "b", "a", "a", 7, "7")], key="id")
    assert faults(reader) == [
        ("a", None),
        ("b", None),
        ("a#2", "duplicate key"),
        ("a#3", "duplicate key"),
        ("7", None),
        ("7#2", "duplicate key"),
    ]
    assert json.loads(items(reader)[3]["_evidence"]) == {"key": "a", "row": 3}


def test_keys_are_compared_over_all_tables_of_a_file(tmp_path: Path) -> None:
    reader = lines(tmp_path, [*({"id": number} for number in range(BATCH_ROWS)), {"id": 0}], key="id")
    assert faults(reader)[-1] == ("0#2", "duplicate key")


def test_a_row_without_key_is_a_fault(tmp_path: Path) -> None:
    reader = lines(tmp_path, [{"id": None}, {"q": 1}, [1], {"id": "row 0"}], key="id")
    assert faults(reader) == [
        ("row 0", "no key"),
        ("row 1", "no key"),
        ("row 2", "not an object"),
        ("row 0#2", "duplicate key"),
    ]


def test_each_cell_of_a_wide_table_is_an_item(tmp_path: Path) -> None:
    rows: list[object] = [{"eng": "Peace", "yor": "Àlàáfíà", "amh": "ሰላም"}, {"eng": "Sun", "yor": None}]
    reader = lines(tmp_path, rows, unpivot={"keep": ["eng"], "of": ["yor", "amh"]})
    assert faults(reader) == [("0:yor", None), ("0:amh", None), ("1:yor", None), ("1:amh", None)]
    assert data(reader) == [
        {"eng": "Peace", "language": "yor", "text": "Àlàáfíà"},
        {"eng": "Peace", "language": "amh", "text": "ሰላም"},
        {"eng": "Sun", "language": "yor", "text": None},
        {"eng": "Sun", "language": "amh", "text": None},
    ]


def test_all_columns_but_those_kept_are_cells(tmp_path: Path) -> None:
    rows: list[object] = [{"id": "x", "n": 1, "yor": "Oòrùn", "tel": "సూర్యుడు"}]
    reader = lines(tmp_path, rows, key="id", unpivot={"keep": ["n"], "name": "code", "value": "sentence"})
    assert [row["_key"] for row in items(reader)] == ["x:yor", "x:tel"]
    assert data(reader) == [
        {"n": 1, "code": "yor", "sentence": "Oòrùn"},
        {"n": 1, "code": "tel", "sentence": "సూర్యుడు"},
    ]


def test_a_broken_row_of_a_wide_table_is_one_item(tmp_path: Path) -> None:
    reader = lines(tmp_path, [{"a": "1", "b": "2"}, [], {"a": "3", "b": "4"}], unpivot={})
    assert faults(reader) == [("0:a", None), ("0:b", None), ("1", "not an object"), ("2:a", None), ("2:b", None)]
    assert [row["text"] for row in items(reader)] == ["1", "2", None, "3", "4"]


def test_a_limit_counts_cells(tmp_path: Path) -> None:
    reader = lines(tmp_path, [{"a": "1", "b": "2", "c": "3"}] * 5, unpivot={})
    assert [row["_key"] for row in items(reader, limit=4)] == ["0:a", "0:b", "0:c", "1:a"]


def test_cells_of_several_types_keep_their_values(tmp_path: Path) -> None:
    reader = lines(tmp_path, [{"a": 1, "b": "2", "c": [3]}], unpivot={})
    assert [row["text"] for row in data(reader)] == [1, "2", [3]]


def test_a_table_of_cells_is_small(tmp_path: Path) -> None:
    wide = pa.table({f"c{number}": ["x"] * 2000 for number in range(50)})
    pq.write_table(wide, tmp_path / "wide.parquet")
    found = tables(source(Parquet, tmp_path, "wide.parquet", unpivot={}))
    assert sum(map(len, found)) == 100_000
    assert max(map(len, found)) <= BATCH_ROWS


@pytest.mark.parametrize("settings", [{"key": "idd"}, {"unpivot": {"keep": ["idd"]}}, {"unpivot": {"of": ["idd"]}}])
def test_a_column_that_is_not_there_is_named(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"rows.jsonl: no column 'idd'; did you mean 'id'\?"):
        items(lines(tmp_path, [[], {"id": "a", "q": "b"}], **settings))


def test_no_column_is_missed_where_no_row_can_be_read(tmp_path: Path) -> None:
    assert [fault for _, fault in faults(lines(tmp_path, [[], 3], key="id", unpivot={"keep": ["q"]}))] == [
        "not an object",
        "not an object",
    ]


def test_names_of_an_unpivoted_table_differ(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="keep, name and value must name different columns"):
        lines(tmp_path, [], unpivot={"keep": ["language"]})


@pytest.mark.realdata
def test_a_real_wide_table_gives_an_item_for_each_language(real_data: Path) -> None:
    reader = source(Parquet, real_data, "parallel/ntrex128.parquet", unpivot={"keep": ["line", "doc", "eng"]})
    found = tables(reader)
    assert sum(map(len, found)) == 1997 * 127
    assert found[0].slice(1, 1).to_pylist()[0]["language"] == "amh"
