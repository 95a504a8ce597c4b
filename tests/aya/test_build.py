import json
from pathlib import Path

import pytest

from aya.build import PassStarted
from aya.checks import BuildError
from aya.errors import UserError
from aya.table import SCHEMA
from tests.workshop import QUESTIONS, Workshop, contents


def test_a_build_keeps_what_it_was_given(workshop: Workshop) -> None:
    workshop.build()
    rows = workshop.version().polars().sort("language")
    assert rows.columns == SCHEMA.names
    assert rows["language"].to_list() == ["amh", "ara", "tel", "tha", "yor", "zho"]
    assert rows["script"].to_list() == ["Ethi", "Arab", "Telu", "Thai", "Latn", "Hans"]
    assert set(rows["targets"]) == {row["a"] for row in QUESTIONS}


def test_the_files_of_a_version_are_by_language_and_source(workshop: Workshop) -> None:
    workshop.build()
    paths = [file["path"] for file in workshop.version().manifest["files"]]
    assert "data/yor_Latn/rows-00000-of-00001.parquet" in paths
    assert workshop.version().verify() == []


def test_rows_in_are_kept_and_dropped_by_stage_language_and_reason(workshop: Workshop) -> None:
    workshop.rows([*QUESTIONS, {"q": "Kí ni?", "a": "", "l": "yor"}])
    workshop.recipe(stages=[{"use": "collection.echo"}])
    workshop.build()
    source, echo = workshop.version().manifest["stages"]
    assert (source["stage"], sum(source["rows_in"].values())) == ("collection.source", 7)
    (reason,) = echo["dropped"]
    assert reason.startswith("collection.echo: ")
    assert echo["rows_in"]["rows yor Latn"] == 2
    assert echo["dropped"][reason] == {"rows yor Latn": 1}
    assert len(workshop.version().polars(dropped=True)) == 1


def test_a_second_build_does_nothing(workshop: Workshop) -> None:
    first = workshop.build()
    events: list[object] = []
    second = workshop.build(report=events.append)
    assert (first.new, second.new) == (True, False)
    assert first.version == second.version
    assert all(event.num_done == event.num_tasks for event in events if isinstance(event, PassStarted))


def test_a_changed_setting_runs_only_what_stands_on_it(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "collection.length"}])
    workshop.build()
    workshop.recipe(stages=[{"use": "collection.length", "targets": {"least": 5}}])
    ran = {step.name: step.num_run for step in workshop.build().record.passes}
    assert ran["read sources"] == 0
    assert ran["collection.length"] == 1


def test_a_changed_file_is_read_again(workshop: Workshop) -> None:
    workshop.build()
    workshop.rows(QUESTIONS[:3])
    workshop.build()
    assert len(workshop.version().polars()) == 3


def test_ids_do_not_depend_on_where_the_folder_lies(tmp_path: Path) -> None:
    ids = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        made = Workshop(tmp_path / name)
        made.rows(QUESTIONS)
        made.recipe()
        made.build()
        ids.append(sorted(made.version().polars()["id"]))
    assert ids[0] == ids[1]


@pytest.mark.slow
def test_one_and_two_workers_give_the_same_bytes(tmp_path: Path) -> None:
    outcomes = []
    for workers in (0, 1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        made = Workshop(folder)
        for part in range(4):
            made.rows([{**row, "q": f"{row['q']} {part}"} for row in QUESTIONS], file=f"part-{part}.jsonl")
        made.recipe(files="part-*.jsonl", stages=[{"use": "collection.length"}, {"use": "dedup.exact"}])
        made.build(workers=workers)
        outcomes.append(contents(made.store.versions))
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_a_sample_has_its_own_keys_and_says_what_it_is(workshop: Workshop) -> None:
    full = workshop.build()
    sample = workshop.build(limit=2)
    assert "-sample2-" in sample.version.name
    assert len(workshop.version().polars()) == 2
    assert "This is a sample" in (sample.version / "README.md").read_text()
    assert workshop.build().version == full.version


def test_a_source_without_a_record_is_an_error(workshop: Workshop) -> None:
    workshop.rows([])
    with pytest.raises(BuildError, match="source 'rows' gave no record"):
        workshop.build()


def test_a_language_left_without_a_row_is_an_error_unless_allowed(workshop: Workshop) -> None:
    workshop.rows([*QUESTIONS, {"q": "Ìbéèrè?", "a": " ", "l": "ibo"}])
    workshop.recipe(stages=[{"use": "collection.echo"}])
    with pytest.raises(BuildError, match=r"'collection.echo' left no row of ibo"):
        workshop.build()
    workshop.recipe(stages=[{"use": "collection.echo"}], allow={"empty_languages": ["ibo"]})
    workshop.build()


def test_a_stage_that_drops_too_much_is_an_error(workshop: Workshop) -> None:
    stage = {"use": "collection.length", "targets": {"least": 26}}
    workshop.recipe(stages=[stage], allow={"empty_languages": "all", "dropped": 0.2})
    with pytest.raises(BuildError, match=r"'collection.length' dropped \d+\.\d% of 6 rows"):
        workshop.build()


def test_a_part_that_fails_is_put_aside_and_the_rest_goes_on(workshop: Workshop) -> None:
    workshop.rows(QUESTIONS, file="good.jsonl")
    (workshop.folder / "bad.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00 this is no gzip")
    workshop.recipe(files=["good.jsonl", "bad.jsonl.gz"])  # type: ignore[arg-type]
    built = workshop.build()
    (item,) = built.record.quarantined
    assert "bad.jsonl.gz" in item.part
    assert (Path(item.folder) / "traceback.txt").read_text().startswith("Traceback")
    assert json.loads((Path(item.folder) / "task.json").read_text())["source"] == "rows"
    assert not workshop.version().manifest["complete"]
    assert len(workshop.version().polars()) == 6


def test_a_build_that_fails_whole_keeps_the_traceback_too(workshop: Workshop) -> None:
    (workshop.folder / "bad.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00 this is no gzip")
    workshop.recipe(files="bad.jsonl.gz")
    with pytest.raises(BuildError, match=r"bad\.jsonl\.gz"):
        workshop.build()
    (folder,) = (workshop.store.path / "quarantine").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["task.json", "traceback.txt"]


def test_a_mended_part_completes_the_next_build(workshop: Workshop) -> None:
    workshop.rows(QUESTIONS[:3], file="good.jsonl")
    (workshop.folder / "late.jsonl").write_bytes(b"\x00" * 8)
    workshop.recipe(files=["good.jsonl", "late.jsonl"], allow={"dropped": 1.0})  # type: ignore[arg-type]
    workshop.build()
    workshop.rows(QUESTIONS[3:], file="late.jsonl")
    built = workshop.build()
    assert not built.record.quarantined
    assert len(workshop.version().polars()) == 6
    assert not (workshop.store.path / "quarantine").exists()


def test_two_builds_of_one_store_do_not_mix(workshop: Workshop) -> None:
    with workshop.store.locked(), pytest.raises(UserError, match="another build is running"):
        workshop.build()


def test_what_a_killed_build_left_half_written_is_swept_away(workshop: Workshop) -> None:
    workshop.build()
    leftover = workshop.store.work / "judge" / "part.parquet.123.tmp"
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_bytes(b"half")
    workshop.build()
    assert not leftover.exists()
