import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import UserError
from aya.leftovers import clear, leftovers
from tests.workshop import QUESTIONS, Workshop

LENGTH, EXACT = {"use": "collection.length"}, {"use": "dedup.exact"}


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Return a store with two versions: without a stage, and with one."""
    made = Workshop(tmp_path)
    made.rows([*QUESTIONS, QUESTIONS[0]])
    made.recipe(stages=[LENGTH])
    made.build()
    made.recipe(stages=[LENGTH, EXACT])
    made.build()
    return made


def clean(workshop: Workshop, *flags: str) -> str:
    done = CliRunner().invoke(app, ["clean", str(workshop.store.path), *flags])
    assert done.exit_code == 0, done.output
    return done.stdout


def forget(workshop: Workshop) -> None:
    """Delete the version that is not the latest."""
    for path in workshop.store.versions.glob("[!.]*"):
        if path != workshop.store.latest():
            for file in sorted(path.rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            path.rmdir()


def test_work_of_the_versions_that_are_there_stays(workshop: Workshop) -> None:
    assert leftovers(workshop.store).files == ()
    assert clean(workshop) == "nothing to delete: all work is of a version that is there\n"


def test_work_of_a_version_that_is_gone_goes(workshop: Workshop) -> None:
    forget(workshop)
    found = leftovers(workshop.store)
    assert found.tasks == {"arrange": 1, "gather": 6}  # what was read and judged is the other version's too
    assert clean(workshop).endswith("delete it with --yes\nnothing was deleted\n")  # nobody is at a terminal
    assert leftovers(workshop.store) == found
    assert clean(workshop, "--yes") == f"{len(found.files)} files deleted\n"
    assert leftovers(workshop.store).files == ()
    assert not workshop.build().new
    assert workshop.version().verify() == []


def test_all_work_goes_and_the_same_version_is_built_again(workshop: Workshop) -> None:
    before = workshop.version().name
    told = json.loads(clean(workshop, "--all", "--yes", "--json"))
    assert told["deleted"]
    assert list(workshop.store.work.glob("*/*")) == []
    assert workshop.version().verify() == []
    built = workshop.build()
    assert (built.new, built.version.name) == (True, before)


def test_work_that_is_younger_stays(workshop: Workshop) -> None:
    assert leftovers(workshop.store, everything=True, days=1).files == ()
    source = next(workshop.store.work.glob("source/*.json"))
    for path in workshop.store.work.glob(f"source/{source.stem}*"):
        os.utime(path, (0, 0))
    assert leftovers(workshop.store, everything=True, days=1).tasks == {"source": 1}


def test_a_task_of_which_a_part_is_gone_is_done_again(workshop: Workshop) -> None:
    found = leftovers(workshop.store, everything=True)
    assert [path.suffix for path in found.files].count(".json") == sum(found.tasks.values())
    for path in found.files[:3]:  # as if it was killed
        path.unlink()
    assert workshop.build().new
    clear(workshop.store, leftovers(workshop.store, everything=True))
    assert workshop.build().new


def test_files_that_a_version_has_too_take_no_room(workshop: Workshop) -> None:
    found = leftovers(workshop.store, everything=True)
    shared = [path for path in found.files if path.stat().st_nlink > 1]
    assert shared
    assert found.bytes == sum(path.stat().st_size for path in found.files if path not in shared)


def test_nothing_is_deleted_while_a_build_runs(workshop: Workshop) -> None:
    with workshop.store.locked(), pytest.raises(UserError, match="another build is running"):
        CliRunner().invoke(app, ["clean", str(workshop.store.path), "--all", "--yes"], catch_exceptions=False)
    assert leftovers(workshop.store, everything=True).files


def test_a_folder_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no store"):
        CliRunner().invoke(app, ["clean", str(tmp_path)], catch_exceptions=False)
