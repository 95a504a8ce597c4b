from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya import table
from aya.input_paths import canonical_settings, content_digest
from aya.ledger import Withdrawn
from aya.plan import Shard, describe, files_of, grouped
from aya.stage import InputFiles, InputPath, Settings
from aya.task import Task, plugin, run
from aya.tasks.gather import FILE_ROWS
from aya.tasks.partition import split
from aya.tasks.source import SHARD_ROWS, shards
from aya.text import digest


@given(st.lists(st.tuples(st.integers(0, 120), st.sampled_from("ab"))))
def test_groups_keep_order_and_source_and_size(drawn: list[tuple[int, str]]) -> None:
    all_shards = [Shard(path=str(n), rows=rows, sha256="", source=source) for n, (rows, source) in enumerate(drawn)]
    groups = list(grouped(all_shards, most=100))
    assert [shard for group in groups for shard in group] == all_shards
    for group in groups:
        assert len({shard.source for shard in group}) == 1
        assert len(group) == 1 or sum(shard.rows for shard in group) <= 100


def test_groups_keep_to_their_bytes() -> None:
    large = [Shard(path=str(n), rows=1, bytes=size, sha256="", source="") for n, size in enumerate((4, 4, 4, 9, 1, 2))]
    assert [[shard.bytes for shard in group] for group in grouped(large, most=100, most_bytes=8)] == [
        [4, 4], [4], [9], [1, 2],
    ]  # fmt: skip


def test_a_file_that_overlays_share_is_counted_once_and_few_rows_of_many_files_are_cut_by_these() -> None:
    files = [Shard(path=str(number), rows=50, sha256="", bytes=5) for number in range(4)]
    over = [Shard(path=f"{file.path}-{n}", rows=1, sha256="", bytes=1, over=file) for file in files for n in range(3)]
    groups = list(grouped(over, most=100, most_bytes=10))
    assert [[shard.path for shard in group] for group in groups] == [
        ["0-0", "0-1", "0-2", "1-0", "1-1", "1-2"], ["2-0", "2-1", "2-2", "3-0", "3-1", "3-2"],
    ]  # fmt: skip


@given(st.lists(st.none() | st.integers(0, 2**64 - 1)), st.integers(1, 9))
def test_every_key_is_in_one_range_in_its_order(keys: list[int | None], ranges: int) -> None:
    parts = dict(split(pa.table({"key": pa.array(keys, pa.uint64())}), "key", ranges))
    for index, part in parts.items():
        wanted = [key for key in keys if key is not None and key * ranges >> 64 == index]
        assert part["key"].to_pylist() == wanted
    assert sum(map(len, parts.values())) == sum(key is not None for key in keys)


def test_a_stream_is_cut_into_shards_of_one_size() -> None:
    stream = [pa.table({"n": list(range(start, start + 30_000))}) for start in (0, 30_000, 60_000)]
    cut = list(shards(stream))
    assert [len(shard) for shard in cut] == [SHARD_ROWS, 90_000 - SHARD_ROWS]
    assert pa.concat_tables(cut)["n"].to_pylist() == list(range(90_000))


def test_a_big_place_has_several_files() -> None:
    groups = {"s eng Latn": 2 * FILE_ROWS, "s yor Latn": 5, "t - -": FILE_ROWS + 1}
    assert files_of(groups) == {"eng_Latn/s": 2, "und_Zyyy/t": 2}


class Words(Settings):
    """A stage with files among its settings."""

    name: ClassVar[str] = "tests.words"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    lists: tuple[InputPath, ...]
    least: int = 1


def test_a_path_counts_as_the_name_and_content_of_its_file(tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "w.txt", tmp_path / "there" / "w.txt"
    for path in (here, there):
        path.parent.mkdir()
        path.write_text("ọ̀rọ̀")
    assert canonical_settings(Words(lists=(here,))) == canonical_settings(Words(lists=(there,)))
    there.write_text("ọrọ")
    assert canonical_settings(Words(lists=(here,))) != canonical_settings(Words(lists=(there,)))
    assert canonical_settings(Words(lists=(here,)), paths=False) == {"least": 1}


class Sets(Settings):
    """A stage with models that have files."""

    name: ClassVar[str] = "tests.sets"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    lists: tuple[Words, ...]
    files: InputFiles


def test_paths_inside_settings_and_patterns_count_by_content_too(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "w.txt").write_text("ọ̀rọ̀")

    def known(place: str) -> dict[str, object]:
        path = tmp_path / place / "w.txt"
        return canonical_settings(Sets(lists=(Words(lists=(path,)),), files=(str(path.with_name("*.txt")),)))

    assert known("here") == known("there")
    before = known("there")
    (tmp_path / "there" / "w.txt").write_text("ọrọ")
    after = known("there")
    assert before["lists"] != after["lists"]
    assert before["files"] != after["files"]


def test_the_digest_of_a_folder_knows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = content_digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert content_digest(tmp_path) != before


@pytest.mark.parametrize("files", [1, 3])
def test_rows_of_all_shards_come_together_sorted_by_id(tmp_path: Path, files: int) -> None:
    def make(kind: str, name: str, inputs: list[Path], options: dict[str, object]) -> Task:
        (tmp_path / kind).mkdir(exist_ok=True)
        paths = tuple(str(path) for path in inputs)
        return Task(kind=kind, key=name, folder=str(tmp_path / kind), name=name, inputs=paths, options=options)

    arranged: dict[str, list[tuple[Path, int]]] = {}
    ids = [digest(str(number)) for number in range(300)]
    for index in range(3):
        rows = [{"id": id_, "language": "yor", "script": "Latn", "source": "s"} for id_ in ids[index::3]]
        shard = tmp_path / f"{index}.parquet"
        table.write(table.records(rows), shard)
        task = make("arrange", str(index), [shard], {"files": {"yor_Latn/s": files}})
        for file, label in run(task).outputs[0].labels.items():
            arranged.setdefault(file, []).append((task.output(""), int(label.split()[0])))
    found = []
    for file, of in sorted(arranged.items()):
        task = make("gather", file.replace("/", "-"), [path for path, _ in of], {"groups": [group for _, group in of]})
        run(task)
        found.append(table.read(task.output(""))["id"])
    assert len(found) == files
    assert [id_ for column in found for id_ in column.to_pylist()] == sorted(ids)


def test_a_plug_in_at_another_path_is_another(tmp_path: Path) -> None:
    paths = [tmp_path / name / "rules.jsonl" for name in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        path.write_text('{"kind": "source", "value": "cldr"}\n')
    described = [describe(Withdrawn(path=path)) for path in paths]
    assert described[0].digest == described[1].digest
    assert [plugin(of).path for of in described] == paths
