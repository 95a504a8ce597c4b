"""Translation quality in the report: only where there are scores, worst rows beside their source."""

from pathlib import Path
from typing import Any

import pytest

from aya.report.page import page_data, write_page
from tests import chromium
from tests.translated import lists
from tests.workshop import Workshop

KEEP = {"source_inputs": "large_string", "source_targets": "large_string"}


def built(workshop: Workshop) -> None:
    """Build sixty translations into Arabic and sixty into Amharic, the eighth of each cut to a few letters."""
    rows = []
    for code in ("ara", "amh"):
        pairs = lists(code, 60)
        pairs[7] = (pairs[7][0], pairs[7][1][:9])
        rows += [
            {"q": target, "a": "", "l": code, "source_inputs": source, "source_targets": ""} for source, target in pairs
        ]
    workshop.rows(rows)
    columns = {"inputs": "q", "targets": "a", "language": "l", "keep": KEEP}
    stages = [{"use": "translation.length_ratio", "most": 50}, {"use": "translation.outliers", "most": 3}]
    workshop.recipe(source={"columns": columns, "origin": "translation"}, stages=stages)
    workshop.build()


def data(workshop: Workshop) -> dict[str, Any]:
    return page_data(workshop.version(), None)


def test_the_worst_row_of_each_language_comes_first(workshop: Workshop) -> None:
    built(workshop)
    made = data(workshop)
    found = made["translations"]
    assert {made["languages"][at]["code"]: sum(counts) for at, counts in found["bins"].items()} == {
        "amh": 60,
        "ara": 60,
    }
    first = found["rows"][:2]
    assert {row["source_inputs"] for row in first} == {lists(code, 60)[7][0] for code in ("ara", "amh")}
    assert {row["num_inputs"] for row in first} == {9}
    assert {row["drop"] for row in first} == {"translation.outliers: unusual length z"}
    assert all(row["scores"]["translation_fault"] > 3 for row in first)
    assert len(found["rows"]) == 40


def test_a_version_without_scores_says_nothing_of_translations(workshop: Workshop) -> None:
    workshop.build()
    assert data(workshop)["translations"] is None


@pytest.fixture
def page(workshop: Workshop) -> Path:
    """Return the page of the translations."""
    built(workshop)
    write_page(workshop.version(), workshop.store, workshop.folder / "report.html")
    return workshop.folder / "report.html"


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(chromium.missing() is not None, reason=f"{chromium.missing()} is not installed")
def test_both_sides_stand_beside_one_another_in_their_own_direction(page: Path, tmp_path: Path) -> None:
    with chromium.browser(tmp_path / "profile") as driver:
        chromium.show(driver, width=1280, scheme="dark")
        driver.get(f"{page.as_uri()}?language=ara")
        sides = driver.execute_script("""
            const row = document.querySelector("#translations article");
            const direction = (item) => (item.matches(":dir(rtl)") ? "rtl" : "ltr");
            const top = (item) => item.getBoundingClientRect().y;
            return [...row.querySelectorAll(".texts .text")].map((item) => [direction(item), top(item)]);
        """)
        assert [side[0] for side in sides] == ["ltr", "rtl"]
        assert sides[0][1] == sides[1][1]
        assert chromium.faint(driver) == []
        assert chromium.log(driver, "browser") == []
