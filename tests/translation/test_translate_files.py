import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from aya.errors import InputError, UserError
from tests.translation.engines import Shouting
from translation.locales import locale
from translation.memory import TranslationMemory
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


def test_what_a_run_would_do_is_counted(rows: Path) -> None:
    found = forecast([rows], Shouting(), source=ENGLISH, targets=[SPANISH])
    spanish = found.pop("targets")["spa_Latn"]
    assert found == {"rows": 3, "skipped": 0, "segments": 7, "different": 5, "letters": 10 + 11 + 6 + 3 + 3}
    assert spanish["tokens"] == 33


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


SLOW = """
import sys, time
from pathlib import Path
from tests.translation.engines import Shouting
from translation.locales import locale
from translation.translate_files import translate_files
class Slow(Shouting):
    def translate(self, texts, *, source, target):
        time.sleep(0.02 * len(texts))
        with Path(sys.argv[3]).open("a") as file:
            file.writelines(f"{text}\\n" for text in texts)
        return super().translate(texts, source=source, target=target)
translate_files([Path(sys.argv[1])], Path(sys.argv[2]), Slow(), source=locale("eng"), targets=[locale("spa")])
"""


def test_a_killed_run_goes_on_and_translates_no_stored_segment_twice(tmp_path: Path) -> None:
    rows, seen = tmp_path / "many.jsonl", tmp_path / "seen"
    rows.write_text(
        "".join(json.dumps({"inputs": f"Number {n} it is", "targets": f"{n} yes"}) + "\n" for n in range(60))
    )
    command = [sys.executable, "-c", SLOW, str(rows), str(tmp_path / "out"), str(seen)]
    first = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not seen.exists() or len(seen.read_text().splitlines()) < 20):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = seen.read_text().splitlines()
    memory = TranslationMemory(tmp_path / "out/memory.sqlite", engine="shouting", source="eng_Latn", target="spa_Latn")
    stored = [text for text in before if text in memory]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, check=True)
    later = seen.read_text().splitlines()[len(before) :]
    assert 20 <= len(before) < 120
    assert not set(stored) & set(later)
    assert len(before) - len(stored) <= Shouting.batch  # what was in the engine when it was killed
    assert sorted({*seen.read_text().splitlines()}) == sorted(
        text for n in range(60) for text in (f"Number {n} it is", f"{n} yes")
    )
    translate_files([rows], tmp_path / "undisturbed", Shouting(), source=ENGLISH, targets=[SPANISH])
    (killed, undisturbed) = (pl.read_parquet(tmp_path / name / "spa_Latn") for name in ("out", "undisturbed"))
    assert killed.equals(undisturbed)


@pytest.mark.parametrize(("name", "message"), [("no.jsonl", "no such file"), ("no.csv", "neither Parquet nor JSON")])
def test_a_file_that_can_not_be_read_is_refused_before_anything_is_done(
    name: str, message: str, tmp_path: Path
) -> None:
    engine = Shouting()
    with pytest.raises(UserError, match=message):
        translate_files([tmp_path / name], tmp_path / "out", engine, source=ENGLISH, targets=[SPANISH])
    assert engine.seen == []
