import numpy as np
import pytest

from aya.stage import run_global
from tests.translated import LANGUAGES, lists, table
from translation.spelling import Spelling


def test_a_score_is_in_spreads_of_the_language() -> None:
    """` ab` and `ab ` are in three of the four others of four rows; what the fifth has is in none of its others.

    So four rows have log(3.5 / 5) and one log(0.5 / 5); the median is that of the four, and 0.02 the least spread.
    """
    rows = table([("x", "ab")] * 4 + [("x", "cd"), (None, "ab")])
    found = run_global(Spelling(least_rows=5), rows)["spelling_z"].to_pylist()
    assert found[:4] == [0] * 4
    assert found[4] == pytest.approx((np.log(0.5 / 5) - np.log(3.5 / 5)) / 0.02)
    assert found[5] is None


@pytest.mark.parametrize("code", LANGUAGES)
def test_another_language_is_found_without_knowing_any(code: str) -> None:
    pairs, other = lists(code, 120), lists("yor" if code != "yor" else "amh", 1)
    pairs[7], pairs[8] = (pairs[7][0], other[0][1]), (pairs[8][0], pairs[8][0])
    judged = run_global(Spelling(), table(pairs, code))
    assert [row for row, reason in enumerate(judged["drop"].to_pylist()) if reason] == [7, 8]
    assert judged["drop"].to_pylist()[7] == "translation.spelling: unusual spelling"


def test_texts_without_letters_and_few_rows_are_not_judged() -> None:
    rows = run_global(Spelling(least_rows=5), table([("x", "ọjà")] * 5 + [("x", "12")]))
    assert rows["spelling_z"].to_pylist()[5] is None
    assert run_global(Spelling(), table([("x", "ọjà")] * 9))["spelling_z"].to_pylist() == [None] * 9
