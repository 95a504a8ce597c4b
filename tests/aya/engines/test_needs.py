"""What a task asks of a cluster, and what a worker asks of its machine."""

from pathlib import Path

import pytest

from aya.engines.named import engine
from aya.engines.needs import START, needs_of, read_needs
from aya.engines.parcels import Parcel
from aya.engines.ray_worker import Home, work
from aya.errors import UserError
from aya.task import Task, done
from tests.fakes import Loading, Slow
from tests.workshop import task


def test_a_task_asks_for_memory_by_the_size_of_its_files(tmp_path: Path) -> None:
    one = task(tmp_path, Slow(seconds=0)).model_copy(update={"bytes": 1_000_000})
    assert needs_of(one, told={}, gpus=True).memory == START + 14_000_000
    assert needs_of(one.model_copy(update={"kind": "conclude"}), told={}, gpus=True).memory == START + 16_000_000
    assert needs_of(one, told={}, gpus=True).model == ""


@pytest.mark.parametrize(
    ("device", "there", "asked"),
    [(None, False, 0), (None, True, 1), ("cpu", True, 0), ("cuda", False, 1), ("cuda:1", True, 1)],
)
def test_a_model_takes_a_gpu_if_it_names_one_or_there_are_some(
    tmp_path: Path, device: str | None, there: bool, asked: int
) -> None:
    one = task(tmp_path, Loading(diary=tmp_path / "diary", device=device))
    needs = needs_of(one, told={}, gpus=there)
    assert needs.gpus == asked
    assert needs.model == one.plugins[0].digest


def test_what_is_told_of_a_plug_in_goes_before(tmp_path: Path) -> None:
    name, told = read_needs("collection.length=cpus:4,gpus:0.5,memory:24G")
    assert (name, told) == ("collection.length", {"cpus": 4, "gpus": 0.5, "memory": 24 * 2**30})
    needs = needs_of(task(tmp_path, Slow(seconds=0)), told={"tests.slow": told}, gpus=False)
    assert (needs.cpus, needs.gpus, needs.memory) == (4, 0.5, 24 * 2**30)


@pytest.mark.parametrize("text", ["collection.length", "collection.length=cores:1", "collection.length=memory:much"])
def test_needs_that_can_not_be_read_are_said(text: str) -> None:
    with pytest.raises(UserError, match=r"say it as translation\.nllb=gpus:1,cpus:4,memory:24G"):
        read_needs(text)


def test_needs_of_what_there_is_not_name_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no source or stage 'dedup.exacct'; did you mean 'dedup.exact'\?"):
        read_needs("dedup.exacct=cpus:1")


def test_settings_of_a_cluster_are_not_for_this_machine_alone() -> None:
    with pytest.raises(UserError, match="say --engine ray besides"):
        engine("local", workers=1, address="auto")


def test_a_worker_without_the_files_or_with_another_aya_says_so_and_does_nothing(tmp_path: Path) -> None:
    one = task(tmp_path, Slow(seconds=0))
    with Home.shown(tmp_path, None) as home:
        lost = Home(aya=home.aya, sign=str(tmp_path / "elsewhere" / "shared" / "sign"))
        other = Home(aya="aya 0, format 0, languages 0", sign=home.sign)
        assert said(one, lost).endswith(
            f"does not see {tmp_path / 'elsewhere'}; build in a folder that all machines share, or see --work"
        )
        assert "the build runs with aya 0, format 0, languages 0: install the same everywhere" in said(one, other)
        assert done(one) is None
        work(one, Parcel(), home, 1)
        assert done(one) is not None
    assert not Path(home.sign).exists()


def said(one: Task, home: Home) -> str:
    outcome = work(one, Parcel(), home, 1)
    assert isinstance(outcome, UserError)
    return str(outcome)
