import pickle
from collections import Counter
from pathlib import Path

import pytest

from aya.draws import Mixture, plan_of, scanned_segments, segments_of
from aya.errors import UserError
from tests.workshop import QUESTIONS, Workshop


def drawn(workshop: Workshop, **mixture: object) -> Workshop:
    workshop.rows([{**row, "d": f"set {index % 2}"} for row in QUESTIONS for index in range(5)])
    columns = {"inputs": "q", "targets": "a", "language": "l", "dataset_name": "d"}
    workshop.recipe(source={"columns": columns}, mixture=mixture)
    workshop.build()
    return workshop


def test_every_row_is_drawn_once_in_an_epoch(workshop: Workshop) -> None:
    mixture = drawn(workshop, total=60).version().mixture()
    ids = mixture.rows(0, len(mixture))["id"].to_pylist()
    assert set(Counter(ids).values()) == {2}
    assert len(set(ids)) == 30


def test_any_piece_by_any_worker_is_the_same_draw(workshop: Workshop) -> None:
    mixture = drawn(workshop, total=45).version().mixture()
    ids = mixture.rows(0, 45)["id"].to_pylist()
    assert [id_ for piece in mixture.batches(7, start=10) for id_ in piece["id"].to_pylist()] == ids[10:]
    assert mixture.rows(1, 45, 4)["id"].to_pylist() == ids[1::4]


def test_a_draw_belongs_to_the_group_that_the_plan_says(workshop: Workshop) -> None:
    mixture = drawn(workshop, total=45).version().mixture()
    groups = [mixture.plan.groups[group] for group in mixture.plan.draws(0, 45).group]
    rows = mixture.rows(0, 45)
    assert rows["language"].to_pylist() == [group.language for group in groups]
    assert rows["dataset_name"].to_pylist() == [group.dataset for group in groups]


def test_a_version_without_a_mixture_says_so(workshop: Workshop) -> None:
    workshop.build()
    with pytest.raises(UserError, match="has no mixture"):
        workshop.version().mixture()


def test_unpacked_files_give_the_same_rows_and_travel_to_other_processes(workshop: Workshop, tmp_path: Path) -> None:
    version = drawn(workshop, total=45).version()
    whole = version.mixture().rows(0, 45).select(["id", "inputs"])
    unpacked = Mixture(
        plan_of(version.manifest),
        segments_of(version.path, version.manifest),
        columns=["id", "inputs"],
        unpacked=tmp_path,
    )
    assert unpacked.rows(0, 45) == whole
    assert len(list(tmp_path.glob("rows-*.arrow"))) == len(version.files())
    assert pickle.loads(pickle.dumps(unpacked)).rows(3, 45) == whole.slice(3)


def test_files_that_nobody_counted_have_the_same_groups(workshop: Workshop) -> None:
    version = drawn(workshop, total=45).version()
    assert scanned_segments(version.files()) == segments_of(version.path, version.manifest)
