import numpy as np
import pytest

from tests.training.judging.simulated import compared, pair, shares
from training.judging.asking import Said
from training.judging.grouping import ALL
from training.judging.pairs import Compared
from training.judging.resampling import Resampling, mean_share, share
from training.judging.win_rates import score, win_rates

FEW = Resampling(draws=300)


def one(id_: str, first: str | None, second: str | None, language: str = "amh") -> Compared:
    said = [Said(label=label, missing=None if label else "unparsable") for label in (first, second)]
    return Compared(pair=pair(id_, language), said=(said[0], said[1]))


def test_a_win_is_one_in_both_orders() -> None:
    cases = [
        (("first", "second"), "win"), (("second", "first"), "loss"), (("tie", "tie"), "tie"),
        (("first", "first"), "inconsistent"), (("first", "tie"), "inconsistent"), (("first", None), None),
    ]  # fmt: skip
    assert [one("1", *labels).outcome for labels, _ in cases] == [outcome for _, outcome in cases]


def test_rates_count_disagreement_as_half_and_what_is_missing_not_at_all() -> None:
    rows = [one("1", "first", "second"), one("2", "first", "first"), one("3", "second", "first"), one("4", None, "tie")]
    found = win_rates(rows, FEW)["pairs"][0]["languages"]["amh"]
    assert [found[name] for name in ("prompts", "counted", "win", "tie", "inconsistent", "loss")] == [4, 3, 1, 0, 1, 1]
    assert found["rate"]["value"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["of_decided"]["value"] == 0.5
    assert found["missing"] == {"unparsable": 1}


def test_a_judge_of_positions_decides_nothing_and_is_found_out() -> None:
    rows = [one(f"{at}", "first", "first") for at in range(30)]
    found = win_rates(rows, FEW)
    assert found["pairs"][0]["languages"]["amh"]["rate"]["value"] == 0.5
    assert found["bias"]["amh"]["first"]["value"] == 1.0
    assert found["bias"]["amh"]["consistent"]["value"] == 0.0
    assert found["bias"]["amh"]["position_alone"]["value"] == 1.0


def test_each_language_counts_the_same_in_the_mean_of_all() -> None:
    rows = [one(f"a{at}", "first", "second") for at in range(9)] + [one("y", "second", "first", "yor")]
    found = win_rates(rows, FEW)["pairs"][0]["languages"]
    assert [*found] == [ALL, "amh", "yor"]
    assert found[ALL]["rate"]["value"] == 0.5


def test_one_outcome_alone_still_has_an_interval() -> None:
    rows = [one(f"{at}", "first", "second") for at in range(10)]
    rate = win_rates(rows, FEW)["pairs"][0]["languages"]["amh"]["rate"]
    assert (rate["value"], rate["low"], rate["high"]) == pytest.approx((1.0, 0.7225, 1.0), abs=1e-4)  # Wilson, 10 of 10


def test_a_run_repeats_and_the_order_of_rows_does_not_matter() -> None:
    rows = compared(np.random.default_rng(1), 40, strength=0.5)
    assert win_rates(rows, FEW)["pairs"] == win_rates(rows[::-1], FEW)["pairs"]


def test_the_interval_of_a_win_rate_holds_the_truth_as_often_as_it_says() -> None:
    """200 judges with ties and a strong bias to what stands first, 120 prompts each; 95 % is asked for."""
    random, held = np.random.default_rng(0), 0
    first, tie, second = shares(np.array(0.8), order=1.0, tie=-1.0)
    back_first, back_tie, _ = shares(np.array(-0.8), order=1.0, tie=-1.0)
    win, loss = first * (1 - back_first - back_tie), second * back_first
    truth = win + (1 - win - loss) / 2
    for seed in range(200):
        outcomes = [made.outcome for made in compared(random, 120, strength=0.8, order=1.0)]
        found = share(score(outcomes), np.arange(120), Resampling(draws=300, seed=seed))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 200 <= 0.99
    assert tie > 0


def test_prompts_in_several_languages_are_resampled_together() -> None:
    """The same answer in eight languages is one prompt's worth of knowledge, not eight."""
    values = np.random.default_rng(0).integers(0, 2, 50).astype(float)
    copied, languages = np.tile(values, 8), np.repeat(np.arange(8), 50)
    alone = share(values, np.arange(50), FEW)
    together = mean_share(copied, np.tile(np.arange(50), 8), languages, FEW)
    apart = mean_share(copied, np.arange(400), languages, FEW)
    assert (alone.low, alone.high) == pytest.approx((together.low, together.high))
    assert apart.width < 0.5 * together.width


def test_levels_are_means_of_their_languages() -> None:
    rows = [one("a", "first", "second", "amh"), one("b", "second", "first", "yor"), one("c", "first", "second", "ara")]
    found = win_rates(rows, FEW)["pairs"][0]["levels"]
    assert {level: (figures["prompts"], figures["rate"]["value"]) for level, figures in found.items()} == {
        "high": (1, 1.0), "low": (2, 0.5),
    }  # fmt: skip
