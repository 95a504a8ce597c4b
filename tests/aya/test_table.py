import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from aya import table
from aya.cli import app
from tests.strategies import tables


def two() -> pa.Table:
    return table.records([{"id": "a", "inputs": "ሰላም"}, {"id": "b", "inputs": "سلام", "drop": "x.y: old"}])


def test_the_first_reason_stands() -> None:
    marked = table.mark(two(), ["x.z: new", "x.z: new"], [{"n": 1}, {"n": 2}])
    assert marked["drop"].to_pylist() == ["x.z: new", "x.y: old"]
    assert marked["evidence"].to_pylist() == ['{"n":1}', None]


def test_kept_and_dropped_are_all() -> None:
    assert table.kept(two())["id"].to_pylist() == ["a"]
    assert table.dropped(two())["id"].to_pylist() == ["b"]


def test_a_new_column_comes_last_with_its_type() -> None:
    assert table.put(two(), "score", [1, None], pa.float32()).schema.field("score").type == pa.float32()


@given(tables())
def test_a_shard_comes_back_as_it_was_written(rows: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard.parquet"
        table.write(rows, path)
        assert table.read(path).equals(rows)


@given(st.none() | st.text())
def test_a_text_alone_is_written_as_it_is_among_other_values(text: str | None) -> None:
    assert table.canonical_text(text) == table.canonical(text)


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    table.write(two(), tmp_path / "a.parquet")
    table.write(two(), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_failed_write_leaves_nothing_and_spares_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table.write(two(), path)
    before = path.read_bytes()

    def fail(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        table.publish(path, fail)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


_KILLED = """
import os, signal, sys
from pathlib import Path
from aya.table import publish

def write(path):
    path.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

publish(Path(sys.argv[1]), write)
"""


@pytest.mark.parametrize(
    ("verb", "rest"), [("decontaminate", ("--against", "{}/evals.jsonl")), ("dedup", ("--columns", "text"))]
)
def test_a_verb_sweeps_what_killed_processes_left_and_nothing_else(
    tmp_path: Path, verb: str, rest: tuple[str, ...]
) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out"
    for name in ("rows.jsonl", "evals.jsonl"):
        (tmp_path / name).write_text(
            '{"id": "a", "text": "Olú-ìlú orílẹ̀-èdè Nàìjíríà ni Àbújá, kì í sì í ṣe Èkó mọ́"}\n'
        )
    subprocess.run([sys.executable, "-c", _KILLED, str(out / "index" / "keys")], check=False)
    (left,) = out.rglob("*.tmp")
    kept = [out / f"keys.{os.getpid()}.tmp", out / "notes.tmp"]
    for path in kept:
        path.touch()
    done = CliRunner().invoke(app, [verb, str(rows), "--out", str(out), *(part.format(tmp_path) for part in rest)])
    assert done.exit_code == 0, done.output
    assert not left.exists()
    assert all(path.exists() for path in kept)


@pytest.mark.parametrize("size", [32, 7])
def test_rows_are_found_by_id_in_a_table_that_lies_on_disk(tmp_path: Path, size: int) -> None:
    ids = [f"{number * 7:0{size}x}" for number in range(1000)]
    table.write_flat(pa.table({"id": ids, "kept": range(1000)}), tmp_path / "verdict.arrow")
    verdict = table.read_flat(tmp_path / "verdict.arrow")
    wanted = pa.chunked_array([[ids[500], ids[3]], ["z" * size, ids[3], "0" * (size - 1) + "1"]])
    assert table.of_ids(verdict, wanted)["kept"].to_pylist() == [3, 500]
    assert table.of_ids(pa.concat_tables([verdict.slice(0, 400), verdict.slice(400)]), wanted)["kept"].to_pylist() == [
        3,
        500,
    ]
    assert len(table.of_ids(verdict, wanted.slice(0, 0))) == len(table.of_ids(verdict.slice(0, 0), wanted)) == 0


def test_ids_of_any_length_are_found_too() -> None:
    verdict = pa.table({"id": ["a", "bb", "ọ́"], "kept": [1, 2, 3]})
    assert table.of_ids(verdict, pa.chunked_array([["ọ́", "a", "b"]]))["kept"].to_pylist() == [1, 3]
