import hashlib
import html.parser
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import UserError
from aya.page import embedded
from aya.report.page import SCRIPTS, page_data, render, write_page
from aya.version import Version
from tests.versions import HOSTILE, write_version
from tests.workshop import QUESTIONS, Workshop

COPY = "dedup.exact: copy of another record"
SHORT = "collection.length: too short"
OTHER = "collection.script: other script"


@pytest.fixture
def built(workshop: Workshop) -> Workshop:
    """Return a build of nine rows: a copy left, one without an answer, and Telugu in Cyrillic letters."""
    bad = [
        QUESTIONS[0],
        {"q": "ما عاصمة مصر؟", "a": "", "l": "ara"},
        {"q": "ఏది?", "a": "Столица Индии называется Нью-Дели.", "l": "tel"},
    ]
    workshop.rows([*QUESTIONS, *bad])
    stages = [{"use": name} for name in ("collection.length", "collection.script", "dedup.exact")]
    workshop.recipe(stages=stages, mixture={"total": 12, "max_epochs": 2})
    workshop.build()
    return workshop


def data_of(workshop: Workshop) -> dict[str, Any]:
    version = workshop.version()
    return page_data(version, workshop.store.record(version.name))


def named(data: dict[str, Any], cells: list[int]) -> dict[str, int]:
    """Return cells of a version with one source, by language."""
    assert not any(cells[1::3])
    return {data["languages"][at]["code"]: rows for at, rows in zip(cells[::3], cells[2::3], strict=True)}


def test_the_counts_of_the_page_are_those_of_the_build(built: Workshop) -> None:
    data = data_of(built)
    assert [language["code"] for language in data["languages"]] == ["amh", "ara", "zho", "tel", "tha", "yor"]  # by name
    assert named(data, data["candidates"]) == {"amh": 1, "ara": 2, "zho": 1, "tel": 2, "tha": 1, "yor": 2}
    assert named(data, data["kept"]) == dict.fromkeys(["amh", "ara", "zho", "tel", "tha", "yor"], 1)
    assert [(stage["stage"], sum(stage["rows_in"])) for stage in data["stages"]] == [
        ("collection.source", 9), ("collection.length", 9), ("collection.script", 8), ("dedup.exact", 7),
    ]  # fmt: skip
    dropped = {item["reason"]: named(data, item["cells"]) for stage in data["stages"] for item in stage["dropped"]}
    assert dropped == {SHORT: {"ara": 1}, OTHER: {"tel": 1}, COPY: {"yor": 1}}


def test_the_page_says_what_the_registry_knows_of_a_language(built: Workshop) -> None:
    assert data_of(built)["languages"][1] == {
        "code": "ara", "name": "Arabic", "endonym": "العربية", "bcp47": "ar", "resource": "high", "direction": "rtl",
        "scripts": ["Arab"],
    }  # fmt: skip


def test_a_dropped_row_is_shown_with_its_reason_and_evidence(built: Workshop) -> None:
    data = data_of(built)
    found = {data["reasons"][row["reason"]]: row for row in data["samples"]}
    assert found.keys() == {SHORT, OTHER, COPY}
    assert found[SHORT]["inputs"] == "ما عاصمة مصر؟"
    assert (found[SHORT]["num_inputs"], found[SHORT]["num_targets"]) == (13, 0)
    assert json.loads(found[SHORT]["evidence"]) == {"field": "targets", "graphemes": 0}


def test_a_cluster_is_the_row_that_stayed_with_those_that_left_for_it(built: Workshop) -> None:
    (cluster,) = data_of(built)["clusters"]
    (member,) = cluster["members"]
    assert cluster["copies"] == 1
    assert cluster["kept"]["inputs"] == member["inputs"] == QUESTIONS[0]["q"]
    assert json.loads(member["evidence"]) == {"kept": cluster["kept"]["id"]}


def test_lengths_are_counted_in_bins_that_double_and_scores_in_twenty(built: Workshop) -> None:
    data = data_of(built)
    found = {item["name"]: item for item in data["distributions"]}
    assert found.keys() == {"inputs", "targets", "script_share"}
    # 中国的首都是哪里？ has 9 characters: bin 4 is 8 to 15
    chinese = [language["code"] for language in data["languages"]].index("zho")
    assert found["inputs"]["kept"][chinese] == {4: 1}
    assert found["inputs"]["edges"][4:6] == [8, 16]
    assert found["targets"]["dropped"][1] == {0: 1}  # the Arabic row without an answer
    assert len(found["script_share"]["edges"]) == 21
    assert found["script_share"]["edges"][-1] == 1


def test_contamination_is_counted_by_evaluation_set(workshop: Workshop) -> None:
    assert page_data(Version(built_path(workshop)), None)["contamination"] is None
    workshop.rows([{"q": row["q"], "l": row["l"]} for row in QUESTIONS[:2]], file="capitals.jsonl")
    stage = {"use": "dedup.contamination", "action": "flag"}
    against = [{"files": "capitals.jsonl", "name": "capitals", "fields": ["q"], "language": "l"}]
    workshop.recipe(stages=[stage | {"against": against}])
    data = page_data(Version(built_path(workshop)), None)
    (found,) = data["contamination"]
    assert (found["set"], found["dropped"]) == ("capitals", [])
    assert named(data, found["kept"]) == {"yor": 1}  # the Arabic question is shorter than any item that is looked for


def built_path(workshop: Workshop) -> Path:
    return workshop.build().version


def test_the_mixture_has_natural_shares_and_draws(built: Workshop) -> None:
    mixture = data_of(built)["mixture"]
    assert mixture["total"] == 12
    assert mixture["groups"][0] == [0, 0, 1, 2, 0.166666667, 0.166666667, 0]  # one row of six, drawn twice


def test_licences_are_those_of_the_kept_rows(built: Workshop) -> None:
    (found,) = data_of(built)["licenses"]
    assert found["license"] == "CC0-1.0"
    assert sum(found["cells"][2::3]) == 6


def test_time_is_that_of_the_record_and_unknown_without_one(built: Workshop) -> None:
    data = data_of(built)
    assert [stage["stage"] for stage in data["time"]["stages"]] == [stage["stage"] for stage in data["stages"]]
    assert page_data(built.version(), None)["time"] is None


def test_a_version_without_mixture_and_dropped_rows_has_a_page(workshop: Workshop) -> None:
    workshop.build()
    data = data_of(workshop)
    assert (data["mixture"], data["samples"], data["clusters"], data["reasons"]) == (None, [], [], [])
    assert render(data)


def test_rows_without_a_language_have_a_place(workshop: Workshop) -> None:
    workshop.rows([*QUESTIONS, {"q": "?", "a": "!", "l": "not a language"}])
    workshop.build()
    data = data_of(workshop)
    (row,) = data["samples"]
    assert data["languages"][row["language"]]["code"] == "und"
    assert json.loads(row["evidence"])["code"] == "not a language"


def test_the_page_of_a_version_is_the_same_every_time(built: Workshop) -> None:
    pages = [built.folder / name for name in ("one.html", "other.html")]
    for path in pages:
        write_page(built.version(), built.store, path)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_page_that_can_not_be_written_is_a_line(built: Workshop) -> None:
    (built.folder / "file").touch()
    with pytest.raises(UserError, match=r"file/page\.html can not be written: "):
        write_page(built.version(), built.store, built.folder / "file" / "page.html")


class Tags(html.parser.HTMLParser):
    """Reads a page as a browser would: its tags, and the text of its data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][1].get("id") == "data":
            self.data.append(data)


def test_texts_of_records_never_become_tags(workshop: Workshop) -> None:
    workshop.build()
    plain = Tags(render(data_of(workshop)))
    english = {"q": "What is the capital of Kenya?", "a": "Nairobi.", "l": "eng"}
    workshop.rows([*QUESTIONS, english, *({"q": text, "a": text, "l": "eng"} for text in HOSTILE)])
    workshop.recipe(stages=[{"use": "collection.echo"}], source={"citation": HOSTILE[0], "url": "javascript:alert(1)"})
    workshop.build()
    data = data_of(workshop)
    page = Tags(render(data))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert json.loads(page.data[0]) == json.loads(json.dumps(data))
    assert {row["inputs"] for row in data["samples"]} == set(HOSTILE)


@given(st.text() | st.sampled_from(HOSTILE))
def test_embedded_data_is_the_same_data_and_ends_no_script(text: str) -> None:
    found = embedded({text: text})
    assert json.loads(found) == {text: text}
    assert not set("<>&\u2028\u2029") & set(found)


def test_the_page_asks_for_nothing(built: Workshop) -> None:
    page = Tags(render(data_of(built)))
    asking = [(tag, name) for tag, given in page.tags for name in given if name in ("src", "srcset", "action", "data")]
    assert asking == []
    assert not [given for tag, given in page.tags if tag in ("link", "iframe", "object", "embed", "base")]
    assert {given["href"] for tag, given in page.tags if tag == "a"} == {"#summary"}
    policy = next(given["content"] for _, given in page.tags if given.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_the_page_makes_no_markup_of_texts() -> None:
    for name in SCRIPTS[1:]:
        script = files("aya.report").joinpath("page", name).read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|\.html\(", script), name


def test_the_library_is_the_file_that_was_published() -> None:
    library = files("aya.report").joinpath("page", "d3", "d3.min.js").read_bytes()
    assert library.startswith(b"// https://d3js.org v7.9.2 ")
    # of package/dist/d3.min.js in https://registry.npmjs.org/d3/-/d3-7.9.2.tgz
    assert hashlib.sha256(library).hexdigest() == "912111098ea99503a6f4967361d2bbdc9dbf58cf9c678c8e27e5b02d1a07f0c1"


@pytest.mark.slow
def test_a_hundred_languages_of_twenty_sources_and_forty_reasons_fit_into_5_mb(tmp_path: Path) -> None:
    version: Version = write_version(tmp_path, num_languages=100, num_sources=20, num_reasons=40)
    data = page_data(version, None)
    assert len(render(data).encode()) < 5_000_000
    shown = [row["reason"] for row in data["samples"]]
    assert min(map(shown.count, range(40))) >= 20
    assert len({row["language"] for row in data["samples"]}) == 100
