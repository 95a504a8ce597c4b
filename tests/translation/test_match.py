import numpy as np
import pytest

from aya.stage import run_global
from tests.translated import LANGUAGES, lists, table
from translation.lexical import fit, learn
from translation.match import Match
from translation.sampling import Texts


def test_words_that_come_together_stand_for_one_another() -> None:
    """1 is always with 11 and 2 with 12, in texts that have one or both of them."""
    given, explained = [[1], [2], [1, 2]] * 40, [[11], [12], [11, 12]] * 40
    lexicon = learn(Texts.of(given + [[]] * 400), Texts.of(explained + [[]] * 400))
    found = fit(lexicon, Texts.of([[1], [1], [9]]), Texts.of([[11], [12], [11]]), np.zeros(3, bool), 10)
    assert found[0] > 0.4
    assert found[1] < 0
    assert found[2] == pytest.approx(np.log(0.1))  # what nothing explains


def test_a_text_without_known_words_has_no_score() -> None:
    lexicon = learn(Texts.of([[1]] * 9 + [[]] * 50), Texts.of([[11]] * 9 + [[]] * 50))
    assert np.isnan(fit(lexicon, Texts.of([[1], []]), Texts.of([[99], [11]]), np.zeros(2, bool), 10)).all()


@pytest.mark.parametrize("code", LANGUAGES)
def test_swapped_rows_are_the_worst_in_any_language(code: str) -> None:
    pairs = lists(code, 400)
    swapped = range(0, 400, 20)
    for first, second in zip(swapped[::2], swapped[1::2], strict=True):
        pairs[first], pairs[second] = (pairs[first][0], pairs[second][1]), (pairs[second][0], pairs[first][1])
    judged = run_global(Match(most_below=3), table(pairs, code))
    scores = np.array(judged["match_z"].to_pylist())
    wrong = np.isin(np.arange(400), swapped)
    assert np.mean(scores[wrong][:, None] < scores[~wrong]) > 0.99  # the area under the curve
    assert judged["drop"].to_pylist()[0] == "translation.match: other content"


def test_few_rows_are_not_judged() -> None:
    assert run_global(Match(), table(lists("tha", 30), "tha"))["match_z"].to_pylist() == [None] * 30
