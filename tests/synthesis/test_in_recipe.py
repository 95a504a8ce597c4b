"""Generated rows in a build: what they carry, and what keeps exams and forbidden models out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aya.doctor import needed_extras
from aya.errors import RecipeError
from tests.model_server import ModelServer, prompt_of
from tests.synthesis.seeds import SEEDS, write_seeds
from tests.workshop import Workshop

EXAM = "Olú-ìlú orílẹ̀-èdè Nàìjíríà ni Àbújá, kì í sì í ṣe Èkó mọ́ láti ọdún 1991"
GUARD = {"use": "dedup.contamination", "against": [{"files": "exam.jsonl", "fields": ["text"]}]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Yield a server whose model knows an exam item by heart."""
    with ModelServer(say=lambda body: EXAM if "olú" in prompt_of(body) else f"Answer {body['seed']}.") as made:
        yield made


def recipe(shop: Workshop, server: ModelServer, *, terms: str = "any use", stages: Any = (GUARD,), **more: Any) -> None:
    write_seeds(shop.folder)
    shop.rows([{"text": EXAM}], file="exam.jsonl")
    teacher = {"name": "owl", "at": server.url, "revision": "r1", "terms": terms}
    source = {
        "name": "made",
        "use": "synthesis.regenerate",
        "seeds": "seeds.jsonl",
        "teachers": [teacher],
        "journal": str(shop.folder / "calls.sqlite"),
        **dict.fromkeys(("files", "columns", "revision", "citation")),
    }
    shop.recipe(source=source | more, stages=list(stages), allow={"dropped": 1, "empty_languages": "all"})


def test_a_build_asks_once_and_keeps_the_whole_story(server: ModelServer, tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    recipe(shop, server)
    first = shop.build()
    rows = shop.version().polars()
    assert set(rows["origin"]) == {"synthetic"}
    assert set(rows["parent_id"]) == {seed["id"] for seed in SEEDS} - {"h"}
    facts = json.loads(rows["provenance"][0])
    assert {
        "model": "owl",
        "model_revision": "r1",
        "terms": "any use",
        "method": "regenerate",
        "finish": "stop",
    }.items() <= (facts.items())
    (gone,) = shop.version().polars(dropped=True)["drop"]
    assert gone == "dedup.contamination: text of an evaluation item"
    assert server.asked == len(SEEDS)
    other = Workshop(tmp_path)
    other.store = type(shop.store)(tmp_path / "other")
    assert other.build().version.name == first.version.name
    assert server.asked == len(SEEDS)


def test_a_recipe_needs_the_guard_or_a_reason(server: ModelServer, tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    recipe(shop, server, stages=())
    with pytest.raises(RecipeError, match=r"source 'made': its rows count only after the stage 'dedup\.contamination'"):
        shop.load()
    recipe(shop, server, stages=(), unguarded="nothing is evaluated on this")
    shop.load()


def test_rows_of_models_that_forbid_training_go(server: ModelServer, tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    recipe(shop, server, terms="no competing models", stages=(GUARD, {"use": "synthesis.terms"}))
    shop.build()
    assert len(shop.version().polars()) == 0
    assert "synthesis.terms: no right to train" in set(shop.version().polars(dropped=True)["drop"])


def test_the_doctor_knows_what_a_teacher_needs(server: ModelServer, tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    recipe(shop, server)
    assert needed_extras(shop.load()) == {"synthesis": "made"}
    recipe(shop, server, teachers=[{"name": "small", "at": "smollm2"}])
    assert needed_extras(shop.load()) == {"smol": "made"}
