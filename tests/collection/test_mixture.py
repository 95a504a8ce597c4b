from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aya.errors import RecipeError
from collection.mixture import PRESETS, Mixture

# Rows of the sources of Aya (Üstün et al. 2024, Table 1).
AYA = {
    ("aya_dataset", "d", "yor"): 199_500,
    ("aya_templates", "d", "yor"): 18_900_000,
    ("xp3x", "d", "yor"): 168_000_000,
    ("data_provenance", "d", "eng"): 1_650_000,
    ("aya_translations", "d", "yor"): 7_530_000,
    ("sharegpt_command", "d", "yor"): 6_800_000,
}
SMALL = {("a", "x", "yor"): 100, ("a", "x", "tel"): 300, ("a", "y", "yor"): 600, ("b", "z", "hin"): 1000}

SIZES = st.dictionaries(
    st.tuples(*(st.sampled_from(names) for names in (["a", "b", "c"], ["x", "y"], ["yor", "tel", "zho"]))),
    st.integers(1, 10_000),
    min_size=1,
)


def quotas(sizes: dict[tuple[str, str, str], int], **settings: Any) -> dict[str, int]:
    """Return the quota of each group, named by its three names."""
    plan = Mixture(**settings).plan(sizes)
    return {f"{group.source} {group.dataset} {group.language}": group.quota for group in plan.groups}


def test_without_settings_every_row_is_drawn_once() -> None:
    assert quotas(SMALL) == {"a x tel": 300, "a x yor": 100, "a y yor": 600, "b z hin": 1000}


def test_the_published_mixture_repeats_human_data_as_often_as_the_paper_says() -> None:
    epochs = {
        name: Mixture(preset=name, total=25_000_000).plan(AYA).amounts("source")["aya_dataset"].epochs
        for name in PRESETS
    }
    # 25 %, 10 % and 20 % of 25 million over 199,500 rows
    assert epochs == pytest.approx(
        {"aya-human-heavy": 31.328, "aya-translation-heavy": 12.531, "aya-template-heavy": 25.063}, abs=1e-3
    )
    assert {name: sum(weights.values()) for name, weights in PRESETS.items()} == dict.fromkeys(PRESETS, 100)


def test_weights_between_sources_are_split_by_size_inside() -> None:
    # a gets 3/4 of 1,000; inside it 750 by 100:300:600
    assert quotas(SMALL, weights={"a": 3, "b": 1}, total=1000) == {
        "a x tel": 225,
        "a x yor": 75,
        "a y yor": 450,
        "b z hin": 250,
    }


def test_a_share_of_a_data_set_leaves_the_rest_to_the_others() -> None:
    found = quotas(SMALL, weights={"a": 1, "b": 1}, total=1000, datasets={"a": {"x": 0.2}})
    # x: 20 % of 500, by 300:100
    assert found == {"a x tel": 75, "a x yor": 25, "a y yor": 400, "b z hin": 500}


def test_temperature_flattens_languages_inside_a_source() -> None:
    # a: yor 700, tel 300; roots 26.46 and 17.32, so tel gets 39.56 % of 500 = 197.8
    found = quotas(SMALL, weights={"a": 1, "b": 1}, total=1000, temperature=2)
    assert found == {"a x tel": 198, "a x yor": 43, "a y yor": 259, "b z hin": 500}
    flat = quotas(SMALL, weights={"a": 1, "b": 1}, total=1000, temperature=1e9)
    assert flat["a x tel"] == 250


def test_what_max_epochs_holds_back_stays_in_the_source_as_long_as_it_can() -> None:
    # a asks for 1,600 of 2,000 but has 1,000 rows: b gets the 600 besides its own 400
    plan = Mixture(weights={"a": 4, "b": 1}, total=2000, max_epochs=1).plan(SMALL)
    assert {name: amount.quota for name, amount in plan.amounts("source").items()} == {"a": 1000, "b": 1000}
    assert [group.capped for group in plan.groups] == [True, True, True, False]
    assert plan.notes == ("max_epochs 1 limits 3 groups; 600 draws go to others",)
    # x asks for 80 % of 500 = 400 and has just those; nothing leaves a
    held = quotas(SMALL, weights={"a": 1, "b": 1}, total=1000, datasets={"a": {"x": 0.9}}, max_epochs=1)
    assert held == {"a x tel": 300, "a x yor": 100, "a y yor": 100, "b z hin": 500}


def test_pools_share_one_weight() -> None:
    found = quotas(SMALL | {("c", "x", "yor"): 3000}, pools={"p": ("a", "c")}, weights={"p": 1, "b": 1}, total=800)
    # p: 400 by 300:100:600:3000
    assert found == {"a x tel": 30, "a x yor": 10, "a y yor": 60, "b z hin": 400, "c x yor": 300}


def test_a_preset_goes_on_without_the_sources_that_are_not_there() -> None:
    some = {key: size for key, size in AYA.items() if key[0] in ("aya_dataset", "xp3x")}
    plan = Mixture(preset="aya-translation-heavy", total=1000).plan(some)
    assert [group.quota for group in plan.groups] == [400, 600]  # 10 : 15
    assert plan.notes[-1] == (
        "preset 'aya-translation-heavy': no rows in 'sharegpt_command'; its weight of 22.5 goes to the others "
        "in proportion"
    )


def test_a_weight_can_be_added_to_a_preset() -> None:
    plan = Mixture(preset="aya-translation-heavy", weights={"safety": 25}, total=1000).plan(
        AYA | {("safety", "d", "yor"): 500}
    )
    assert plan.amounts("source")["safety"].quota == 200  # 25 of 125


def test_weight_0_leaves_a_source_out() -> None:
    assert quotas(SMALL, weights={"a": 0, "b": 1}) == {"a x tel": 0, "a x yor": 0, "a y yor": 0, "b z hin": 1000}


@given(SIZES, st.integers(1, 10**7), st.sampled_from([1.0, 2.0, 5.0]), st.randoms(use_true_random=False))
def test_quotas_sum_to_the_total_and_the_order_of_sizes_does_not_matter(
    sizes: dict[tuple[str, str, str], int], total: int, temperature: float, random: Any
) -> None:
    mixture = Mixture(total=total, temperature=temperature)
    plan = mixture.plan(sizes)
    assert sum(group.quota for group in plan.groups) == total
    assert sum(group.asked for group in plan.groups) == pytest.approx(1)
    mixed = list(sizes.items())
    random.shuffle(mixed)
    assert mixture.plan(dict(mixed)) == plan


@given(SIZES, st.floats(1, 6), st.floats(0.1, 1))
def test_no_group_is_drawn_more_often_than_max_epochs(
    sizes: dict[tuple[str, str, str], int], max_epochs: float, part: float
) -> None:
    room = sum(int(size * max_epochs) for size in sizes.values())
    weights = {source: 1.0 + i for i, source in enumerate(sorted({key[0] for key in sizes}))}
    plan = Mixture(max_epochs=max_epochs, total=max(1, int(room * part)), weights=weights).plan(sizes)
    assert all(group.quota <= group.size * max_epochs for group in plan.groups)
    assert sum(group.quota for group in plan.groups) == plan.total


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (
            {"preset": "aya-translaton-heavy"},
            r"no preset 'aya-translaton-heavy'; did you mean 'aya-translation-heavy'\?",
        ),
        ({"temperature": 0.3}, "temperature must be 1 or more, not 0.3; for an exponent of 0.3 say 3.33"),
        ({"weights": {"a": 0}}, "all weights are 0"),
        ({"weights": {"a": -1}}, "greater than or equal to 0"),
        ({"weights": {"a": float("nan")}}, "greater than or equal to 0|finite number"),
        ({"datasets": {"a": {"x": 0.7, "y": 0.6}}}, "shares inside 'a' sum to 1.3, more than 1"),
        ({"pools": {"p": ["a"], "q": ["a"]}}, "source 'a' is in two pools"),
        ({"pools": {"p": ["a"]}, "weights": {"a": 1}}, "'a' is in a pool and has no weight of its own"),
        ({"weigths": {}}, "Extra inputs are not permitted"),
    ],
)
def test_settings_that_can_not_be_are_refused(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Mixture(**settings)


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        (
            {"weights": {"aa": 1, "b": 1}},
            ["no source or pool 'aa'; did you mean 'a'?", "source 'a' has no weight; did you mean 'aa'?"],
        ),
        ({"datasets": {"a": {"xx": 0.5}}}, ["no data set 'xx' in 'a'; did you mean 'x'?"]),
        ({"datasets": {"b": {"z": 0.5}}}, ["shares of all data sets of 'b' sum to 0.5, not to 1"]),
        ({"preset": "aya-human-heavy"}, ["source 'a' has no weight", "source 'b' has no weight"]),
        ({"pools": {"p": ["c"]}}, ["no rows in pool 'p'"]),
        ({"total": 5000, "max_epochs": 2}, ["total is 5,000, but max_epochs 2.0 allows 4,000 draws"]),
    ],
)
def test_all_faults_are_said_with_the_nearest_name(settings: dict[str, Any], faults: list[str]) -> None:
    with pytest.raises(RecipeError) as caught:
        Mixture(**settings).plan(SMALL)
    assert list(caught.value.faults) == faults


def test_a_recipe_can_ask_for_faults_before_anything_runs() -> None:
    mixture = Mixture(pools={"p": ("a", "cc")}, weights={"p": 1, "b": 2})
    assert mixture.faults(["a", "b", "c"]) == [
        "no source 'cc'; did you mean 'c'?",
        "source 'c' has no weight",
    ]
    assert Mixture().faults(["a"]) == []


def test_nothing_can_not_be_mixed() -> None:
    with pytest.raises(RecipeError, match="there are no rows to mix"):
        Mixture().plan({("a", "x", "yor"): 0})
