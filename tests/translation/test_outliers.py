import pyarrow as pa
import pytest

from aya.stage import run_global
from aya.table import put
from tests.translated import table
from translation.outliers import SCORES, Outliers


def scored(num: int, **columns: list[float]) -> pa.Table:
    rows = table([("a", "b")] * num)
    for name, values in columns.items():
        rows = put(rows, name, values, pa.float32())
    return rows


def test_what_is_worse_than_usual_is_added_up() -> None:
    """Half of the match is 2, half 4: median 3, spread 1.4826; copied is 0 but once, and 0.05 is the least spread."""
    rows = scored(60, match_z=[2.0] * 30 + [4.0] * 30, copied=[0.1] + [0.0] * 59)
    found = run_global(Outliers(), rows)["translation_fault"].to_pylist()
    assert found[1] == pytest.approx(1 / 1.4826)
    assert found[0] == pytest.approx(((1 / 1.4826) ** 2 + 2**2) ** 0.5)
    assert found[59] == 0


def test_limits_are_those_of_each_language() -> None:
    rows = scored(60, logprob=[-0.5] * 29 + [-2.0] + [-2.0] * 30)
    rows = put(rows, "language", ["yor"] * 30 + ["amh"] * 30, pa.string())
    judged = run_global(Outliers(least_rows=30), rows)
    assert [row for row, reason in enumerate(judged["drop"].to_pylist()) if reason] == [29]
    assert judged["drop"].to_pylist()[29] == "translation.outliers: unusual logprob"
    assert judged["evidence"].to_pylist()[29] == '{"logprob":15.0}'


def test_nothing_goes_where_nothing_may() -> None:
    rows = scored(60, logprob=[-0.5] * 59 + [-9.0])
    assert run_global(Outliers(most=None), rows)["drop"].to_pylist() == [None] * 60
    assert run_global(Outliers(scores=("match_z",)), rows)["translation_fault"].to_pylist() == [None] * 60


def test_every_score_is_named_by_its_column() -> None:
    assert all(name.islower() and score.least_spread > 0 for name, score in SCORES.items())
