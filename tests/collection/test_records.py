"""Records of drafts: ids, languages and the story of each."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.stage import About
from aya.table import SCHEMA
from aya.text import digest, digests
from collection.records import Draft, assemble
from tests.strategies import texts

ABOUT = About(name="names", license="CC0-1.0", revision="r1", citation="nobody")
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def records(*drafts: Draft, about: About = ABOUT) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = assemble(drafts, about=about, part="p").to_pylist()
    return rows


drafts = st.lists(
    st.fixed_dictionaries(
        {"key": KEYS, "language": st.sampled_from(["yor", "ar", "zh-TW", "xxx", None, ""])},
        optional={
            "inputs": texts(),
            "template_id": st.sampled_from(["ask", "tell", None]),
            "item": st.just({"title": "x"}),
            "drop": st.sampled_from(["collection.templates: too slow", None]),
            "evidence": st.just({"seconds": 2}),
            "origin": st.just("template"),
        },
    ),
    max_size=6,
)


@given(drafts, st.integers(0, 6))
def test_the_cut_of_drafts_does_not_matter(drafts: list[Draft], cut: int) -> None:
    whole = assemble(drafts, about=ABOUT, part="p")
    halves = [assemble(half, about=ABOUT, part="p") for half in (drafts[:cut], drafts[cut:])]
    assert whole.schema == SCHEMA
    assert pa.concat_tables(halves).to_pylist() == whole.to_pylist()


@given(KEYS)
def test_an_id_is_of_source_revision_part_key_template_and_language(key: str) -> None:
    [row] = records({"key": key, "language": "yo", "template_id": "ask"})
    assert row["id"] == digest("names", "r1", "p", key, "ask", "yor")
    assert json.loads(row["provenance"]) == {"key": key, "part": "p", "revision": "r1", "source": "names"}


@given(st.lists(KEYS, max_size=3), st.lists(st.tuples(KEYS, KEYS), max_size=5))
def test_many_digests_are_those_of_one_at_a_time(fixed: list[str], rows: list[tuple[str, str]]) -> None:
    assert digests(fixed, rows) == [digest(*fixed, *row) for row in rows]


@given(KEYS)
def test_provenance_is_the_same_text_with_and_without_a_story(key: str) -> None:
    [plain] = records({"key": key, "language": "yor"})
    [told] = records({"key": key, "language": "yor", "item": {}})
    assert plain["provenance"] == told["provenance"]


def test_a_story_is_kept_in_provenance() -> None:
    [row] = records({"key": "1", "language": "yor", "item": {"template": "ask@3"}})
    assert json.loads(row["provenance"])["template"] == "ask@3"


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("yorr", "no language 'yorr'; did you mean 'yor'?"),
        (None, "the item has no language"),
        ("", "the item has no language"),
    ],
)
def test_a_language_that_is_not_known_is_a_reason(code: str | None, hint: str) -> None:
    [row] = records({"key": "1", "language": code})
    assert (row["language"], row["script"], row["drop"]) == (None, None, "collection.source: unknown language")
    assert json.loads(row["evidence"])["hint"] == hint


def test_a_language_that_the_source_is_not_limited_to_is_a_reason() -> None:
    limited = ABOUT.model_copy(update={"languages": ("yor",)})
    [kept, gone] = records({"key": "1", "language": "yo"}, {"key": "2", "language": "th-TH"}, about=limited)
    assert (kept["drop"], gone["drop"]) == (None, "collection.source: language not wanted")
    assert (gone["language"], gone["evidence"]) == ("tha", '{"code":"th-TH"}')


def test_the_reason_of_a_draft_comes_first() -> None:
    [row] = records(
        {"key": "1", "language": "xxx", "drop": "collection.templates: too slow", "evidence": {"seconds": 2}}
    )
    assert (row["drop"], row["evidence"]) == ("collection.templates: too slow", '{"seconds":2}')
