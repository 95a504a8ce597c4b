import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

from aya import verbs
from aya.errors import RecipeError
from hub_release.configs import DEFAULT, configs
from tests.releases import released
from tests.workshop import Workshop

RECIPES = Path(__file__).parents[3] / "recipes"


@pytest.fixture
def with_refusals(workshop: Workshop) -> Workshop:
    """A workshop whose recipe reads a distilled store besides."""
    requests = [{"files": [f"safety/{code}.yaml" for code in ("ara", "zho")], "format": "templates", "most": 12}]
    plan = {"requests": requests, "teacher": "written", "unjudged": "written by people"}
    path = workshop.folder / "safety.yaml"
    path.write_text(yaml.safe_dump(plan), encoding="utf-8")
    verbs.distill(path, workshop.folder / "distilled", data=RECIPES)
    recipe(workshop, unguarded="held-out requests are not in it")
    return workshop


def recipe(workshop: Workshop, **said: Any) -> None:
    path = workshop.recipe()
    more = {"use": "training.distilled", "name": "refusals", "store": "distilled", **said}
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sources:\n", f"sources:\n- {json.dumps(more)}\n"), encoding="utf-8")


def test_distilled_rows_are_an_ordinary_source_that_says_where_they_are_from(with_refusals: Workshop) -> None:
    with_refusals.build()
    rows = with_refusals.version().scan(sources=["refusals"]).collect()
    taught = pq.read_table(with_refusals.folder / "distilled" / "distilled.parquet")
    assert len(rows) == len(taught) > 10
    assert sorted(rows["inputs"]) == sorted(taught["inputs"].to_pylist())
    assert rows["harmful"].to_list().count(True) == sum(taught["harmful"].to_pylist()) > 3
    (row, *_) = rows.filter(pl.col("harmful")).to_dicts()
    assert (row["license"], row["origin"], row["task_type"]) == ("CC0-1.0", "template", "safety")
    facts = json.loads(row["provenance"])
    assert (facts["method"], facts["model"]) == ("distillation", "written")
    assert facts["item"].count("/") == 2


def test_a_recipe_says_why_it_needs_no_guard_against_contamination(with_refusals: Workshop) -> None:
    recipe(with_refusals)
    with pytest.raises(RecipeError, match=r"'refusals': its rows count only after the stage 'dedup.contamination'"):
        with_refusals.load()


def test_no_release_loads_requests_that_harm_unless_they_are_asked_for_by_name(with_refusals: Workshop) -> None:
    release = released(with_refusals, "1.0.0")
    found = {config.name: config for config in configs(release.files)}
    harmful = set(release.paths(found["harmful"].files))
    assert sum(pq.read_metadata(path).num_rows for path in harmful) > 3
    for name, config in found.items():
        rows = pl.concat([pl.read_parquet(path) for path in release.paths(config.files)])
        assert rows["harmful"].fill_null(False).any() == (name == "harmful")
        assert not harmful & set(release.paths(config.files)) or name == "harmful"
    assert found[DEFAULT].head()["default"]
    card = (release.path / "README.md").read_text(encoding="utf-8")
    assert "The configuration `harmful` holds texts that may hurt; no other configuration loads them." in card
