"""A cluster of two machines, shared by all tests; whatever is lost, the job ends with the same bytes."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from aya.build import PassStarted
from aya.engines.events import Event, Failed, Finished, Retried
from aya.errors import UserError
from aya.object_store import ObjectStore
from aya.stage import load
from aya.store import Store
from aya.task import Task, done
from tests.fakes import Deadly, Loading, Losing, Slow
from tests.ray_cluster import Machines
from tests.workshop import QUESTIONS, Workshop, contents, task

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra: pip install 'aya[ray]'"),
    pytest.mark.xdist_group("ray"),
    pytest.mark.slow,
]

STAGES = [
    {"use": "collection.length"},
    {"use": "dedup.exact"},
    {"use": "dedup.minhash", "bands": 4, "rows": 8},
    {"use": "collection.caps"},
]
MAP, REDUCE = "read sources", "dedup.minhash, round 3: settle"


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Return a workshop whose collection the local engine has built."""
    made = workshop_in(tmp_path_factory.mktemp("local"))
    made.build()
    return made


def workshop_in(folder: Path) -> Workshop:
    made = Workshop(folder)
    for number in range(4):
        made.rows([row | {"q": f"{number}. {row['q']}"} for row in QUESTIONS], file=f"{number}.jsonl")
    made.recipe(files="*.jsonl", stages=STAGES, allow={"dropped": 1, "empty_languages": "all"})
    return made


def ray(address: str, *, url: str | None = None) -> Any:
    """Return the engine; importing it takes a second, which tests that are skipped need not wait for."""
    return load("aya.engines.ray:Ray")(address=address, url=url)


def run(cluster: Machines, tasks: list[Task]) -> list[Event]:
    with ray(cluster.address) as engine:
        return list(engine.run(tasks))


def receipts(workshop: Workshop) -> dict[str, bytes]:
    """Return all receipts; they say how long the task took, so one that was done twice has another."""
    if workshop.store.files.url:
        objects = ObjectStore(workshop.store.files.url)
        return objects.read(name for name in objects.sizes("") if name.endswith(".json"))
    return {name: content for name, content in contents(workshop.store.work).items() if name.endswith(".json")}


def test_a_task_that_fails_and_one_that_kills_its_worker_leave_the_others_alone(
    tmp_path: Path, cluster: Machines
) -> None:
    bad, deadly = task(tmp_path, Losing(), "0"), task(tmp_path, Deadly(), "1")
    good = [task(tmp_path, Slow(seconds=0), str(number)) for number in range(2, 5)]
    events = run(cluster, [bad, deadly, *good])
    messages = {event.task.key: event.message for event in events if isinstance(event, Failed)}
    assert messages.keys() == {bad.key, deadly.key}
    assert messages[bad.key] == "RuntimeError: stage tests.losing changed, moved or lost rows"
    assert messages[deadly.key].startswith("the worker died 3 times (out of memory?), ")
    assert [event.attempt for event in events if isinstance(event, Retried)] == [2, 3]
    assert all(done(each) is not None for each in good)


def test_a_model_is_set_up_once_for_each_worker_one_of_which_dies(tmp_path: Path, cluster: Machines) -> None:
    stage = Loading(diary=tmp_path / "diary", deadly=True)
    events = run(cluster, [task(tmp_path, stage, str(number)) for number in range(6)])
    assert sum(isinstance(event, Finished) for event in events) == 6
    assert sum(isinstance(event, Retried) for event in events) == 1
    processes = stage.diary.read_text("utf-8").split()
    assert len(set(processes)) == len(processes) in (2, 3)


def test_a_gpu_that_no_machine_has_is_asked_for_in_vain(tmp_path: Path, cluster: Machines) -> None:
    with pytest.raises(UserError, match="judge asks for 1 GPU on one machine; the cluster has 0"):
        run(cluster, [task(tmp_path, Loading(diary=tmp_path / "diary", device="cuda"))])


def test_a_cluster_that_is_not_there_is_said_in_one_line() -> None:
    with pytest.raises(UserError, match=r"no Ray cluster to join at 127.0.0.1:9: "), ray("127.0.0.1:9"):
        pass
    with pytest.raises(UserError, match="aya runs on a machine of the cluster"):
        ray("ray://head:10001")


@pytest.fixture
def _no_rows_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing read rows in this process, which drives the build; the workers are other processes."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("rows on the driver")

    for name in ("aya.table.read", "aya.table.read_flat", "pyarrow.parquet.ParquetFile", "pyarrow.parquet.read_table"):
        monkeypatch.setattr(name, refuse)


@pytest.mark.usefixtures("_no_rows_here")
@pytest.mark.parametrize(("step", "place"), [(MAP, "/work"), (REDUCE, "")])
def test_a_lost_machine_costs_its_tasks_alone(
    tmp_path: Path, local: Workshop, cluster: Machines, bucket: str, step: str, place: str
) -> None:
    url = bucket + place if place else None
    workshop = workshop_in(tmp_path)
    workshop.store = Store(workshop.store.path, url=url)
    before: dict[str, bytes] = {}

    def lose() -> None:
        before.update(receipts(workshop))
        cluster.kill_one()

    with ray(cluster.address, url=url) as engine:
        workshop.build(engine=engine, report=once(step, lose))
    assert contents(workshop.store.versions) == contents(local.store.versions)
    assert before
    assert before.items() <= receipts(workshop).items()


def once(step: str, act: Callable[[], object]) -> Callable[[Any], None]:
    """Return a report that acts when the first task of a pass is finished."""
    state = {"in": False}

    def report(event: Any) -> None:
        if isinstance(event, PassStarted):
            state["in"] = event.name == step
        elif isinstance(event, Finished) and state["in"]:
            state["in"] = False
            act()

    return report


def test_a_build_that_is_killed_or_interrupted_goes_on_where_it_stopped(
    tmp_path: Path, cluster: Machines, local: Workshop
) -> None:
    workshop = workshop_in(tmp_path)
    killed, _ = stopped(workshop, cluster, signal.SIGKILL, at="source")
    interrupted, said = stopped(workshop, cluster, signal.SIGINT, at="settle")
    assert "stopped; the same command goes on where it stopped" in said
    with ray(cluster.address) as engine:
        workshop.build(engine=engine)
    assert contents(workshop.store.versions) == contents(local.store.versions)
    assert killed
    assert killed.items() < interrupted.items() < receipts(workshop).items()


def stopped(workshop: Workshop, cluster: Machines, how: signal.Signals, *, at: str) -> tuple[Mapping[str, bytes], str]:
    """Run the command until it has a receipt of a kind, stop it; return the receipts and what it said."""
    line = [
        str(Path(sys.executable).with_name("aya")),
        "build",
        str(workshop.path),
        "--store",
        str(workshop.store.path),
    ]
    command = [*line, "--engine", "ray", "--address", cluster.address]
    before = workers()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as driver:
        while not list((workshop.store.work / at).glob("*.json")):
            assert driver.poll() is None, driver.communicate()[1]
            time.sleep(0.02)
        driver.send_signal(how)
        said = driver.communicate(timeout=60)[1]
    assert driver.returncode == (-9 if how is signal.SIGKILL else 1)
    while workers() - before:  # what it had asked for ends too
        time.sleep(0.1)
    return receipts(workshop), said


def workers() -> set[int]:
    """Return the processes of the cluster that are at work; its machines are children of this process."""
    ours = {one.pid for one in psutil.Process().children(recursive=True)}
    found = (one for one in psutil.process_iter(["cmdline"]) if one.pid in ours)
    return {one.pid for one in found if " ".join(one.info["cmdline"] or ()).startswith("ray::")}
