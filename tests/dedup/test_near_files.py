import gzip
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError, UserError
from dedup import row_parts
from dedup.near_files import dedup_files
from tests.dedup.test_minhash import SENTENCES
from tests.dedup.test_near import NEAR, chain, corpus, write

ROWS = [
    {"n": place, "text": text}
    for place, text in enumerate([*SENTENCES.values(), *(f"{text}!" for text in SENTENCES.values())])
]


def lines(path: Path) -> Path:
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n\n" for row in ROWS).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_lines_that_stay_are_written_as_they_are(tmp_path: Path, name: str) -> None:
    file = lines(tmp_path / name)
    report = dedup_files([file], tmp_path / "out", NEAR)
    written = (tmp_path / "out" / "kept" / name).read_bytes()
    kept = (gzip.decompress(written) if name.endswith("gz") else written).decode().splitlines()
    assert set(kept) <= {json.dumps(row, ensure_ascii=False) for row in ROWS}
    assert (report["rows"], report["kept"], report["near"], len(kept)) == (16, 8, 8, 8)


def test_the_verdict_names_files_rows_and_scores(tmp_path: Path) -> None:
    files = [write(tmp_path / "a.parquet", [SENTENCES["amh"]]), write(tmp_path / "b.parquet", ["x", SENTENCES["amh"]])]
    dedup_files(files, tmp_path / "out", NEAR)
    (row,) = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert row == {
        "file": str(files[1]), "row": 2, "kept_file": str(files[0]), "kept_row": 1, "jaccard": 1.0, "cluster": 2,
    }  # fmt: skip
    assert pq.read_table(tmp_path / "out" / "kept" / "b.parquet")["text"].to_pylist() == ["x"]


def test_the_end_of_a_chain_stays_and_is_named_with_one_of_its_like(tmp_path: Path) -> None:
    report = dedup_files([write(tmp_path / "a.parquet", chain(8))], tmp_path / "out", NEAR)
    (row,) = pq.read_table(tmp_path / "out" / "chained.parquet").to_pylist()
    kept = pq.read_table(tmp_path / "out" / "kept" / "a.parquet")["text"].to_pylist()
    assert report["chained"] == 1
    assert chain(8)[row["row"] - 1] in kept
    assert chain(8)[row["like_row"] - 1] not in kept
    assert 0.8 <= row["jaccard"] < 1


def test_the_report_shows_the_largest_group_with_samples(tmp_path: Path) -> None:
    texts = [f"{SENTENCES['tha']}{'ๆ' * num}" for num in range(8)] + corpus(20)
    report = dedup_files([write(tmp_path / "a.parquet", texts)], tmp_path / "out", NEAR)
    largest = report["clusters"][0]
    assert (largest["rows"], len(largest["texts"])) == (8, 3)
    assert all(text.startswith(SENTENCES["tha"][:50]) for text in largest["texts"])
    assert (report["bands"], report["slots"]) == (16, 8)
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report


def test_files_added_later_are_compared_with_those_before(tmp_path: Path) -> None:
    texts = corpus(100)
    old, new = write(tmp_path / "old.parquet", texts[:70]), write(tmp_path / "new.parquet", texts[70:])
    dedup_files([old], tmp_path / "out", NEAR)
    grown = dedup_files([new], tmp_path / "out", NEAR)
    joint = dedup_files([old, new], tmp_path / "joint", NEAR)
    assert grown == joint
    written = [(tmp_path / name / "kept" / "new.parquet").read_bytes() for name in ("out", "joint")]
    assert written[0] == written[1]


def test_the_command_says_what_went(tmp_path: Path) -> None:
    file = lines(tmp_path / "rows.jsonl")
    told = CliRunner().invoke(app, ["dedup", str(file), "--out", str(tmp_path / "out"), "--columns", "text"])
    assert told.exit_code == 0, told.output
    assert "16 rows, 8 stay; 0 copies and 8 near duplicates went (16 bands of 8 slots: 94.7%" in told.output


@pytest.mark.parametrize(("name", "comma"), [("a.csv", ","), ("a.csv.gz", ","), ("a.tsv", "\t")])
def test_delimited_rows_that_stay_are_written_as_they_are(tmp_path: Path, name: str, comma: str) -> None:
    quote = '"' if comma == "," else ""
    broken = "\r\n" if comma == "," else " "
    text, copy = (f"{quote}{SENTENCES['amh']}{broken}{SENTENCES['tha']}{end}{quote}" for end in ("", "!"))
    rows = [
        f"number{comma}text\r\n",
        f"1{comma}{text}\r\n",
        "\r\n",
        f"2{comma}{copy}\r\n",
        f"3{comma}{quote}{SENTENCES['yor']}{quote}",
    ]
    data = "".join(rows).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    report = dedup_files([tmp_path / name], tmp_path / "out", NEAR)
    assert (report["rows"], report["kept"], report["near"]) == (3, 2, 1)
    written = (tmp_path / "out" / "kept" / name).read_bytes()
    left = gzip.decompress(written) if name.endswith("gz") else written
    assert left.decode() in ("".join([*rows[:2], rows[4]]), "".join([rows[0], *rows[3:]]))


def test_what_can_not_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<a/>")
    with pytest.raises(UserError, match="not a file of rows"):
        dedup_files([tmp_path / "a.xml"], tmp_path / "out", NEAR)
    file = write(tmp_path / "a.parquet", ["a"])
    with pytest.raises(UserError, match="lies in the folder that is written to"):
        dedup_files([file], tmp_path, NEAR)


def test_files_of_one_name_keep_their_folders(tmp_path: Path) -> None:
    for name in ("yor", "tha"):
        (tmp_path / "rows" / name).mkdir(parents=True)
        write(tmp_path / "rows" / name / "a.parquet", [SENTENCES[name]])
    dedup_files(sorted((tmp_path / "rows").glob("*/*.parquet")), tmp_path / "out", NEAR)
    for name in ("yor", "tha"):
        assert pq.read_table(tmp_path / "out" / "kept" / name / "a.parquet")["text"].to_pylist() == [SENTENCES[name]]


@pytest.mark.parametrize("score", ["", "good", "1,5"])
def test_a_quality_in_csv_that_is_no_number_is_refused_by_file_row_and_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, score: str
) -> None:
    monkeypatch.setattr(row_parts, "PART_ROWS", 2)
    rows = [f'"{SENTENCES["yor"]}",2', f'"{SENTENCES["tha"]}",-1e3', f'"{SENTENCES["amh"]}","{score}"']
    (tmp_path / "a.csv").write_text("\n".join(["text,score", *rows]))
    near = NEAR.model_copy(update={"quality": "score"})
    with pytest.raises(InputError, match=f"a.csv: row 3: column 'score' must be a number, not '{score}'"):
        dedup_files([tmp_path / "a.csv"], tmp_path / "out", near)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_the_quality_of_any_file_decides_what_stays(tmp_path: Path, name: str) -> None:
    texts, scores = [SENTENCES["hin"], SENTENCES["hin"] + "!"], [0.5, 2.0]
    table = pl.DataFrame({"text": texts, "score": scores})
    getattr(table, {"csv": "write_csv", "jsonl": "write_ndjson", "parquet": "write_parquet"}[name[2:]])(tmp_path / name)
    near = NEAR.model_copy(update={"quality": "score"})
    report = dedup_files([tmp_path / name], tmp_path / "out", near)
    assert report["clusters"][0]["kept"] == f"{tmp_path / name}:2"
    assert report["clusters"][0]["texts"][0] == texts[1]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"text":"b","score":"good"}', "column 'score' must be a number, not 'good'"),
        (b'{"text":["b"],"score":1}', r"column 'text' must be a text, not \"\['b'\]\""),
        (b'{"text":true}', "column 'text' must be a text, not 'True'"),
        (b'["b"]', "not an object"),
        (b'{"text":', "broken JSON: Expecting value"),
    ],
)
def test_a_line_that_is_no_row_is_refused_by_file_and_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes, why: str
) -> None:
    monkeypatch.setattr(row_parts, "PART_ROWS", 2)
    good = '{"text":"ẹ","score":1}\n\n'.encode()
    (tmp_path / "a.jsonl").write_bytes(3 * good + line + b"\n")
    with pytest.raises(InputError, match=f"a.jsonl: row 4: {why}"):
        dedup_files([tmp_path / "a.jsonl"], tmp_path / "out", NEAR.model_copy(update={"quality": "score"}))


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_text_that_is_not_utf8_is_refused_by_file_and_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(row_parts, "PART_ROWS", 2)
    texts = pa.array([b"a", b"b", b"\xff", b"c"])
    if name == "a.parquet":
        pq.write_table(pa.table({"text": texts.view(pa.string())}), tmp_path / name)
    else:
        (tmp_path / name).write_bytes(b"".join(b'{"text":"%s"}\n' % text for text in texts.to_pylist()))
    with pytest.raises(InputError, match=f"row 3 of .*{name} is not UTF-8"):
        dedup_files([tmp_path / name], tmp_path / "out", NEAR)
