"""Checks of translations in recipes: source texts come from kept columns, other sources are left alone."""

import json
from pathlib import Path

import pytest

from aya.errors import RecipeError
from tests.translated import lists
from tests.workshop import Workshop

KEEP = {"source_inputs": "large_string", "source_targets": "large_string", "logprob": "float"}
STAGES = [
    {"use": "translation.spans"},
    {"use": "translation.numbers", "least": 0.5},
    {"use": "translation.length_ratio"},
    {"use": "translation.spelling"},
    {"use": "translation.outliers", "most": 30},
]


def recipe(workshop: Workshop, *, keep: dict[str, str] | None = KEEP) -> Path:
    """Write a recipe of forty translated rows, one of which is broken, and one row that is no translation."""
    pairs = lists("yor", 120)
    workshop.rows(
        [
            {"q": target, "a": "7" if row else "", "l": "yor", "source_inputs": source, "source_targets": "7"}
            | {"logprob": -0.5}
            for row, (source, target) in enumerate(pairs)
        ],
        file="made.jsonl",
    )
    workshop.rows([{"q": "Báwo ni?", "a": "Dáadáa ni.", "l": "yor"}], file="own.jsonl")
    columns = {"inputs": "q", "targets": "a", "language": "l"}
    facts = {"use": "collection.jsonl", "license": "CC0-1.0", "revision": "1", "citation": "nobody"}
    made = {"name": "made", "files": "made.jsonl", "origin": "translation", "columns": columns | {"keep": keep or {}}}
    own = {"name": "own", "files": "own.jsonl", "columns": columns}
    return workshop.recipe(sources=[facts | made, facts | own], stages=STAGES)


def test_rows_of_other_sources_have_no_score(workshop: Workshop) -> None:
    recipe(workshop)
    workshop.build()
    version = workshop.version()
    dropped = version.scan(dropped=True).collect()
    assert dropped["drop"].to_list() == ["translation.numbers: numbers lost"]
    assert json.loads(dropped["evidence"][0]) == {"numbers_kept": 0.0}
    kept = version.scan().collect()
    assert len(kept) == 120
    [own] = kept.filter(kept["source"] == "own").to_dicts()
    assert (own["numbers_kept"], own["length_z"]) == (None, None)
    made = kept.filter(kept["source"] == "made")
    assert made["numbers_kept"].to_list() == [1.0] * 119
    assert made["translation_fault"].null_count() == 0


def test_a_check_needs_source_texts_that_some_source_keeps(workshop: Workshop) -> None:
    path = recipe(workshop, keep=None)
    with pytest.raises(RecipeError, match="reads column 'source_inputs', which no source keeps"):
        workshop.load()
    assert path.is_file()
