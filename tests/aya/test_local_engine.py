import os
import signal
from pathlib import Path

import psutil
import pytest

from aya.engines.events import Event, Failed, Finished, Retried
from aya.engines.local import Local
from aya.errors import UserError
from aya.task import done
from tests.fakes import Deadly, Losing, Slow
from tests.workshop import task


@pytest.mark.parametrize("workers", [0, 2])
def test_every_task_ends_with_a_receipt_that_fits(tmp_path: Path, workers: int) -> None:
    tasks = [task(tmp_path, Slow(seconds=0), str(index)) for index in range(5)]
    with Local(workers=workers) as engine:
        events = list(engine.run(tasks))
    assert all(isinstance(event, Finished) for event in events)
    assert all(done(each) is not None for each in tasks)


@pytest.mark.slow
def test_a_killed_worker_costs_one_task_which_runs_again(tmp_path: Path) -> None:
    tasks = [task(tmp_path, Slow(seconds=0.3), str(index)) for index in range(6)]
    events: list[Event] = []
    with Local(workers=2) as engine:
        for event in engine.run(tasks):
            if not events:
                workers = [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
                os.kill(workers[0].pid, signal.SIGKILL)
            events.append(event)
    assert sum(isinstance(event, Finished) for event in events) == 6
    assert sum(isinstance(event, Retried) for event in events) >= 1


def test_ctrl_c_reaches_no_worker_however_young(tmp_path: Path) -> None:
    with Local(workers=2) as engine:
        events = engine.run([task(tmp_path, Slow(seconds=0), str(index)) for index in range(2)])
        assert isinstance(next(events), Finished)
        workers = [child for child in psutil.Process().children() if "spawn_main" in str(child.cmdline())]
        masks = [Path(f"/proc/{worker.pid}/status").read_text() for worker in workers]
        blocked = [int(mask.partition("SigBlk:")[2].split()[0], 16) for mask in masks]
        assert len(blocked) == 2
        assert all(bits >> (signal.SIGINT - 1) & 1 for bits in blocked)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())  # and this process hears it


@pytest.mark.slow
def test_a_task_that_kills_its_worker_once_is_done_in_the_end(tmp_path: Path) -> None:
    with Local(workers=1) as engine:
        events = list(engine.run([task(tmp_path, Deadly(once=tmp_path / "died"))]))
    assert [type(event) for event in events] == [Retried, Finished]


@pytest.mark.slow
def test_a_task_that_always_kills_its_worker_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    with Local(workers=1) as engine:
        events = list(engine.run([task(tmp_path, Deadly()), task(tmp_path, Slow(seconds=0), "1")]))
    assert [type(event) for event in events].count(Retried) == 2
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.message == "the worker died 3 times (out of memory?), exit code -9"
    assert any(isinstance(event, Finished) for event in events)


def test_a_stage_that_loses_rows_is_caught(tmp_path: Path) -> None:
    (failed,) = Local(workers=0).run([task(tmp_path, Losing())])
    assert isinstance(failed, Failed)
    assert failed.message == "RuntimeError: stage tests.losing changed, moved or lost rows"


def test_a_receipt_of_other_content_or_a_cut_file_does_not_count(tmp_path: Path) -> None:
    one = task(tmp_path, Slow(seconds=0))
    list(Local(workers=0).run([one]))
    assert done(one.model_copy(update={"key": "other"})) is None
    output = one.output("")
    output.write_bytes(output.read_bytes()[:-1])
    assert done(one) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_stops_the_run_in_one_line(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    assert os.system(f"mount -t tmpfs -o size=64k tmpfs {disk}") == 0
    try:
        one = task(tmp_path, Slow(seconds=0)).model_copy(update={"folder": str(disk)})
        (disk / "filler").write_bytes(os.urandom(64 * 1024))
        with pytest.raises(UserError, match=r"the disk is full .* run the same command again"):
            list(Local(workers=0).run([one]))
        assert [path.name for path in disk.iterdir()] == ["filler"]
    finally:
        os.system(f"umount {disk}")
