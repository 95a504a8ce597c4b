import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aya.errors import InputError
from training.judging.answers import read_answers

ROWS = [
    {"id": "1", "language": "yo", "prompt": "Kí ni olú-ìlú Nàìjíríà?", "answer": "Àbújá"},
    {"id": "1", "language": "ara", "prompt": "ما عاصمة مصر؟", "answer": ""},
]


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_both_kinds_of_file_give_the_same_answers(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    found = read_answers(written(tmp_path / "a.jsonl", ROWS))
    assert found == read_answers(tmp_path / "a.parquet")
    assert [(one.language, one.script, one.answer) for one in found] == [("yor", "Latn", "Àbújá"), ("ara", "Arab", "")]


def test_columns_of_a_collection_will_do(tmp_path: Path) -> None:
    rows = [{"id": "1", "language": "hin", "inputs": "नमस्ते", "targets": "नमस्ते!"}]
    assert read_answers(written(tmp_path / "a.jsonl", rows))[0].answer == "नमस्ते!"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "1", "language": "yor"}, "row 3: '1' in yor stands in row 1 too"),
        ({"language": "yoruba_"}, "row 3: no language 'yoruba_'"),
        ({"answer": None, "answr": "x"}, "row 3: no `answer`; did you mean 'answr'"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, change: dict[str, str], why: str) -> None:
    path = written(tmp_path / "a.jsonl", [*ROWS, {"id": "2", "language": "yor", "prompt": "?", "answer": "!"} | change])
    with pytest.raises(InputError, match=why):
        read_answers(path)


def test_a_missing_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path / "answers.jsonl", ROWS)
    with pytest.raises(InputError, match=r"did you mean 'answers\.jsonl'"):
        read_answers(tmp_path / "answer.jsonl")


def test_a_table_of_answers_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "answers.tsv"
    path.write_text('\ufeffid\tlang\tprompt\tanswer\n1\tthai\tอะไร\t"ก\tข"\n', encoding="utf-8")
    assert [(one.language, one.answer) for one in read_answers(path)] == [("tha", "ก\tข")]
    path.write_text('id\tlang\tprompt\tanswer\n1\ttha\t?\t"never closed\n', encoding="utf-8")
    with pytest.raises(InputError, match="can not be read: unexpected end of data"):
        read_answers(path)
