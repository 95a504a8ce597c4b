"""What a source is said to hold, and the recipe of the 203 million rows, whose sizes are those of a published table."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from aya.errors import UserError
from aya.recipe import Recipe, load_recipe
from aya.size import Size

RECIPE = Path(__file__).parents[2] / "recipes" / "aya-203m.yaml"


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    """Return the recipe."""
    return load_recipe(RECIPE)


def size(**said: object) -> Size:
    return Size.model_validate({"rows": 100, "inputs": 30, "targets": 10} | said)


def test_languages_of_a_level_share_alike_but_for_those_that_are_named() -> None:
    said = size(levels={"high": 0.6, "low": 0.4}, languages={"eng": 0.5})
    # English takes .5 of the .6 of high-resource languages; of those French alone is left. Yoruba and Telugu are low.
    assert said.shares(["eng", "fra", "yor", "tel"]) == pytest.approx({"eng": 0.5, "fra": 0.1, "tel": 0.2, "yor": 0.2})


def test_without_levels_all_share_alike() -> None:
    assert size().shares(["hin", "tha"]) == {"hin": 0.5, "tha": 0.5}
    assert size(languages={"hin": 0.75}).shares(["hin", "tha", "zho"]) == {"hin": 0.75, "tha": 0.125, "zho": 0.125}


def test_levels_without_a_language_are_refused() -> None:
    with pytest.raises(UserError, match="none of the languages"):
        size(levels={"low": 1}).shares(["eng"])


def test_what_stays_is_the_least_that_is_said() -> None:
    assert size().stays == 100
    assert size(after={"collection.pruning": 80, "collection.caps": 20}).stays == 20


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"after": {"collection.caps": 101}}, "1 to 100 rows, not 101"),
        ({"languages": {"yro": 1}}, "did you mean"),
    ],
)
def test_what_can_not_be_is_refused(said: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        size(**said)


def test_the_recipe_has_the_rows_of_the_table(recipe: Recipe) -> None:
    found = {entry.about.name: entry.size.stays for entry in recipe.sources if entry.size}
    assert found == {
        "xp3x": 168_000_000, "data_provenance": 1_650_000, "aya_templates": 18_900_000, "aya_dataset": 199_500,
        "aya_translations": 7_530_000, "sharegpt_command": 6_800_000,
    }  # fmt: skip
    assert sum(found.values()) == 203_079_500


def test_the_recipe_has_as_much_english_as_the_paper_says(recipe: Recipe) -> None:
    english = sum(
        entry.size.stays * entry.size.shares(recipe.languages).get("eng", 0) for entry in recipe.sources if entry.size
    )
    assert round(english / 203_079_500, 3) == 0.215


def test_the_recipe_has_a_licence_for_each_data_set_of_the_collection(recipe: Recipe) -> None:
    for name, num in (("aya_templates", 44), ("aya_translations", 19)):
        (entry,) = (entry for entry in recipe.sources if entry.about.name == name)
        license_ = entry.renderer.license  # type: ignore[attr-defined]  # columns, see the recipe
        assert license_.map.keys() == set(entry.source.config)  # type: ignore[attr-defined]  # the Hub
        assert len(license_.map) == num


def test_what_is_not_pinned_can_not_be_built(recipe: Recipe) -> None:
    with pytest.raises(UserError, match=r"CohereLabs/xP3x is unpinned; give its commit as `revision`, from https://"):
        recipe.sources[0].source.parts()
