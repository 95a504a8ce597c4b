"""Patterns of input files in settings."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from aya.stage import InputFiles, InputPath, Settings, matches


class Reader(Settings):
    files: InputFiles


def read(roots: list[Path], files: object) -> Reader:
    return Reader.model_validate({"files": files}, context={"roots": roots})


def names(reader: Reader) -> list[str]:
    return [match.name for pattern in reader.files for match in matches(pattern)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with some files; its own name has signs of patterns in it."""
    folder = tmp_path / "a[1]*"
    for name in ("x.csv", "train/yo.jsonl", "train/am.jsonl", "train/deep/te.jsonl", "test/yo.jsonl", "odd[0].csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("x.csv", ["x.csv"]),
        ("train/yo.jsonl", ["yo.jsonl"]),
        ("train/*.jsonl", ["am.jsonl", "yo.jsonl"]),
        ("*/yo.jsonl", ["test/yo.jsonl", "train/yo.jsonl"]),
        ("**/*.jsonl", ["test/yo.jsonl", "train/am.jsonl", "train/deep/te.jsonl", "train/yo.jsonl"]),
        (["train/[a-b]?.jsonl", "x.csv"], ["am.jsonl", "x.csv"]),
        ("odd[0].csv", ["odd[0].csv"]),
        (["x.csv", "./x.csv"], ["x.csv", "x.csv"]),
    ],
)
def test_a_name_is_the_path_below_the_folders_without_wildcards(root: Path, files: object, expected: list[str]) -> None:
    assert names(read([root], files)) == expected


def test_checked_patterns_work_in_another_process_without_a_context(root: Path) -> None:
    reader = read([root], ["**/*.jsonl", "odd[0].csv"])
    again = Reader.model_validate(reader.model_dump(mode="json"))
    assert again == reader
    assert names(again) == names(reader)


def test_the_first_root_with_such_a_file_is_taken(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert names(read([other, root], "train/*.jsonl")) == ["am.jsonl", "yo.jsonl"]
    assert names(read([other, root], str(root / "x.csv"))) == ["x.csv"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ("train/yoo.jsonl", "no file 'train/yoo.jsonl' in .*; did you mean 'yo.jsonl'"),
        ("trian/*.jsonl", "no file 'trian/.*; did you mean 'train'"),
        ("train/*.parquet", "no file 'train/"),
        ("../secret.csv", "path '../secret.csv' leaves the folder"),
        ("*/../../secret.csv", "leaves the folder"),
        ("/etc/passwd", "path '/etc/passwd' leaves the folder"),
        ("train", "'train' is a folder; name its files by a pattern, as 'train/\\*'"),
        (["train/yo.jsonl", "test/yo.jsonl"], "two files are called 'yo.jsonl'"),
        ([], "at least 1 item"),
    ],
)
def test_a_pattern_that_can_not_be_used_is_refused(root: Path, tmp_path: Path, files: object, message: str) -> None:
    (tmp_path / "secret.csv").write_text("secret")
    with pytest.raises(ValidationError, match=message):
        read([root], files)


def test_a_link_out_of_the_folder_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(ValidationError, match=re.escape("path '*.csv' leaves the folder")):
        read([root], "*.csv")


class Lookup(Settings):
    path: InputPath


def test_one_path_is_found_below_any_root_and_below_no_other_folder(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    context = {"roots": [tmp_path / "other", root]}
    for path in ("x.csv", root / "x.csv"):
        assert Lookup.model_validate({"path": path}, context=context).path == root / "x.csv"
    with pytest.raises(ValidationError, match=r"path '\.\./\.\./secret' leaves the folder"):
        Lookup.model_validate({"path": "../../secret"}, context=context)
