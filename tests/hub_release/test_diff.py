"""Differences between releases, the version that they ask for, and the keys that rows are joined by."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_release.bump import bump
from hub_release.diff import Difference, compare, side_of
from hub_release.diff_page import page
from hub_release.row_keys import Keys, join
from tests.releases import made, many
from tests.workshop import Workshop

Rows = dict[str, str]
SIDE = st.dictionaries(st.sampled_from([*"abcdefghij", "ọ̀", "日本", "ቋ"]), st.sampled_from(["x", "y", "ት"]))


@given(old=SIDE, new=SIDE, buckets=st.integers(1, 3))
def test_a_join_says_of_every_row_what_became_of_it(
    tmp_path_factory: pytest.TempPathFactory, old: Rows, new: Rows, buckets: int
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    sides = [Keys(folder / name, rows=(buckets - 1) * 1_000_000) for name in ("old", "new")]
    for keys, rows in zip(sides, (old, new), strict=True):
        for one in rows.items():  # one by one: the cut does not matter
            keys.add(pl.DataFrame({"id": [one[0]], "targets": [one[1]]}))
    ids_old, ids_new = [*old], [*new]
    found: dict[str, set[str]] = {"same": set(), "changed": set(), "removed": set(), "added": set()}
    for joined in join(*sides):
        found["same"] |= {ids_old[row] for row in joined.same_old}
        found["changed"] |= {ids_old[row] for row in joined.changed_old}
        found["removed"] |= {ids_old[row] for row in joined.removed}
        found["added"] |= {ids_new[row] for row in joined.added}
    assert found == {
        "same": {id_ for id_ in old if new.get(id_) == old[id_]},
        "changed": {id_ for id_ in old.keys() & new.keys() if new[id_] != old[id_]},
        "removed": old.keys() - new.keys(),
        "added": new.keys() - old.keys(),
    }


@given(ids=st.lists(st.sampled_from("abcdef")))
def test_repeated_ids_are_found(tmp_path_factory: pytest.TempPathFactory, ids: list[str]) -> None:
    keys = Keys(tmp_path_factory.mktemp("keys"), rows=len(ids))
    keys.add(pl.DataFrame({"id": ids}, schema={"id": pl.String}))
    found = [row for rows in keys.repeated() for row in rows.tolist()]
    assert found == [row for row, id_ in enumerate(ids) if ids.count(id_) > 1]


@pytest.mark.parametrize(
    ("what", "version"),
    [
        ({"removed": {"yor_Latn/a": 1}}, "1.2.4"),
        ({"changed": {"yor_Latn/a": 1}}, "1.2.4"),
        ({"added": {"yor_Latn/a": 1}, "removed": {"yor_Latn/a": 1}}, "1.3.0"),
        ({"columns_added": ["score"]}, "2.0.0"),
        ({"removed": {"yor_Latn/a": 1}, "added": {"yor_Latn/a": 1}, "num_renamed": 1}, "2.0.0"),
        ({"changed": {"yor_Latn/a": 1}, "num_moved": 1}, "2.0.0"),
        ({}, "1.2.3"),
    ],
)
def test_the_version_follows_what_changed(what: dict[str, object], version: str) -> None:
    assert bump(Difference.model_validate({"old": "1.2.3", "new": "", **what})).version == version


def test_rows_with_new_ids_ask_for_a_major_version(workshop: Workshop) -> None:
    first = made(workshop, many(6), "1.0.0")
    second = made(workshop, [row | {"k": f"new {row['k']}"} for row in many(6)], "2.0.0", previous=first)
    found = compare(side_of(first), side_of(second))
    assert (found.num_renamed, found.num_added, found.num_removed) == (6, 6, 6)


def test_a_release_does_not_differ_from_itself(workshop: Workshop, tmp_path: Path) -> None:
    release = made(workshop, many(6), "1.0.0")
    found = compare(side_of(release), side_of(release))
    assert (found.num_added, found.num_removed, found.num_changed, found.bytes_new) == (0, 0, 0, 0)
    assert bump(found).size == "none"


def test_the_page_shows_counts_and_takes_names_as_text() -> None:
    found = Difference(old="1.0.0", new="1.1.0", added={"yor_Latn/<b>x": 1200}, examples={"added": ["<i>"]})
    html = page(found, bump(found))
    assert "1,200" in html
    assert "&lt;b&gt;x" in html
    assert "<i>" not in html
