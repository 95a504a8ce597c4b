import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError, UserError
from dedup.contamination import Contamination
from dedup.decontaminate import decontaminate, decontaminate_files
from dedup.verdicts import Verdicts

ITEM = "Olú-ìlú orílẹ̀-èdè Nàìjíríà ni Àbújá, kì í sì í ṣe Èkó mọ́ láti ọdún 1991"
ROWS = [
    {"n": 1, "ask": f"Ṣé òtítọ́ ni? {ITEM}", "say": "bẹ́ẹ̀ ni", "x": None},
    {"n": 2, "ask": "中国的首都是哪里？", "say": "北京", "x": None},
    {"n": 3, "ask": None, "say": ITEM.upper(), "x": None},
]


@pytest.fixture
def evals(tmp_path: Path) -> str:
    """One item in Yoruba, and one that nobody has."""
    path = tmp_path / "evals" / "capitals.jsonl"
    path.parent.mkdir()
    rows = [
        {"id": "ng", "language": "yo", "text": ITEM},
        {"id": "cn", "language": "zh", "text": "北京是中华人民共和国的首都"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def numbers(data: Any) -> list[int]:
    rows: Any = data.to_pylist() if isinstance(data, pa.Table) else data
    return [row["n"] for row in rows]


def test_a_table_a_frame_and_a_data_set_come_back_as_they_are(evals: str) -> None:
    for data in (pa.Table.from_pylist(ROWS), datasets.Dataset.from_list(ROWS)):
        found = decontaminate(data, evals)
        assert type(found.kept) is type(found.dropped) is type(data)
        assert (numbers(found.kept), numbers(found.dropped)) == ([2], [1, 3])
    frame = decontaminate(pl.DataFrame(ROWS), evals, columns=["say"])
    assert frame.kept["n"].to_list() == [1, 2]
    rows: list[dict[str, Any]] = frame.dropped.to_dicts()
    assert json.loads(rows[0]["contaminated_by"])[0]["item"] == "ng"


def test_flagged_rows_stay_with_a_note(evals: str) -> None:
    found = decontaminate(pa.Table.from_pylist(ROWS), evals, action="flag")
    assert numbers(found.kept) == [1, 2, 3]
    assert found.kept["contamination"].to_pylist() == [1, 0, 1]


def test_the_report_counts_items_by_set_and_language_and_joins_them(evals: str) -> None:
    report = decontaminate(pa.Table.from_pylist(ROWS), evals).report
    none = {"items": 1, "hit": 0, "share": 0, "noted": 0, "rows": 0, "rows_noted": 0}
    hit = {"items": 1, "hit": 1, "share": 1, "noted": 1, "rows": 2, "rows_noted": 2}
    assert report["sets"] == [
        {"set": "capitals", "language": "yor"} | hit,
        {"set": "capitals", "language": "zho"} | none,
    ]
    assert report["items"] == [
        {"set": "capitals", "item": "ng", "languages": ["yor"], "languages_noted": ["yor"], "most": 1.0}
    ]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The rows as Parquet, JSON Lines with spaces of its own, and packed JSON Lines."""
    pq.write_table(pa.Table.from_pylist(ROWS).drop_columns(["x"]), tmp_path / "a.parquet")
    text = "".join(json.dumps(row, ensure_ascii=False, indent=None, separators=(" , ", " : ")) + "\n" for row in ROWS)
    (tmp_path / "b.jsonl").write_text(text)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    return [tmp_path / name for name in ("a.parquet", "b.jsonl", "c.jsonl.gz")]


def test_files_are_written_again_without_the_rows(tmp_path: Path, evals: str, files: list[Path]) -> None:
    out = tmp_path / "out"
    report = decontaminate_files(files, evals, out=out)
    assert pq.read_table(out / "a.parquet").equals(pq.read_table(files[0]).slice(1, 1))
    assert pq.read_table(out / "dropped/a.parquet")["n"].to_pylist() == [1, 3]
    second = files[1].read_text().splitlines(keepends=True)[1]
    assert (out / "b.jsonl").read_text() == second
    assert gzip.decompress((out / "c.jsonl.gz").read_bytes()).decode() == second
    dropped = [json.loads(line) for line in (out / "dropped/b.jsonl").read_text().splitlines()]
    assert [row["contaminated_by"][0]["column"] for row in dropped] == ["ask", "say"]
    assert json.loads((out / "report.json").read_text()) == report
    assert report["sets"][0]["rows"] == 6


def test_batches_do_not_matter(tmp_path: Path, evals: str, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = decontaminate_files(files, evals, out=tmp_path / "whole")
    monkeypatch.setattr("dedup.decontaminate.BATCH", 1)
    assert decontaminate_files(files, evals, out=tmp_path / "pieces") == whole
    for name in ("b.jsonl", "dropped/b.jsonl"):
        assert (tmp_path / "pieces" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_can_not_be_done_is_said_and_nothing_is_half_written(
    tmp_path: Path, evals: str, files: list[Path]
) -> None:
    out = tmp_path / "out"
    with pytest.raises(UserError, match=r"no file nowhere\.parquet"):
        decontaminate_files([Path("nowhere.parquet")], evals, out=out)
    with pytest.raises(InputError, match=r"a.parquet: no column of text 'asks'; did you mean 'ask'"):
        decontaminate_files(files, evals, out=out, columns=["asks"])
    with pytest.raises(UserError, match="would be written over"):
        decontaminate_files(files, evals, out=tmp_path)
    with pytest.raises(UserError, match="share: Input should be"):
        decontaminate_files(files, evals, out=out, share=2)
    (tmp_path / "d.jsonl").write_text('{"ask": "a"}\n{"ask": \n')
    with pytest.raises(InputError, match=r"d.jsonl: row 2: broken JSON"):
        decontaminate_files([tmp_path / "d.jsonl"], evals, out=out)
    assert not [path for path in out.rglob("*") if path.is_file()]


def test_the_command_prints_a_table_or_json(tmp_path: Path, evals: str, files: list[Path]) -> None:
    sets = tmp_path / "sets.yaml"
    sets.write_text(f"- {{files: {evals}, name: capitals, fields: [text]}}\n")
    command = ["decontaminate", *map(str, files), "--against", str(sets), "--out", str(tmp_path / "out")]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    assert ["capitals", "yor", "1", "1", "100.0%", "1", "6"] in [line.split() for line in shown.output.splitlines()]
    told = CliRunner().invoke(app, [*command, "--json", "--flag", "--field", "ask"])
    assert json.loads(told.output)["sets"][0]["rows"] == 3
    assert (tmp_path / "out/b.jsonl").read_text().count("\n") == 3


_STOPPED = """
import os, signal, sys
from pathlib import Path
from dedup import decontaminate
from dedup.contamination import Contamination

decontaminate.BATCH, judge, calls = 1, Contamination.judge, []

def judge_some(self, *rows):
    if len(calls) == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(rows)
    return judge(self, *rows)

Contamination.judge = judge_some
evals, out, *files = sys.argv[1:]
decontaminate.decontaminate_files(list(map(Path, files)), evals, out=Path(out))
"""


def test_a_killed_run_goes_on_where_it_was(
    tmp_path: Path, evals: str, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six batches are judged (none, three rows of a.parquet, two of b.jsonl); then the process is killed."""
    whole, out = tmp_path / "whole", tmp_path / "out"
    monkeypatch.setattr("dedup.decontaminate.BATCH", 1)
    report = decontaminate_files(files, evals, out=whole)
    done = subprocess.run([sys.executable, "-c", _STOPPED, evals, str(out), *map(str, files)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (out / "b.jsonl").exists()
    written = (out / "a.parquet").stat().st_mtime_ns
    judge, calls = Contamination.judge, []

    def counted(self: Contamination, *rows: Any) -> Verdicts:
        calls.append(rows)
        return judge(self, *rows)

    monkeypatch.setattr(Contamination, "judge", counted)
    assert decontaminate_files(files, evals, out=out) == report
    assert len(calls) == 10 - 6
    assert (out / "a.parquet").stat().st_mtime_ns == written
    paths = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert len(paths) == 7
    for path in paths:
        assert (out / path).read_bytes() == (whole / path).read_bytes()
    assert not (out / ".verdicts").exists()
