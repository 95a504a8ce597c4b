import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aya.errors import InputError, UserError
from tests.translation.engines import Shouting
from translation.engine import Hypothesis
from translation.locales import locale
from translation.translate_files import Texts, forecast, translate_files

ROWS = [
    {"id": "a", "inputs": "Say hello. Use `f(x)`.", "targets": "Hello.\n\n- one\n- two", "topic": "code"},
    {"id": "b", "inputs": "12 + 30 =", "targets": "42", "topic": "sums"},
    {"id": "c", "inputs": "Say hello.", "targets": "Hello.", "topic": "code"},
]
ENGLISH, SPANISH, YORUBA = (locale(code) for code in ("eng", "es", "yor_Latn"))


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_every_row_is_there_in_every_language_and_faults_are_marked(rows: Path, tmp_path: Path) -> None:
    report = translate_files([rows], tmp_path / "out", Shouting(), source=ENGLISH, targets=[SPANISH, YORUBA])
    for code in ("spa_Latn", "yor_Latn"):
        made = pl.read_parquet(tmp_path / "out" / code / "rows.parquet")
        assert made["id"].to_list() == ["a", "b", "c"]
        assert made["inputs"].to_list() == ["SAY HELLO. USE `f(x)`.", "12 + 30 =", "SAY HELLO."]
        assert made["source_targets"].to_list() == [row["targets"] for row in ROWS]
        assert made["fault"].to_list() == [None, "nothing to translate", None]
        assert made["language"].unique().to_list() == [code]
        assert made["topic"].to_list() == ["code", "sums", "code"]
        assert made["parent_id"].to_list() == ["rows.jsonl:1", "rows.jsonl:2", "rows.jsonl:3"]
    assert report["complete"]
    assert report["targets"]["spa_Latn"]["faults"] == 1


def test_parents_are_named_by_the_column_of_ids(rows: Path, tmp_path: Path) -> None:
    texts = Texts(id_column="id")
    translate_files([rows], tmp_path / "out", Shouting(), source=ENGLISH, targets=[SPANISH], texts=texts)
    assert pl.read_parquet(tmp_path / "out/spa_Latn/rows.parquet")["parent_id"].to_list() == ["a", "b", "c"]


def test_a_column_of_ids_that_is_not_there_is_refused_before_anything_is_translated(rows: Path, tmp_path: Path) -> None:
    engine = Shouting()
    common: dict[str, Any] = {"source": ENGLISH, "targets": [SPANISH], "texts": Texts(id_column="idd")}
    with pytest.raises(InputError, match="no column 'idd'; did you mean 'id'"):
        translate_files([rows], tmp_path / "out", engine, **common)
    with pytest.raises(InputError, match="no column 'idd'"):
        forecast([rows], engine, **common)
    assert engine.seen == []


def test_rows_are_left_out_by_a_column_and_others_with_the_same_texts_are_not(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    same = {"inputs": "Say hello.", "targets": "Hello."}
    rows.write_text("".join(json.dumps(same | {"id": n, "kind": kind}) + "\n" for n, kind in enumerate("aba")))
    texts = Texts(leave={"kind": ("b",), "id": ("2", "7")})
    counts = forecast([rows], Shouting(), source=ENGLISH, targets=[SPANISH], texts=texts)
    translate_files([rows], tmp_path / "out", Shouting(), source=ENGLISH, targets=[SPANISH], texts=texts)
    made = pl.read_parquet(tmp_path / "out/spa_Latn/rows.parquet")
    assert made["fault"].to_list() == [None, "left out by policy", "left out by policy"]
    assert made["targets"].to_list() == ["HELLO.", None, None]
    assert (counts["rows"], counts["skipped"]) == (3, 2)
    texts = Texts(leave={"kin": ("b",)})
    with pytest.raises(UserError, match="no column 'kin'; did you mean 'kind'"):
        translate_files([rows], tmp_path / "out", Shouting(), source=ENGLISH, targets=[SPANISH], texts=texts)


def test_a_second_run_translates_nothing_and_a_changed_file_only_what_is_new(rows: Path, tmp_path: Path) -> None:
    for _ in range(2):
        engine = Shouting()
        translate_files([rows], tmp_path / "out", engine, source=ENGLISH, targets=[SPANISH])
    assert engine.seen == []
    rows.write_text(rows.read_text() + json.dumps({"inputs": "Say hello.", "targets": "Good day."}) + "\n")
    translate_files([rows], tmp_path / "out", engine, source=ENGLISH, targets=[SPANISH])
    assert engine.seen == ["Good day."]


def test_hours_that_are_over_leave_the_report_incomplete(rows: Path, tmp_path: Path) -> None:
    report = translate_files([rows], tmp_path / "out", Shouting(), source=ENGLISH, targets=[SPANISH], hours=-1)
    assert not report["complete"]
    assert not (tmp_path / "out/spa_Latn/rows.parquet").exists()


def test_hours_end_a_run_behind_the_batch_in_hand(rows: Path, tmp_path: Path) -> None:
    class Slow(Shouting):
        batch = 1

        def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Hypothesis]:
            time.sleep(2.1)
            return super().translate(texts, source=source, target=target)

    told: list[int] = []
    slow, quick = Slow(), Shouting()
    common: dict[str, Any] = {"source": ENGLISH, "targets": [SPANISH]}
    assert not translate_files(
        [rows], tmp_path / "out", slow, hours=2 / 3600, tell=lambda what, done, of: told.append(done), **common
    )["complete"]
    assert translate_files([rows], tmp_path / "out", quick, **common)["complete"]
    assert (slow.seen, len(quick.seen)) == (["Say hello."], 4)
    assert told == [len("Say hello.")]


def test_what_a_run_would_do_is_counted(rows: Path) -> None:
    found = forecast([rows], Shouting(), source=ENGLISH, targets=[SPANISH])
    spanish = found.pop("targets")["spa_Latn"]
    assert found == {"rows": 3, "skipped": 0, "segments": 7, "different": 5, "letters": 10 + 11 + 6 + 3 + 3}
    assert (spanish["segments"], spanish["tokens"]) == (5, 33)


def test_what_an_earlier_run_did_is_not_counted_again(rows: Path, tmp_path: Path) -> None:
    common: dict[str, Any] = {"source": ENGLISH, "targets": [SPANISH]}
    translate_files([rows], tmp_path / "out", Shouting(), **common)
    with rows.open("a") as file:
        file.write(json.dumps({"inputs": "Say hello.", "targets": "Good day."}) + "\n")
    found = forecast([rows], Shouting(), memory=tmp_path / "out/memory.sqlite", **common)
    assert {name: found["targets"]["spa_Latn"][name] for name in ("segments", "tokens")} == {"segments": 1, "tokens": 9}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "row 1: "),
        ('{"inputs": "\udcff"}', "row 1: 'utf-8' codec"),
        ("[1]", "row 1: not an object"),
        ('{"input": "a", "targets": "b"}', "no column 'inputs'"),
    ],
)
def test_a_broken_file_is_named_with_its_row(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes((line + "\n").encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=message):
        translate_files([path], tmp_path / "out", Shouting(), source=ENGLISH, targets=[SPANISH])


@pytest.mark.parametrize(("name", "message"), [("no.jsonl", "no such file"), ("no.csv", "neither Parquet nor JSON")])
def test_a_file_that_can_not_be_read_is_refused_before_anything_is_done(
    name: str, message: str, tmp_path: Path
) -> None:
    engine = Shouting()
    with pytest.raises(UserError, match=message):
        translate_files([tmp_path / name], tmp_path / "out", engine, source=ENGLISH, targets=[SPANISH])
    assert engine.seen == []
