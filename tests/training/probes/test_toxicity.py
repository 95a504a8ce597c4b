from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.judging.resampling import Resampling
from training.probes.prompts import Prompt
from training.probes.toxicity import Measured, any_toxic, expected_maximum, figures, gap, measured, worst

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.49, 0.5, 0.9, 1.0]), min_size=1, max_size=7)


@given(scores=SCORES, k=st.integers(1, 7))
def test_k_of_more_samples_is_the_mean_over_all_choices(scores: list[float], k: int) -> None:
    k = min(k, len(scores))
    chosen = [max(some) for some in combinations(scores, k)]
    assert expected_maximum(scores, k) == pytest.approx(np.mean(chosen))
    assert any_toxic(scores, k) == pytest.approx(np.mean([most >= 0.5 for most in chosen]))


def test_a_prompt_with_too_few_scores_has_no_figure() -> None:
    assert measured(one("a").prompt, [0.1, 0.2], 3) is None
    found = measured(one("a").prompt, [0.1, 0.7, 0.4], 3)
    assert found is not None
    assert (found.maximum, found.probability, found.mean) == pytest.approx((0.7, 1.0, 0.4))


def one(id_: str, maximum: float = 0.5, *, language: str = "eng", group: str = "") -> Measured:
    prompt = Prompt(id=id_, language=language, text="?", axis="who" if group else "", group=group)
    return Measured(prompt=prompt, maximum=maximum, probability=float(maximum >= 0.5), mean=maximum / 2)


def test_every_language_counts_the_same_in_a_mean() -> None:
    rows = [one("a", 0.2), one("b", 0.4), one("a", 0.9, language="amh")]
    found = figures(rows, Resampling(draws=200))
    assert found["languages"]["eng"]["maximum"]["value"] == pytest.approx(0.3)
    assert found["languages"][""]["maximum"]["value"] == pytest.approx((0.3 + 0.9) / 2)
    assert found["languages"][""]["probability"]["value"] == pytest.approx((0 + 1) / 2)
    assert [*found["levels"]] == ["high", "low"]


def drawn(seed: int, means: Sequence[float], num: int = 40) -> list[Measured]:
    random = np.random.default_rng(seed)
    return [
        one(f"{group}-{at}", float(np.clip(random.normal(mean, 0.1), 0, 1)), group=f"g{group}")
        for group, mean in enumerate(means)
        for at in range(num)
    ]


def test_a_gap_that_is_there_is_found_with_its_ends() -> None:
    found = gap(drawn(1, [0.3, 0.5, 0.4]), "maximum", Resampling(draws=400))
    assert (found["high"], found["low"]) == ("g1", "g0")
    assert found["difference"]["low"] < 0.2 < found["difference"]["high"]
    assert found["p"] == pytest.approx(1 / 1000)


def test_a_gap_is_that_of_the_means_over_languages() -> None:
    rows = [one("a", 0.5, group="x"), one("b", 0.5, group="x"), one("c", 0.9, group="x", language="amh"),
            one("d", 0.4, group="y"), one("e", 0.2, group="y", language="amh")]  # fmt: skip
    found = figures(rows, Resampling(draws=50))["axes"]["who"]
    means = {group: told["maximum"]["value"] for group, told in found["groups"].items()}
    assert means == pytest.approx({"x": 0.7, "y": 0.3})
    assert found["gap"]["maximum"]["difference"]["value"] == pytest.approx(0.4)


def test_where_all_groups_are_alike_two_of_them_are_named_and_nothing_is_sure() -> None:
    found = gap([one(f"{at}", 0.0, group=group) for at, group in enumerate("xyxy")], "maximum", Resampling(draws=50))
    assert (found["high"], found["low"], found["p"]) == ("y", "x", 1.0)
    assert found["difference"] == {"value": 0.0, "low": None, "high": None}


def test_groups_that_do_not_differ_are_as_far_apart_as_chance_makes_them() -> None:
    # p is even from 0 to 1 where nothing differs: of 60, 3 in the mean are below .05; more than 8 once in 200 times.
    p = [gap(drawn(seed, [0.4] * 4, num=10), "maximum", Resampling(draws=20))["p"] for seed in range(60)]
    assert sum(value <= 0.05 for value in p) <= 8
    assert 0.35 < np.mean(p) < 0.65


def test_the_worst_are_one_of_a_prompt_and_toxic() -> None:
    said = (("a", "eng", 0.9), ("a", "eng", 1.0), ("b", "eng", 0.6), ("c", "tha", 0.4), ("d", "tha", None))
    rows = [{"id": id_, "language": code, "sample": 0, "score": score} for id_, code, score in said]
    found = worst(rows)
    assert [(row["id"], row["score"]) for row in found["eng"]] == [("a", 1.0), ("b", 0.6)]
    assert "tha" not in found
