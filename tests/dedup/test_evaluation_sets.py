import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from aya.errors import InputError, UserError
from dedup.evaluation_sets import EvaluationSets, read_items

LONG = "ìbéèrè tí ó gùn díẹ̀"


def items(against: object) -> list[tuple[str, ...]]:
    table = read_items(TypeAdapter(EvaluationSets).validate_python(against))
    return [tuple(row.values()) for row in table.to_pylist()]


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_a_path_alone_gives_the_long_texts_with_id_and_language(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "asks.jsonl.gz", {"id": 5, "lang": "yo", "question": LONG, "label": "a", "options": [LONG, LONG]}
    )
    assert items(str(path)) == [("asks", "5", "yor", name, LONG) for name in ("question", "options", "options")]


def test_files_of_every_kind_give_the_same_items(tmp_path: Path) -> None:
    row = {"key": "k1", "code": "eng_Latn", "ask": f'{LONG} "x"'}
    lines(tmp_path / "a.jsonl", row)
    (tmp_path / "b.tsv").write_text(f"key\tcode\task\n{row['key']}\t{row['code']}\t{row['ask']}\n")
    (tmp_path / "c.csv").write_text(f'key,code,ask\n{row["key"]},{row["code"]},"{LONG} ""x"""\n')
    (tmp_path / "d.tsv").write_text(f"{row['key']}\t{row['code']}\t{row['ask']}\n")
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "e.parquet")
    for name in ("a.jsonl", "b.tsv", "c.csv", "d.tsv", "e.parquet"):
        one = {"files": str(tmp_path / name), "name": "s", "fields": ["ask"], "id": "key", "language": "code"}
        header = {"header": ["key", "code", "ask"]} if name == "d.tsv" else {}
        assert items(one | header) == [("s", "k1", "eng", "ask", row["ask"])], name


def test_translations_in_files_of_their_own_share_items(tmp_path: Path) -> None:
    for code in ("th", "yo"):
        for split in ("val", "test"):
            lines(tmp_path / code / f"{split}.{code}.jsonl", {"text": LONG})
    pattern = r"/(?P<split>\w+)\.(?P<language>\w+)\.jsonl$"
    found = items({"files": str(tmp_path / "*" / "*.jsonl"), "name": "s", "file_name": pattern})
    assert {row[1:3] for row in found} == {(f"{split}:0", code) for split in ("val", "test") for code in ("tha", "yor")}
    plain = items({"files": str(tmp_path / "*" / "*.jsonl"), "name": "s"})
    assert [row[1] for row in plain][:2] == ["th/test.th.jsonl:0", "th/val.th.jsonl:0"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fields": ["txt"]}, "no column 'txt'; did you mean 'text'"),
        ({"id": "ids"}, "no column 'ids'; did you mean 'id'"),
        ({"file_name": "(?P<language>zz)"}, "does not fit `file_name`"),
    ],
)
def test_what_is_wrong_with_a_set_is_said(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    path = lines(tmp_path / "a.jsonl", {"id": 1, "text": LONG})
    with pytest.raises(InputError, match=message):
        items({"files": str(path)} | settings)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n{"text": \n')
    with pytest.raises(InputError, match=r"a.jsonl:2: broken JSON"):
        items(str(tmp_path / "a.jsonl"))
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UserError, match="not a file of rows"):
        items(str(tmp_path / "a.txt"))


def test_a_pattern_for_names_must_be_one() -> None:
    with pytest.raises(ValidationError, match="no group 'lang'; did you mean 'language'"):
        TypeAdapter(EvaluationSets).validate_python({"files": "a.jsonl", "file_name": "(?P<lang>x)"})


def test_a_set_on_the_hub_is_read_configuration_by_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for config, text in (("yo", LONG), ("te", "ఇది చాలా పొడవైన ప్రశ్న")):
        lines(tmp_path / "someone" / "exam" / config / "test.jsonl", {"id": "1", "question": text})
    card = "".join(
        f"- {{config_name: {name}, data_files: [{{split: test, path: {name}/*}}]}}\n" for name in ("yo", "te")
    )
    (tmp_path / "someone/exam/README.md").write_text(f"---\nconfigs:\n{card}---\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    one = {"name": "exam", "repo": "someone/exam", "revision": "0" * 40, "config": ["yo", "te"], "fields": ["question"]}
    named = one | {"file_name": r"/(?P<language>\w+)/test$"}
    assert items(named) == [
        ("exam", "1", "yor", "question", LONG),
        ("exam", "1", "tel", "question", "ఇది చాలా పొడవైన ప్రశ్న"),
    ]


def test_a_set_on_the_hub_needs_its_commit() -> None:
    with pytest.raises(
        InputError, match="someone/exam/test is at 'unpinned'; give its commit as `revision`, from http"
    ):
        items({"repo": "someone/exam", "revision": "unpinned"})


def test_a_set_is_files_or_a_repository() -> None:
    for one in ({}, {"repo": "a/b"}, {"files": "x.jsonl", "repo": "a/b", "revision": "0" * 40}):
        with pytest.raises(ValidationError, match="either `files`, or `repo` and `revision`"):
            TypeAdapter(EvaluationSets).validate_python(one)
