"""Worst translations go to a campaign, and what people make of them takes their place."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from annotation.book import Book
from annotation.campaign import Campaign
from annotation.items import rows_of
from annotation.superseded import Superseded
from aya.stage import run_global
from aya.table import records
from tests.translated import lists
from tests.workshop import Workshop

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AMINA = "a" * 64
KEEP = {"source_inputs": "large_string", "source_targets": "large_string"}
FACTS = {"license": "CC0-1.0", "revision": "1", "citation": "nobody"}
COLUMNS = {"inputs": "inputs", "targets": "targets", "language": "language"}
ABOUT = {"name": "pilot", "languages": ["yor"], "license": "CC-BY-4.0", "citation": "everybody"}


def test_an_edit_takes_the_place_of_its_parent_alone() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "english", "language": "eng", "origin": "human"},
        {"id": "machine", "language": "yor", "origin": "translation", "parent_id": "english"},
        {"id": "edited", "language": "yor", "origin": "human", "parent_id": "machine"},
        {"id": "translated by hand", "language": "yor", "origin": "human", "parent_id": "english"},
        {"id": "other", "language": "yor", "origin": "translation", "parent_id": "english"},
        {
            "id": "gone",
            "language": "yor",
            "origin": "human",
            "parent_id": "other",
            "drop": "collection.length: too short",
        },
    ]
    judged = run_global(Superseded(), records(rows))
    gone = dict(zip(judged["id"].to_pylist(), judged["drop"].to_pylist(), strict=True))
    assert [id_ for id_, reason in gone.items() if reason == "annotation.superseded: edited by a person"] == ["machine"]


PAIRS = lists("yor", 200)


@pytest.fixture
def campaign(workshop: Workshop) -> Campaign:
    """Return a campaign whose file and empty book lie beside 200 translations, of which two were swapped."""
    targets = [target for _, target in PAIRS]
    targets[3], targets[5] = targets[5], targets[3]
    workshop.rows(
        [
            {"q": target, "a": "Bẹ́ẹ̀ ni.", "l": "yor", "source_inputs": source, "source_targets": "Yes."}
            for (source, _), target in zip(PAIRS, targets, strict=True)
        ]
    )
    about = ABOUT | {"tasks": {"postedit": {"most": 2}}}
    (workshop.folder / "campaign.yaml").write_text(yaml.safe_dump(about), encoding="utf-8")
    Book(workshop.folder / "book.sqlite").close()
    return Campaign.model_validate(about)


def built(workshop: Workshop, *, most: float | None) -> list[dict[str, Any]]:
    """Build and return the rows; a row of which a score is `most` spreads worse than usual is dropped."""
    columns = {"inputs": "q", "targets": "a", "language": "l", "keep": KEEP}
    made = {"name": "made", "use": "collection.jsonl", "files": "rows.jsonl", "origin": "translation"}
    people = {"name": "people", "use": "annotation.campaign", "campaign": "campaign.yaml"}
    workshop.recipe(
        sources=[made | FACTS | {"columns": columns}, people | {"columns": COLUMNS | {"parent_id": "parent_id"}}],
        stages=[
            {"use": "translation.match", "most_below": 99},
            {"use": "translation.outliers", "most": most},
            {"use": "annotation.superseded"},
        ],
        allow={"empty_sources": ["people"], "empty_languages": "all"},
    )
    workshop.build()
    rows: list[dict[str, Any]] = workshop.version().polars().to_dicts()
    return rows


def answer(workshop: Workshop, item: dict[str, Any], prompt: str) -> None:
    """Put an item and somebody's answer to it into the book, as push and pull do."""
    book = Book(workshop.folder / "book.sqlite")
    book.put_people([{"annotator": AMINA, "languages": ["yor"]}])
    book.put_items([item])
    values = json.dumps({"prompt": prompt, "completion": item["completion"]})
    given = {"id": "r1", "item": item["id"], "annotator": AMINA, "status": "submitted", "values": values}
    book.put_responses([given | {"inserted_at": NOON, "updated_at": NOON}])
    book.close()


@pytest.mark.parametrize("most", [None, 2.0])
def test_the_worst_translations_are_corrected_and_replaced(
    workshop: Workshop, campaign: Campaign, most: float | None
) -> None:
    before = built(workshop, most=most)
    items = list(rows_of(campaign, workshop.version().path))
    assert {item["prompt_before"] for item in items} == {PAIRS[3][0], PAIRS[5][0]}
    assert {(item["task"], item["completion_before"]) for item in items} == {("postedit", "Yes.")}
    assert items[0]["priority"] >= items[1]["priority"] > 2  # low-resource, and bad

    wrong = items[0]["record_id"]
    assert (wrong in [row["id"] for row in before]) is (most is None)
    answer(workshop, items[0], dict(PAIRS)[items[0]["prompt_before"]])
    after = built(workshop, most=most)
    [edited] = [row for row in after if row["source"] == "people"]
    assert (edited["inputs"], edited["parent_id"]) == (dict(PAIRS)[items[0]["prompt_before"]], wrong)
    assert {row["id"] for row in after} == {row["id"] for row in before} - {wrong} | {edited["id"]}


def test_a_version_without_the_score_gives_any_translations(workshop: Workshop, campaign: Campaign) -> None:
    built(workshop, most=None)
    about = ABOUT | {"tasks": {"postedit": {"most": 2, "worst": "no_such_score"}}}
    found = rows_of(Campaign.model_validate(about), workshop.version().path)
    assert [item["priority"] for item in found] == [2, 2]
