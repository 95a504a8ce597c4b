from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aya.stage import run_global
from aya.table import kept, records
from aya.text import digest
from collection.caps import Caps


def table(**counts: int) -> pa.Table:
    """Records of data sets: `one_yor=5` makes five of data set `one` in Yoruba."""
    rows = [
        {"id": digest(name, str(i)), "dataset_name": name[:-4], "language": name[-3:], "origin": "translation"}
        for name, num in counts.items()
        for i in range(num)
    ]
    return records(rows)


def counts(judged: pa.Table) -> Counter[tuple[str, str]]:
    rows = kept(judged)
    return Counter(zip(rows["dataset_name"].to_pylist(), rows["language"].to_pylist(), strict=True))


def test_each_group_keeps_exactly_the_cap() -> None:
    judged = run_global(Caps(most=3), table(one_yor=10, one_tel=3, two_yor=2))
    assert counts(judged) == {("one", "yor"): 3, ("one", "tel"): 3, ("two", "yor"): 2}
    assert set(pc.drop_null(judged["drop"]).to_pylist()) == {"collection.caps: above the cap"}
    assert set(pc.drop_null(judged["evidence"]).to_pylist()) == {'{"most":3}'}


def test_the_seed_chooses() -> None:
    rows = table(one_yor=40)
    chosen = [set(kept(run_global(Caps(most=20, seed=seed), rows))["id"].to_pylist()) for seed in (0, 0, 1)]
    assert chosen[0] == chosen[1] != chosen[2]


def test_groups_are_made_of_any_columns() -> None:
    judged = run_global(Caps(most=4, by=("dataset_name",)), table(one_yor=10, one_tel=10))
    assert len(kept(judged)) == 4


def test_null_is_a_group_of_its_own() -> None:
    rows = records({"id": str(i), "dataset_name": name} for i, name in enumerate([None, None, "None", "None"]))
    assert len(kept(run_global(Caps(most=1), rows))) == 2


def test_a_dropped_record_takes_no_place() -> None:
    rows = [{"id": str(i), "dataset_name": "one", "drop": None if i else "x: y"} for i in range(4)]
    assert len(kept(run_global(Caps(most=3), records(rows)))) == 3


def test_the_cap_can_be_for_some_records_alone() -> None:
    rows = [{"id": str(i), "dataset_name": "one", "origin": "human"} for i in range(5)]
    assert len(kept(run_global(Caps(most=1, only={"origin": ("translation",)}), records(rows)))) == 5


@pytest.mark.parametrize("preset", ["aya_translated", "aya_data_provenance"])
def test_what_is_set_goes_before_the_preset(preset: str) -> None:
    stage = Caps.model_validate({"preset": preset, "most": 2})
    assert len(kept(run_global(stage, table(one_yor=9)))) == 2


def test_aya_took_3000_of_a_translated_data_set_in_each_language_but_all_of_dolly() -> None:
    stage = Caps(preset="aya_translated")
    judged = run_global(stage, table(one_yor=3002, dolly_yor=3001, one_tel=3000))
    assert counts(judged) == {("one", "yor"): 3000, ("dolly", "yor"): 3001, ("one", "tel"): 3000}


def test_the_verdict_has_one_row_for_each_group_above_the_cap() -> None:
    stage = Caps(most=3)
    verdict = stage.conclude(stage.settle(stage.summarise(table(one_yor=9, two_yor=3)), key="key"))
    assert len(verdict) == 1
