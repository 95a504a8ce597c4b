"""Parquet and Arrow files: what is written comes back, in plain types and bounded memory."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import InputError
from collection.arrow import Arrow
from collection.files import Files
from collection.items import BATCH_ROWS
from collection.parquet import Parquet
from tests.reading import data, faults, items, source, tables
from tests.strategies import texts


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=3)


def write_file(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)


def write_stream(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)


Write = Callable[[pa.Table, Path], None]
FORMATS = pytest.mark.parametrize(
    ("kind", "write"), [(Parquet, write_parquet), (Arrow, write_file), (Arrow, write_stream)]
)


def read(folder: Path, table: pa.Table, kind: type[Files], write: Write, **settings: object) -> Files:
    write(table, folder / "rows")
    return source(kind, folder, "rows", **settings)


@FORMATS
@given(st.lists(st.fixed_dictionaries({"q": texts() | st.none(), "n": st.integers(-9, 9), "l": st.lists(texts())})))
def test_rows_of_any_script_come_back(kind: type[Files], write: Write, rows: list[dict[str, object]]) -> None:
    schema = pa.schema({"q": pa.string(), "n": pa.int8(), "l": pa.list_(pa.string())})
    with TemporaryDirectory() as folder:
        assert data(read(Path(folder), pa.Table.from_pylist(rows, schema), kind, write)) == rows


@FORMATS
def test_texts_of_any_type_become_one_type(kind: type[Files], write: Write) -> None:
    types = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
    table = pa.table({str(type_): pa.array(["ሰላም", None], pa.string()).cast(type_) for type_ in types})
    with TemporaryDirectory() as folder:
        [made] = tables(read(Path(folder), table, kind, write))
    assert {made[str(type_)].type for type_ in types} == {pa.large_string()}
    assert [made[str(type_)].to_pylist() for type_ in types] == [["ሰላም", None]] * 4


@FORMATS
def test_values_keep_their_types(tmp_path: Path, kind: type[Files], write: Write) -> None:
    row = {"day": date(2026, 11, 23), "blob": b"\xff", "share": 0.5, "deep": {"a": [1]}, "none": None}
    assert data(read(tmp_path, pa.Table.from_pylist([row]), kind, write)) == [row]


@FORMATS
def test_invalid_utf_8_costs_its_own_row(tmp_path: Path, kind: type[Files], write: Write) -> None:
    bad = pa.Array.from_buffers(pa.string(), 3, pa.array([b"a", b"\xff", b"c"]).buffers())
    reader = read(tmp_path, pa.table({"q": bad, "n": [1, 2, 3]}), kind, write)
    assert faults(reader) == [("0", None), ("1", "invalid UTF-8"), ("2", None)]
    assert json.loads(items(reader)[1]["_evidence"]) == {"column": "q", "row": 1}
    assert [row["n"] for row in items(reader)] == [1, None, 3]


@FORMATS
def test_a_row_that_is_too_large_is_a_fault(tmp_path: Path, kind: type[Files], write: Write) -> None:
    reader = read(tmp_path, pa.table({"q": ["ab", "x" * 1000, "c"]}), kind, write, most_row_bytes=999)
    assert faults(reader) == [("0", None), ("1", "row too large"), ("2", None)]
    assert json.loads(items(reader)[1]["_evidence"]) == {"bytes": 1000, "column": "q", "row": 1}


def test_one_long_text_that_a_dictionary_repeats_is_decoded_in_slices(tmp_path: Path) -> None:
    table = pa.table({"q": pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int8()), ["x" * 1_000_000])})
    reader = read(tmp_path, table, Parquet, lambda table, path: pq.write_table(table, path, store_schema=False))
    before, num = pa.total_allocated_bytes(), 0
    for part in reader.parts():
        for batch in reader.read(part):
            assert pa.total_allocated_bytes() - before < 100_000_000  # of 1 GB
            num += len(batch)
    assert num == 1000


@FORMATS
def test_a_limit_is_exact_and_tables_are_small(tmp_path: Path, kind: type[Files], write: Write) -> None:
    table = pa.table({"n": list(range(BATCH_ROWS + 5))})
    with_one_group = pq.write_table if kind is Parquet else write
    reader = read(tmp_path, table, kind, with_one_group)
    found = tables(reader, BATCH_ROWS + 3)
    assert sum(map(len, found)) == BATCH_ROWS + 3
    assert max(map(len, found)) <= BATCH_ROWS
    assert [row["_key"] for row in items(reader)] == [str(number) for number in range(BATCH_ROWS + 5)]


@pytest.mark.parametrize("kind", [Parquet, Arrow])
def test_an_empty_file_has_no_items(tmp_path: Path, kind: type[Files]) -> None:
    (tmp_path / "rows").touch()
    assert items(source(kind, tmp_path, "rows")) == []


@FORMATS
def test_a_file_cut_short_is_named(tmp_path: Path, kind: type[Files], write: Write) -> None:
    reader = read(tmp_path, pa.table({"q": ["x" * 100] * 10}), kind, write)
    content = (tmp_path / "rows").read_bytes()
    (tmp_path / "rows").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="rows: can not be read: "):
        items(reader)


@pytest.mark.parametrize("kind", [Parquet, Arrow])
def test_a_file_of_another_format_is_named(tmp_path: Path, kind: type[Files]) -> None:
    (tmp_path / "rows").write_text('{"q": "no table at all, but a line of JSON"}\n')
    with pytest.raises(InputError, match="rows: can not be read: "):
        items(source(kind, tmp_path, "rows"))


@FORMATS
def test_a_column_that_comes_twice_is_named(tmp_path: Path, kind: type[Files], write: Write) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["q", "q"])
    with pytest.raises(InputError, match="rows: two columns are called 'q'"):
        items(read(tmp_path, table, kind, write))


@pytest.mark.realdata
def test_real_files_read_whole(real_data: Path) -> None:
    reader = source(Parquet, real_data, ["tasks/sib200_train.parquet", "tasks/afriqa_queries_train_dev.parquet"])
    assert sum(map(len, tables(reader))) == 127_582 + 8_620
