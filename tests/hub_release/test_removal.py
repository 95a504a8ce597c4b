"""Removal: the next PATCH version is without the rows and all made from them, and later builds stay without."""

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import UserError
from aya.ledger import withdraw
from aya.table import put
from hub_release.checks import check
from hub_release.release import Release
from hub_release.removal import remove
from hub_release.removals import hashed
from hub_release.selection import Buckets, descendants
from tests.releases import DATE, made, many, released, rows_of
from tests.workshop import Workshop

Taken = Callable[..., Any]


@pytest.fixture
def family(workshop: Workshop) -> Release:
    """Return a release with a row, its child and its grandchild among 18 rows."""
    first = made(workshop, many(12), "0.1.0")
    parent = next(row for row in rows_of(first).values() if row["inputs"].startswith("0."))["id"]
    rows = many(12)
    for key, of in (("child", parent), ("grandchild", None)):
        rows.append(rows[1] | {"k": key, "q": f"{key} ما عاصمة مصر؟", "p": of})
    workshop.rows(rows)
    workshop.recipe(source={"key": "k", "columns": {"inputs": "q", "targets": "a", "language": "l", "parent_id": "p"}})
    workshop.build()
    child = next(row["id"] for row in workshop.version().arrow().to_pylist() if row["inputs"].startswith("child"))
    rows[-1]["p"] = child
    workshop.rows(rows)
    return released(workshop, "1.0.0")


def test_a_row_leaves_with_all_that_was_made_from_it(family: Release) -> None:
    before = rows_of(family)
    parent = next(row for row in before.values() if row["inputs"].startswith("0."))["id"]
    done = remove(family.path, [("id", parent)], reason="request", date=DATE)
    after = Release(done.folder)
    assert (done.version, done.num_rows, after.manifest["previous"]) == ("1.0.1", 3, "1.0.0")
    assert before.keys() - rows_of(after).keys() == set(done.ids)
    assert done.by_language_and_source == {"ara/rows": 2, "yor/rows": 1}
    assert sorted(done.held_by[str(family.path)]) == [
        "data/ara_Arab/rows-train-00000-of-00001.parquet",
        "data/yor_Latn/rows-train-00000-of-00001.parquet",
    ]
    stones = [json.loads(line) for line in (done.folder / "meta/removals.jsonl").read_text().splitlines()]
    assert {stone["hash"] for stone in stones} == {hashed("small", id_) for id_ in done.ids}
    assert all(id_ not in path.read_text() for id_ in done.ids for path in done.folder.rglob("*.jsonl"))


def test_a_later_build_stays_without_them(workshop: Workshop, family: Release) -> None:
    done = remove(family.path, [("matches", "(?i)GRANDCHILD")], reason="request", date=DATE)
    withdraw(workshop.store, [("id", id_) for id_ in done.ids], reason="request")
    later = made(workshop, many(18), "1.1.0", previous=Release(done.folder))
    assert not set(done.ids) & rows_of(later).keys()
    assert later.manifest["num_removed"] == 1
    assert [of.faults for of in check(later.path) if of.name == "dropped"] == [()]


def test_a_row_that_came_back_is_found(workshop: Workshop, family: Release) -> None:
    done = remove(family.path, [("matches", "^grandchild")], reason="request", date=DATE)
    back = released(workshop, "1.1.0", previous=Release(done.folder))  # nobody withdrew it from the store
    (faults,) = [of.faults for of in check(back.path) if of.name == "dropped"]
    assert faults == (f"data/ara_Arab/rows-train-00001-of-00002.parquet: {done.ids[0]} was taken out and is back",)


def test_all_of_a_person_or_a_source_leaves(family: Release) -> None:
    with pytest.raises(UserError, match="nothing to release: no row is left"):
        remove(family.path, [("source", "rows")], reason="licence", date=DATE)
    with pytest.raises(UserError, match=r"no row of 1\.0\.0 has annotator 'a7'"):
        remove(family.path, [("annotator", "a7")], reason="request", date=DATE)


def test_other_files_keep_their_bytes(family: Release) -> None:
    done = remove(family.path, [("matches", "^0\\.")], reason="request", date=DATE)
    old = {file.path: file.sha256 for file in family.files}
    new = {file.path: file.sha256 for file in Release(done.folder).files}
    assert {path.split("/")[1] for path in old if old[path] != new.get(path)} == {"yor_Latn", "ara_Arab"}
    assert sum(len(pq.read_table(path)) for path in Release(done.folder).paths()) == 14 - done.num_rows


def test_rows_that_a_person_wrote_or_had_a_part_in_leave(workshop: Workshop) -> None:
    release = made(workshop, many(12), "1.0.0")
    said = {0: '{"annotator":"a1","authors":"a1 a7"}', 1: '{"annotator":"a7"}', 2: '{"annotator":"a71"}'}
    for number, path in enumerate(release.paths()[:3]):
        rows = pq.read_table(path)
        path.unlink()  # it is a link to the file of another release
        notes = [said[number], *rows["provenance"].to_pylist()[1:]]
        pq.write_table(put(rows, "provenance", notes, rows.schema.field("provenance").type), path)
    done = remove(release.path, [("annotator", "a7")], reason="request", date=DATE)
    assert sorted(done.by_language_and_source.values()) == [1, 1]


@given(parents=st.lists(st.integers(0, 30), min_size=1, max_size=30), asked=st.integers(0, 29), size=st.integers(1, 40))
def test_all_descendants_are_selected_whatever_fits_in_memory(
    tmp_path_factory: pytest.TempPathFactory, parents: list[int], asked: int, size: int
) -> None:
    folder = tmp_path_factory.mktemp("selected")
    family = {number: parent for number, parent in enumerate(parents) if parent != number}
    rows = pl.DataFrame({"id": [f"r{number}" for number in range(len(parents))]}).with_columns(
        language=pl.lit("yor"), file=pl.lit(0, pl.Int32)
    )
    tree, first = Buckets(folder / "family", "parent_id", size), Buckets(folder / "first", "id", size)
    made_of = [f"r{family[number]}" if number in family else None for number in range(len(parents))]
    tree.add(rows.with_columns(parent_id=pl.Series(made_of, dtype=pl.String)).drop_nulls("parent_id"))
    first.add(rows.filter(pl.col("id") == f"r{asked}"))
    found = descendants(first, tree, folder)
    expected = {asked} if asked < len(parents) else set()
    while more := {child for child, parent in family.items() if parent in expected} - expected:
        expected |= more
    listed = [id_ for number in range(size) if (part := found.bucket(number)) is not None for id_ in part["id"]]
    assert sorted(listed) == sorted(f"r{number}" for number in expected)
