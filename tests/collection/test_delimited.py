"""CSV and TSV: what is written comes back, and what is broken costs its own row."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import InputError
from collection.delimited import Delimited
from tests.reading import data, faults, items, source
from tests.strategies import texts


def read(folder: Path, content: bytes | str, name: str = "rows.csv", **settings: object) -> Delimited:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    made = source(Delimited, folder, name, **settings)
    assert isinstance(made, Delimited)
    return made


@given(
    st.lists(st.tuples(texts(), texts()), max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_rows_of_any_script_come_back(rows: list[tuple[str, str]], delimiter: str, end: str) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("q", "a"), *rows])
    with TemporaryDirectory() as folder:
        reader = read(Path(folder), file.getvalue(), delimiter=delimiter, quote='"')
        assert data(reader) == [{"q": q, "a": a} for q, a in rows]


@given(st.lists(st.tuples(*[texts().map(lambda text: text.translate({9: None, 10: None, 13: None}))] * 2), max_size=6))
def test_a_tab_file_has_no_quotes(rows: list[tuple[str, str]]) -> None:
    content = "".join(f"{q}\t{a}\n" for q, a in [("q", "a"), *rows])
    with TemporaryDirectory() as folder:
        assert data(read(Path(folder), content, name="rows.tsv")) == [{"q": q, "a": a} for q, a in rows]


def test_a_file_without_header_gets_names(tmp_path: Path) -> None:
    reader = read(tmp_path, "ምን?\t18\nንምን?\t3\n", name="rows.tsv", header=["q", "a"])
    assert data(reader) == [{"q": "ምን?", "a": "18"}, {"q": "ንምን?", "a": "3"}]


def test_a_mark_blank_lines_and_carriage_returns_are_passed_over(tmp_path: Path) -> None:
    reader = read(tmp_path, b"\xef\xbb\xbfq,a\r\n\r\n1,2\r\n\n3,4")
    assert data(reader) == [{"q": "1", "a": "2"}, {"q": "3", "a": "4"}]


def test_a_column_without_name_is_called_by_its_place(tmp_path: Path) -> None:
    assert data(read(tmp_path, ",q\n0,x\n")) == [{"column 1": "0", "q": "x"}]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (b"\xff,1", "invalid UTF-8"),
        (b"1", "wrong number of columns"),
        (b"1,2,3", "wrong number of columns"),
        (b'"1"x,2', "broken CSV"),
        (b'"1,2', "broken CSV"),
        (b"1\r2,3", "broken CSV"),
        (b"x" * 300_000 + b",2", "row too large"),
    ],
    ids=lambda value: value[:12].decode(errors="replace") if isinstance(value, bytes) else value,
)
def test_a_broken_row_costs_itself_alone(tmp_path: Path, row: bytes, fault: str) -> None:
    reader = read(tmp_path, b"q,a\nx,y\n" + row + b"\nz,w\n", most_row_bytes=250_000)
    assert faults(reader) == [("0", None), ("1", fault), ("2", None)]
    assert json.loads(items(reader)[1]["_evidence"])["line"] == 3
    assert [row["a"] for row in items(reader)] == ["y", None, "w"]


def test_a_quoted_row_over_several_lines_counts_its_lines(tmp_path: Path) -> None:
    reader = read(tmp_path, 'q,a\n"1\n2\n3",x\nbad\n')
    assert data(reader)[0] == {"q": "1\n2\n3", "a": "x"}
    assert json.loads(items(reader)[1]["_evidence"]) == {"columns": 1, "expected": 2, "line": 5}


def test_a_quote_that_never_closes_does_not_swallow_the_file(tmp_path: Path) -> None:
    lines = [f"{number},x" for number in range(50_000)]
    lines[7] = '"7,x'
    found = faults(read(tmp_path, "\n".join(["q,a", *lines]), most_row_bytes=10_000))
    assert len(found) == 50_000
    assert [key for key, fault in found if fault] == ["7"]


def test_a_field_may_be_longer_than_the_csv_module_allows_by_itself(tmp_path: Path) -> None:
    assert data(read(tmp_path, "q,a\n" + "x" * 200_000 + ",1\n")) == [{"q": "x" * 200_000, "a": "1"}]


@pytest.mark.parametrize("content", [b"", b"\n", b"q,a\n"])
def test_a_file_without_rows_has_no_items(tmp_path: Path, content: bytes) -> None:
    assert items(read(tmp_path, content)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"q,q\n1,2\n", "rows.csv: two columns are called 'q'"),
        (b"q,\xff\n1,2\n", "rows.csv: the header can not be read: invalid UTF-8"),
        (b"q,_fault\n1,2\n", "rows.csv: column '_fault' has a reserved name"),
    ],
)
def test_a_header_that_can_not_be_used_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        items(read(tmp_path, content))


@pytest.mark.realdata
def test_real_files_read_whole(real_data: Path) -> None:
    mgsm = source(Delimited, real_data, "eval/mgsm/*.tsv", header=["question", "answer"])
    assert len(items(mgsm)) == 2750
    schemas = source(
        Delimited,
        real_data,
        "eval/xwinograd.tsv.gz",
        header=["language", "set", "mark", "text", "words", "who", "spans"],
    )
    found = items(schemas)
    assert len(found) == 3961
    assert {row["_fault"] for row in found} == {None}
    assert found[0]["words"].startswith('["The", "city"')
