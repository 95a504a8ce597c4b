"""A data set of the Hub, read by `datasets` as a stream; here from a folder that has its form."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from aya.errors import InputError
from aya.recipe import load_recipe
from collection.hub import Hub

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data set of three rows in a folder that `datasets` finds before the Hub."""
    folder = tmp_path / "someone" / "capitals" / "data"
    folder.mkdir(parents=True)
    rows = pa.table({"q": ["Ìlú?", "ከተማ?", "नगर?"], "a": ["Àbújá", "አዲስ አበባ", "नई दिल्ली"]})
    pq.write_table(rows, folder / "train-00000-of-00001.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return "someone/capitals"


def test_a_split_is_read_as_a_stream(repo: str) -> None:
    reader = Hub(repo=repo, revision=COMMIT)
    [part] = reader.parts()
    [table] = reader.read(part)
    assert part.name == "someone/capitals/train"
    assert table.to_pylist()[1] == {"_key": "1", "_fault": None, "_evidence": None, "q": "ከተማ?", "a": "አዲስ አበባ"}


def test_a_recipe_says_revision_and_split_once(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        f"""
        name: small
        sources:
          - {{use: collection.hub, repo: a/b, revision: {COMMIT}, split: dev, license: MIT, citation: x,
             columns: {{inputs: q, targets: a}}}}
        """
    )
    [entry] = load_recipe(tmp_path / "recipe.yaml").sources
    assert entry.source == Hub(repo="a/b", revision=COMMIT, split="dev")
    assert (entry.about.revision, entry.about.split) == (COMMIT, "dev")
    assert entry.about.url == "https://huggingface.co/datasets/a/b"


def test_a_limit_is_exact(repo: str) -> None:
    reader = Hub(repo=repo, revision=COMMIT)
    assert [len(table) for table in reader.read(reader.parts()[0], limit=2)] == [2]


def test_another_commit_is_another_digest() -> None:
    [one], [other] = (Hub(repo="a/b", revision=digit * 40).parts() for digit in "01")
    assert one.name == other.name
    assert one.digest != other.digest


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:7], COMMIT.upper()])
def test_a_revision_that_can_move_is_refused(revision: str) -> None:
    with pytest.raises(ValidationError, match=f"'{revision}' can move; give the commit, 40 hex digits"):
        Hub(repo="a/b", revision=revision)


@pytest.mark.parametrize("name", ["../secret", "a/b/c", "/etc", ""])
def test_a_name_that_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        Hub(repo=name, revision=COMMIT)


def test_a_split_that_is_not_there_is_named(repo: str) -> None:
    reader = Hub(repo=repo, revision=COMMIT, split="tset")
    with pytest.raises(InputError, match="someone/capitals/tset: can not be read: "):
        list(reader.read(reader.parts()[0]))


def test_each_configuration_is_a_part_and_a_column_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for config, text in (("yor", "Ìlú"), ("amh", "ከተማ")):
        folder = tmp_path / "someone" / "words" / config
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"q": [text]}), folder / "train.parquet")
    card = "".join(f"- {{config_name: {name}, data_files: {name}/train.parquet}}\n" for name in ("yor", "amh"))
    (tmp_path / "someone" / "words" / "README.md").write_text(f"---\nconfigs:\n{card}---\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    reader = Hub(repo="someone/words", revision=COMMIT, config=("yor", "amh"))
    assert [part.name for part in reader.parts()] == ["someone/words/yor/train", "someone/words/amh/train"]
    rows = [row for part in reader.parts() for table in reader.read(part) for row in table.to_pylist()]
    assert [(row["config"], row["q"]) for row in rows] == [("yor", "Ìlú"), ("amh", "ከተማ")]


def test_shards_hold_every_row_once(repo: str, tmp_path: Path) -> None:
    more = tmp_path / "someone" / "capitals" / "data" / "train-00001-of-00002.parquet"
    pq.write_table(pa.table({"q": ["Quanto?"], "a": ["Três"]}), more)
    reader = Hub(repo=repo, revision=COMMIT, shards=2)
    names = [part.name for part in reader.parts()]
    assert names == ["someone/capitals/train/00000-of-00002", "someone/capitals/train/00001-of-00002"]
    found = [[row["q"] for table in reader.read(part) for row in table.to_pylist()] for part in reader.parts()]
    assert found == [["Ìlú?", "ከተማ?", "नगर?"], ["Quanto?"]]


def test_more_shards_than_files_are_refused(repo: str) -> None:
    reader = Hub(repo=repo, revision=COMMIT, shards=3)
    with pytest.raises(InputError, match="has 1 files, so `shards` can be no more"):
        list(reader.read(reader.parts()[0]))
