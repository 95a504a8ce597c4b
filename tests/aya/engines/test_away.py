"""Work in an S3 server, and one of Google Cloud Storage, without a cluster."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from threading import Event as Flag

import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.engines.away import Away, Scratch, attempt_away
from aya.engines.events import Event, Failed
from aya.engines.parcels import Parcels
from aya.errors import InputError, MissingExtra, UserError
from aya.leftovers import leftovers
from aya.object_store import ObjectStore
from aya.store import Store
from aya.task import Task
from tests.fakes import Losing
from tests.gcs import gcs_bucket_of_a_server
from tests.workshop import QUESTIONS, Workshop, contents, task

pytestmark = [
    pytest.mark.skipif(find_spec("s3fs") is None, reason="needs the extra: pip install 'aya[s3]'"),
    pytest.mark.xdist_group("ray"),
]


class Afar:
    """An engine that does one task after the other, here, with all files in an object store."""

    def __init__(self, store: Store, url: str) -> None:
        self.away, self.parcels = Away(url=url, folder=str(store.work)), Parcels(url)

    def run(self, tasks: Iterable[Task]) -> Iterator[Event]:
        return (attempt_away(each, self.away, self.parcels.of(each)) for each in tasks)


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aya.engines.away.gettempdir", lambda: str(tmp_path / "scratch"))


def moved(workshop: Workshop, url: str) -> Store:
    """Return another store over the recipe, its work at a URL."""
    return Store(workshop.folder / "moved", url=url)


def test_a_store_is_the_same_wherever_its_work_lies(workshop: Workshop, bucket: str) -> None:
    words = workshop.folder / "yor.txt"
    words.write_text("Àbújá\n", encoding="utf-8")
    workshop.recipe(stages=[{"use": "collection.word_list", "words": "yor.txt"}, {"use": "dedup.exact"}])
    workshop.build()
    there, url = workshop.store, f"{bucket}/same"
    workshop.store = here = moved(workshop, url)
    assert workshop.build(engine=Afar(here, url)).new
    assert contents(here.versions) == contents(there.versions)
    assert not here.work.exists()
    assert not workshop.build(engine=Afar(here, url)).new


@pytest.mark.skipif(find_spec("gcsfs") is None, reason="needs the extra: pip install 'aya[gcs]'")
def test_a_store_is_the_same_with_its_work_in_google_cloud_storage(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "dedup.exact"}])
    workshop.build()
    there = workshop.store
    with gcs_bucket_of_a_server() as bucket:
        url = f"{bucket}/same"
        workshop.store = here = moved(workshop, url)
        assert workshop.build(engine=Afar(here, url)).new
        assert contents(here.versions) == contents(there.versions)
        assert not workshop.build(engine=Afar(here, url)).new
        ObjectStore(bucket).write(b"mine", "notes.txt")
        clean(workshop, url, "--all", "--yes")
        assert [*ObjectStore(bucket).sizes("")] == ["notes.txt"]


@pytest.fixture
def two_versions(workshop: Workshop, bucket: str, request: pytest.FixtureRequest) -> tuple[Workshop, str]:
    """Return a store without a stage and with one, its work in a folder of the bucket, where another file lies too."""
    url = f"{bucket}/{request.node.name}"
    workshop.store = moved(workshop, url)
    workshop.rows([*QUESTIONS, QUESTIONS[0]])
    for stages in ([], [{"use": "dedup.exact"}]):
        workshop.recipe(stages=stages)
        workshop.build(engine=Afar(workshop.store, url))
    ObjectStore(url).write(b"mine", "gather/notes.txt")
    return workshop, url


def clean(workshop: Workshop, url: str, *flags: str) -> str:
    done = CliRunner().invoke(app, ["clean", str(workshop.store.path), "--work", url, *flags])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_work_of_a_version_that_is_gone_goes_from_the_bucket(two_versions: tuple[Workshop, str]) -> None:
    workshop, url = two_versions
    assert clean(workshop, url, "--yes") == "nothing to delete: all work is of a version that is there\n"
    before = ObjectStore(url).sizes("")
    shutil.rmtree(next(path for path in workshop.store.versions.iterdir() if path != workshop.store.latest()))
    found = leftovers(workshop.store)
    assert found.tasks == {"arrange": 1, "gather": 6}  # what was read is the other version's too
    assert found.bytes == sum(before[path.relative_to(workshop.store.work).as_posix()] for path in found.files)
    assert f"from {url}; what other stores have there goes too\n" in clean(workshop, url)  # nobody is at a terminal
    assert leftovers(workshop.store, days=1).files == ()
    assert ObjectStore(url).sizes("") == before
    assert clean(workshop, url, "--yes") == f"{len(found.files)} files deleted\n"
    assert before.keys() - ObjectStore(url).sizes("").keys() == {
        path.relative_to(workshop.store.work).as_posix() for path in found.files
    }
    assert not workshop.build(engine=Afar(workshop.store, url)).new


def test_all_work_goes_from_the_bucket_receipts_first(
    two_versions: tuple[Workshop, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop, url = two_versions
    version, objects = workshop.version().name, ObjectStore(url)
    monkeypatch.setattr("aya.work.GO_AT_ONCE", 5)
    found = leftovers(workshop.store, everything=True)
    assert found.tasks["inputs"] == 1
    for gone in workshop.store.files.delete(found.files):
        if gone == sum(found.tasks.values()) - 1:  # each task has one receipt, an input none
            break  # as if it was killed
    assert [name for name in objects.sizes("") if name.endswith(".json")] == []
    clean(workshop, url, "--all", "--yes")
    assert [*objects.sizes("")] == ["gather/notes.txt"]
    built = workshop.build(engine=Afar(workshop.store, url))
    assert (built.new, built.version.name) == (True, version)


def test_a_folder_without_a_version_clears_no_bucket(tmp_path: Path, bucket: str) -> None:
    with pytest.raises(UserError, match="is no store with a version"):
        CliRunner().invoke(app, ["clean", str(tmp_path), "--work", bucket, "--all"], catch_exceptions=False)


def test_a_file_that_is_not_what_its_receipt_says_enters_no_version(workshop: Workshop, bucket: str) -> None:
    url = f"{bucket}/wrong"
    workshop.store = moved(workshop, url)
    version = workshop.build(engine=Afar(workshop.store, url)).version
    objects = ObjectStore(url)
    name = next(name for name in objects.sizes("gather") if name.endswith(".parquet"))
    shutil.rmtree(version)
    objects.write(bytes(objects.size(name)), name)
    with pytest.raises(InputError, match="is not what its receipt says; delete it, and build again"):
        workshop.build(engine=Afar(workshop.store, url))
    assert not version.exists()
    objects.write(b"cut", name)  # of another length: the task is not done
    built = workshop.build(engine=Afar(workshop.store, url))
    assert [step.num_run for step in built.record.passes if step.num_run] == [1]


def test_a_task_that_fails_leaves_no_receipt_and_names_itself(tmp_path: Path, bucket: str) -> None:
    url = f"{bucket}/failing"
    one = task(tmp_path, Losing())
    ObjectStore(url).put(Path(one.inputs[0]), "in/0.parquet")
    failed = attempt_away(one, Away(url=url, folder=str(tmp_path)), Parcels(url).of(one))
    assert isinstance(failed, Failed)
    assert failed.task == one
    assert failed.message == "RuntimeError: stage tests.losing changed, moved or lost rows"
    assert ObjectStore(url).sizes("judge") == {}
    quarantine = Store(tmp_path / "store").quarantine(failed).folder
    again = CliRunner().invoke(app, ["repeat", quarantine, "--work", url])
    assert "stage tests.losing changed, moved or lost rows" in str(again.exception)


def test_a_file_that_is_gone_fails_its_task_in_words_of_its_own(tmp_path: Path, bucket: str) -> None:
    url = f"{bucket}/gone"
    one = task(tmp_path, Losing())
    missing = attempt_away(one, Away(url=url, folder=str(tmp_path)), Parcels(url).of(one))
    assert isinstance(missing, Failed)
    assert missing.task == one
    assert missing.message.startswith("FileNotFoundError: ")
    assert "in _here" in missing.traceback


def test_what_is_kept_goes_when_the_disk_fills_and_is_brought_again(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{bucket}/scratch"
    ObjectStore(url).write(b"rows", "judge/a.parquet")
    scratch = Scratch(url)
    one = task(tmp_path, Losing())
    with scratch.room(one) as room:
        first = scratch.bring("judge/a.parquet", room / "a")
        monkeypatch.setattr("aya.engines.away.ROOM", 1)  # no disk has that much free
        with scratch.room(one.model_copy(update={"key": "other"})):
            assert [path for path in scratch.folder.rglob("*.parquet") if path.is_file()] == []
        assert first.read_bytes() == b"rows"
        assert scratch.bring("judge/a.parquet", room / "b").read_bytes() == b"rows"
    assert not room.exists()


def test_a_file_that_is_being_brought_stays_when_another_worker_makes_room(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{bucket}/crowded"
    monkeypatch.setattr("aya.engines.away.ROOM", 1)  # so each task makes room
    one, ended = task(tmp_path, Losing()), Flag()
    names = [f"judge/{number}.parquet" for number in range(16)]
    for name in names:
        ObjectStore(url).write(b"rows", name)

    def crowd() -> None:
        while not ended.is_set():
            with Scratch(url).room(one):
                pass

    with ThreadPoolExecutor(1) as pool:
        crowding = pool.submit(crowd)
        try:
            brought = [Scratch(url).bring(name, tmp_path / "room" / name) for name in names]
        finally:
            ended.set()
        crowding.result()
    assert [path.read_bytes() for path in brought] == [b"rows"] * 16


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("bucket/folder", "is no URL of an object store"),
        ("file:///tmp/work", "is no URL of an object store"),
        ("s4://bucket", "s4"),
    ],
)
def test_what_is_no_url_is_said(url: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        ObjectStore(url)


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)  # as if it was not there
    with pytest.raises(MissingExtra, match=r"gcsfs is not installed; install it with: pip install 'aya\[gcs\]'"):
        ObjectStore("gs://bucket/folder")
