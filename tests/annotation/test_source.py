"""What people wrote, as a source of a recipe: over a book that a test wrote, without a server."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotation.book import Book
from annotation.source import CampaignSource
from aya.errors import InputError
from aya.ledger import withdraw
from tests.campaigns import item
from tests.workshop import Workshop

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AMINA, BADR = "a" * 64, "b" * 64
COLUMNS = {
    "inputs": "inputs",
    "targets": "targets",
    "language": "language",
    "sub_dataset_name": "annotation_type",
    "dataset_name": "dataset_name",
    "license": "license",
    "parent_id": "parent_id",
    "provenance": ["annotator", "response", "edited_from", "authors"],
}


def response(id_: str, of: str, annotator: str, prompt: str, completion: str, **more: Any) -> dict[str, Any]:
    values = json.dumps({"prompt": prompt, "completion": completion})
    made = {"id": id_, "item": of, "annotator": annotator, "status": "submitted", "values": values}
    return made | {"inserted_at": NOON, "updated_at": NOON} | more


@pytest.fixture
def book(workshop: Workshop) -> Book:
    """Return a book with an original in Yoruba, two edits and what does not count."""
    about = {"name": "pilot", "languages": ["ara", "yor"], "license": "CC-BY-4.0", "citation": "everybody"}
    path = workshop.folder / "campaign.yaml"
    path.write_text(yaml.safe_dump(about | {"tasks": {"original": {}}}), encoding="utf-8")
    book = Book(workshop.folder / "book.sqlite")
    yoruba = {"language": "yor", "script": "Latn", "license": "CC-BY-4.0", "record_id": None, "dataset_name": "pilot"}
    book.put_people({"annotator": name, "languages": ["ara", "yor"]} for name in (AMINA, BADR))
    book.put_items(
        [
            item("slot", task="original", prompt="", completion="", **yoruba),
            item("again", parent="r1", author=AMINA, prompt="Kí ni èyí?", completion="Ìwé ni.", **yoruba),
            item("row"),
            item("other"),
        ]
    )
    book.put_responses(
        [
            response("r1", "slot", AMINA, "Kí ni èyí?", "Ìwé ni."),
            response("r2", "again", BADR, "Kí ni èyí?", "Èyí jẹ́ ìwé."),
            response("r3", "row", BADR, "ما عاصمة المغرب؟", "عاصمة المغرب هي الرباط."),
            response("r4", "row", AMINA, "ما عاصمة المغرب؟", "الرباط"),  # nothing was changed
            response("r5", "other", AMINA, "ما؟", "لا", status="draft"),
            response("r6", "again", AMINA, "Kí ni èyí?", "Ìwé dára."),  # on her own text
        ]
    )
    return book


def recipe(workshop: Workshop, **source: Any) -> None:
    use = {"use": "annotation.campaign", "campaign": "campaign.yaml", "columns": COLUMNS} | source
    made = {"name": "small", "sources": [use], "allow": {"empty_languages": "all", "dropped": 1.0}}
    workshop.path.write_text(yaml.safe_dump(made), encoding="utf-8")


def built(workshop: Workshop) -> dict[str, dict[str, Any]]:
    workshop.build()
    rows = workshop.version().polars().rows(named=True)
    return {json.loads(row["provenance"])["response"]: row for row in rows}


def test_contributions_become_records_of_people(workshop: Workshop, book: Book) -> None:
    recipe(workshop)
    rows = built(workshop)
    assert {*rows} == {"r1", "r2", "r3"}
    facts = ("language", "script", "sub_dataset_name", "license", "parent_id", "origin")
    assert [[rows[name][fact] for fact in facts] for name in ("r1", "r2", "r3")] == [
        ["yor", "Latn", "original-annotations", "CC-BY-4.0", None, "human"],
        ["yor", "Latn", "re-annotations", "CC-BY-4.0", None, "human"],
        ["ara", "Arab", "re-annotations", "CC0-1.0", "record-row", "human"],
    ]
    assert json.loads(rows["r2"]["provenance"])["annotator"] == BADR
    assert json.loads(rows["r2"]["provenance"])["edited_from"] == "r1"
    assert json.loads(rows["r2"]["provenance"])["authors"] == f"{BADR} {AMINA}"


def test_an_edit_that_changed_nothing_counts_only_when_wanted(workshop: Workshop, book: Book) -> None:
    recipe(workshop, unchanged=True)
    assert {*built(workshop)} == {"r1", "r2", "r3", "r4"}


def test_who_withdrew_is_not_in_the_next_build(workshop: Workshop, book: Book) -> None:
    recipe(workshop)
    before = {row["id"] for row in built(workshop).values()}
    book.withdraw(AMINA)
    after = built(workshop)
    assert {*after} == {"r3"}  # r2 is an edit of what she wrote
    assert {row["id"] for row in after.values()} < before


def test_the_ledger_of_a_store_knows_who_had_a_part(workshop: Workshop, book: Book) -> None:
    recipe(workshop)
    built(workshop)
    assert withdraw(workshop.store, [("annotator", AMINA)], reason="asked") == 2
    assert {*built(workshop)} == {"r3"}


def test_the_same_book_builds_the_same_version_however_often_it_was_written(workshop: Workshop, book: Book) -> None:
    recipe(workshop)
    first = workshop.build().version
    book.put_responses([response("r1", "slot", AMINA, "Kí ni èyí?", "Ìwé ni.")])
    book.put_note("read d", "later")
    assert workshop.build().version == first
    assert not workshop.build().new


def test_a_language_is_read_alone(workshop: Workshop, book: Book) -> None:
    assert book.languages() == ["ara", "yor"]
    assert book.responses(language="yor")["id"].to_pylist() == ["r1", "r2", "r6"]
    assert book.items(language="yor")["id"].to_pylist() == ["again", "slot"]
    source = CampaignSource(campaign=workshop.folder / "campaign.yaml")
    arabic, yoruba = source.parts()
    assert [part.name for part in (arabic, yoruba)] == ["ara-Arab", "yor-Latn"]
    book.put_responses([response("r8", "other", BADR, "ما؟", "نعم")])
    assert [part == before for part, before in zip(source.parts(), (arabic, yoruba), strict=True)] == [False, True]


def test_no_book_is_an_error_that_says_what_to_do(workshop: Workshop, book: Book) -> None:
    book.close()
    book.path.unlink()
    with pytest.raises(InputError, match="no book of a campaign; make it with: aya annotate push"):
        CampaignSource(campaign=workshop.folder / "campaign.yaml").parts()


def test_a_book_that_changed_while_a_build_ran_is_refused(workshop: Workshop, book: Book) -> None:
    source = CampaignSource(campaign=Path(workshop.folder / "campaign.yaml"))
    (arabic, _) = source.parts()
    book.put_responses([response("r7", "row", AMINA, "ما عاصمة المغرب؟", "هي الرباط.")])
    with pytest.raises(InputError, match="changed while the build ran; build again"):
        list(source.read(arabic))
