"""JSON Lines: what is written comes back, and what is broken costs its own row."""

import gzip
import json
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import InputError
from collection.items import BATCH_ROWS
from collection.json_lines import JsonLines
from tests.reading import data, faults, items, source, tables
from tests.strategies import texts

GOOD = '{"q": "Kí ni orúkọ rẹ?", "a": "Adé"}'
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def packed(content: bytes, packing: str) -> bytes:
    if packing == ".gz":
        return gzip.compress(content)
    return pa.Codec("zstd").compress(content, asbytes=True) if packing == ".zst" else content


def read(folder: Path, content: bytes | str, **settings: object) -> JsonLines:
    (folder / "rows.jsonl").write_bytes(content.encode() if isinstance(content, str) else content)
    made = source(JsonLines, folder, "rows.jsonl", **settings)
    assert isinstance(made, JsonLines)
    return made


@given(
    st.lists(st.fixed_dictionaries({}, optional={"q": values, "a": texts(), "n": st.integers()}), max_size=6),
    st.sampled_from(["", ".gz", ".zst"]),
    st.booleans(),
)
def test_rows_of_any_script_and_type_come_back(rows: list[dict[str, object]], packing: str, escaped: bool) -> None:
    content = "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows).encode()
    with TemporaryDirectory() as folder:
        (Path(folder) / f"rows.jsonl{packing}").write_bytes(packed(content, packing))
        found = data(source(JsonLines, Path(folder), "rows.jsonl*"))
    assert [{name: value for name, value in row.items() if value is not None} for row in found] == [
        {name: value for name, value in row.items() if value is not None} for row in rows
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"q": "\xff"}', "invalid UTF-8"),
        (b'["q", "a"]', "not an object"),
        (b"3", "not an object"),
        (b"null", "not an object"),
        (b'{"q": "a', "broken JSON"),
        (b"{'q': 1}", "broken JSON"),
        (b'{"q": NaN}', "broken JSON"),
        (b'{"q": "a\x00b"}', "broken JSON"),
        (b'{"q": ' + b"[" * 100_000, "broken JSON"),
        (b'{"q": ' + b"1" * 5_000 + b"}", "broken JSON"),
        (b'{"q": "\\ud800"}', "lone surrogate"),
        (b'{"\\udfff": 1}', "lone surrogate"),
        (b'{"q": "' + b"x" * 200_000 + b'"}', "row too large"),
    ],
    ids=lambda value: value[:12].decode(errors="replace") if isinstance(value, bytes) else value,
)
def test_a_broken_line_costs_its_own_row_alone(tmp_path: Path, line: bytes, fault: str) -> None:
    content = GOOD.encode() + b"\n" + line + b"\n" + GOOD.encode()
    reader = read(tmp_path, content, most_row_bytes=150_000)
    assert faults(reader) == [("0", None), ("1", fault), ("2", None)]
    assert json.loads(items(reader)[1]["_evidence"])["line"] == 2
    assert [row["a"] for row in items(reader)] == ["Adé", None, "Adé"]


def test_the_message_of_the_parser_is_evidence(tmp_path: Path) -> None:
    [row] = items(read(tmp_path, '{"q": }'))
    assert json.loads(row["_evidence"]) == {"line": 1, "message": "Expecting value: line 1 column 7 (char 6)"}


def test_a_surrogate_pair_is_a_letter(tmp_path: Path) -> None:
    assert data(read(tmp_path, '{"q": "\\ud83d\\ude00"}')) == [{"q": "😀"}]


def test_blank_lines_a_mark_and_carriage_returns_are_passed_over(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + f"{GOOD}\r\n\r\n  \n\n{GOOD}\r\n".encode()
    assert faults(read(tmp_path, content)) == [("0", None), ("1", None)]


@pytest.mark.parametrize("content", [b"", b"\n\n", gzip.compress(b"", mtime=0)])
def test_an_empty_file_has_no_items(tmp_path: Path, content: bytes) -> None:
    assert tables(read(tmp_path, content)) == []


def test_what_becomes_of_a_value_does_not_depend_on_other_rows(tmp_path: Path) -> None:
    rows = [{"x": 1}, {"x": 2.5}, {"x": "3"}, {"x": [1, "a"]}, {"x": {"b": None}}, {"x": None}, {}, {"x": 2**70}]
    found = data(read(tmp_path, "\n".join(map(json.dumps, rows))))
    assert [row["x"] for row in found] == [1, 2.5, "3", [1, "a"], {"b": None}, None, None, 2**70]
    assert type(found[0]["x"]) is int


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(GOOD.encode() * 1000, mtime=0)[:-9], "rows.jsonl: can not be read: Truncated"),
        (gzip.compress(GOOD.encode(), mtime=0)[:12], "rows.jsonl: can not be read"),
        (GOOD.encode("utf-16"), "rows.jsonl: is UTF-16; convert it to UTF-8"),
        (b'{"_key": 1}', "rows.jsonl: column '_key' has a reserved name"),
    ],
)
def test_a_file_that_can_not_be_read_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        items(read(tmp_path, content))


def test_a_row_of_50_mb_is_dropped_in_bounded_memory(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b"".join([b'{"q": "', b"x" * 50_000_000, b'"}\n', GOOD.encode()]))
    reader = source(JsonLines, tmp_path, "rows.jsonl")
    tracemalloc.start()
    found = items(reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row["_fault"] for row in found] == ["row too large", None]
    assert json.loads(found[0]["_evidence"]) == {"bytes": 50_000_009, "line": 1}
    assert peak < 40_000_000  # 16 MB of a row and its last chunk, twice while they are joined


def test_a_decompression_bomb_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.jsonl.gz", "wb", compresslevel=1) as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    reader = source(JsonLines, tmp_path, "bomb.jsonl.gz")
    tracemalloc.start()
    with pytest.raises(InputError, match=r"bomb.jsonl.gz: unpacks to more than 200 times its size"):
        items(reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000


def test_a_file_may_have_a_largest_unpacked_size(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rows.jsonl: unpacks to more than 30 bytes \(most_bytes\)"):
        items(read(tmp_path, f"{GOOD}\n{GOOD}", most_bytes=30))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    reader = read(tmp_path, GOOD)
    [part] = reader.parts()
    (tmp_path / "rows.jsonl").unlink()
    with pytest.raises(InputError, match=r"rows.jsonl: can not be read: .* No such file"):
        list(reader.read(part))


def test_the_digest_of_a_part_is_that_of_the_content(tmp_path: Path) -> None:
    [one], [other] = (read(tmp_path, content).parts() for content in (GOOD, GOOD + "\n"))
    assert one.name == other.name == "rows.jsonl"
    assert one.digest != other.digest
    assert one.digest == xxhash.xxh3_128_hexdigest(GOOD.encode())


def many(num: int) -> Iterable[str]:
    return (json.dumps({"n": str(number)}) for number in range(num))


@pytest.mark.parametrize("limit", [0, 1, BATCH_ROWS, BATCH_ROWS + 3, 2 * BATCH_ROWS])
def test_a_limit_is_exact(tmp_path: Path, limit: int) -> None:
    reader = read(tmp_path, "\n".join(many(BATCH_ROWS + 5)))
    found = tables(reader, limit)
    assert sum(map(len, found)) == min(limit, BATCH_ROWS + 5)
    assert all(len(table) <= BATCH_ROWS for table in found)


def test_a_column_seen_once_stays(tmp_path: Path) -> None:
    reader = read(tmp_path, "\n".join(['{"p": "x"}', *many(BATCH_ROWS)]))
    assert [table.column_names[3:] for table in tables(reader)] == [["p", "n"], ["p", "n"]]


@pytest.mark.realdata
def test_real_files_read_whole(real_data: Path) -> None:
    reader = source(JsonLines, real_data, ["instruct/*.jsonl", "synthetic/gpteacher_roleplay.jsonl.gz"])
    found = items(reader)
    assert len(found) == 175 + 252 + 175 + 1923
    assert {row["_fault"] for row in found} == {None}
