"""A prepared release: what is in the folder, and what a second one keeps of the first."""

import json

import pyarrow.parquet as pq
import pytest

from aya.errors import UserError
from aya.stage import Facts
from hub_release.digests import digests
from hub_release.draft import Request
from hub_release.prepare import prepare
from tests.releases import DATE, made, many, rows_of
from tests.workshop import Workshop, contents


def test_a_release_holds_every_row_of_the_version_once(workshop: Workshop) -> None:
    release = made(workshop, many(60), "1.0.0")
    kept = {row["id"]: row for row in workshop.version().arrow().to_pylist()}
    found = rows_of(release)
    assert found.keys() == kept.keys()
    assert all(kept[id_] | row == kept[id_] for id_, row in found.items())
    assert sum(file.rows for file in release.files) == 60
    assert "data/yor_Latn/rows-train-00000-of-00001.parquet" in [file.path for file in release.files]


def test_the_manifest_knows_every_other_file_of_the_folder(workshop: Workshop) -> None:
    release = made(workshop, many(12), "1.0.0")
    listed = [*release.manifest["files"], *release.manifest["documents"]]
    there = {path for path in contents(release.path) if path != "meta/manifest.json"}
    assert {file["path"] for file in listed} == there
    for file in listed:
        size, sha256, _ = digests(release.path / file["path"])
        assert (file["bytes"], file["sha256"]) == (size, sha256)


def test_the_same_version_makes_the_same_release_byte_for_byte(workshop: Workshop) -> None:
    first = contents(made(workshop, many(12), "1.0.0").path)
    (workshop.store.path / "releases" / "1.0.0").rename(workshop.folder / "other")
    assert contents(made(workshop, many(12), "1.0.0").path) == first


def test_added_rows_leave_old_files_as_they_are(workshop: Workshop) -> None:
    first = made(workshop, many(60), "1.0.0")
    second = made(workshop, many(66), "1.1.0", previous=first)
    old = {file.sha256 for file in first.files}
    assert old <= {file.sha256 for file in second.files}
    assert len(second.files) == 12
    assert len(rows_of(second)) == 66


def test_files_of_what_is_as_it_was_are_not_read_again(workshop: Workshop) -> None:
    rows = many(24)
    first = made(workshop, rows, "1.0.0")
    (same,) = (path for path in first.paths() if "yor_Latn" in str(path))
    whole = same.read_bytes()
    same.write_bytes(b"nobody looks")
    changed = [row | {"a": f"{row['a']}!"} if row["l"] != "yor" else row for row in rows]
    second = made(workshop, changed, "1.0.1", previous=first)
    (linked,) = (path for path in second.paths() if "yor_Latn" in str(path))
    assert linked.read_bytes() == b"nobody looks"
    same.write_bytes(whole)  # one file under two names
    noted = contents(second.path)
    for path in (workshop.store.path / "releases").glob(".*.notes.json"):
        path.unlink()
    second.path.rename(workshop.folder / "other")
    assert contents(made(workshop, changed, "1.0.1", previous=first).path) == noted


def test_a_removed_row_is_cut_out_and_the_others_keep_their_order(workshop: Workshop) -> None:
    first = made(workshop, many(60), "1.0.0")
    second = made(workshop, many(60)[6:], "1.0.1", previous=first)
    for before, after in zip(first.paths(), second.paths(), strict=True):
        ids = pq.read_table(before)["id"].to_pylist()
        kept = pq.read_table(after)["id"].to_pylist()
        assert kept == [id_ for id_ in ids if id_ in set(kept)]
        assert len(ids) - len(kept) == 1


def test_a_changed_row_moves_to_a_new_file(workshop: Workshop) -> None:
    first = made(workshop, many(60), "1.0.0")
    rows = many(60)
    rows[0]["a"] += " Bẹ́ẹ̀ ni."
    second = made(workshop, rows, "1.0.1", previous=first)
    difference = json.loads((second.path / "meta/diff/v1.0.1.json").read_text())
    assert (difference["num_added"], difference["num_removed"], difference["changed"]) == (0, 0, {"yor_Latn/rows": 1})
    assert difference["files_same"] == 5
    assert {row["targets"] for row in rows_of(second).values()} == {row["a"] for row in rows}


def test_many_small_releases_leave_few_files(workshop: Workshop) -> None:
    release = made(workshop, many(60), "1.0.0")
    for number in range(1, 5):
        release = made(workshop, many(60 + 6 * number), f"1.{number}.0", previous=release)
    assert len(rows_of(release)) == 84
    assert max(sum(file.language == code for file in release.files) for code in ("yor", "tha")) <= 3


def test_a_version_that_does_not_follow_is_refused(workshop: Workshop) -> None:
    first = made(workshop, many(6), "1.0.0")
    with pytest.raises(UserError, match=r"0\.9\.0 is too low after 1\.0\.0: 6 rows are new, so 1\.1\.0 or more"):
        made(workshop, many(12), "0.9.0", previous=first)
    with pytest.raises(UserError, match="is there already"):
        made(workshop, many(12), "1.0.0")


def test_a_run_that_was_cut_short_goes_on(workshop: Workshop) -> None:
    whole = contents(made(workshop, many(12), "1.0.0").path)
    (workshop.store.path / "releases" / "1.0.0").rename(workshop.folder / "other")
    told: list[str] = []

    def stop(name: str, done: int, of: int) -> None:
        told.append(name)
        if len(told) == 3:
            raise KeyboardInterrupt

    request = Request("1.0.0", DATE, Facts(title="Capitals", license="CC0-1.0"))
    home = workshop.store.path / "releases"
    with pytest.raises(KeyboardInterrupt):
        prepare(workshop.version().path, home, request, tell=stop)
    assert not (home / "1.0.0").exists()
    parts = home / ".next.tmp" / "parts"
    times = {path: path.stat().st_mtime_ns for path in parts.glob("*.json")}
    assert len(times) == 3
    assert contents(prepare(workshop.version().path, home, request).path) == whole
    assert not parts.exists()
