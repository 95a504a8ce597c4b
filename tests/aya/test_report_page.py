from collections.abc import Iterator
from pathlib import Path

import pytest

from aya.report.page import write_page
from tests.versions import HOSTILE
from tests.workshop import QUESTIONS, Workshop

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

from selenium.webdriver import Chrome, Keys  # only where it is installed
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests import chromium
from tests.chromium import Scheme, faint, log, open_all, requested, settle, show

pytestmark = chromium.MARKS

BURMESE = {"q": "မြန်မာနိုင်ငံ၏ မြို့တော်သည် အဘယ်နည်း။", "a": "နေပြည်တော်သည် မြန်မာနိုင်ငံ၏ မြို့တော်ဖြစ်သည်။", "l": "mya"}
SECTIONS = 11


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a build in which a row of every language and the hostile texts were dropped."""
    workshop = Workshop(tmp_path_factory.mktemp("page"))
    english = {"q": "What is the capital of Kenya?", "a": "Nairobi.", "l": "eng"}
    hostile = [{"q": text, "a": text, "l": "eng"} for text in HOSTILE]
    kept = [*QUESTIONS, BURMESE, english]
    workshop.rows([*kept, *kept, *hostile])
    facts = {"citation": HOSTILE[0], "url": "javascript:document.title = 'taken'"}
    stages = [{"use": name} for name in ("collection.echo", "collection.script", "dedup.exact")]
    workshop.recipe(source=facts, stages=stages, mixture={"total": 20})
    workshop.build()
    write_page(workshop.version(), workshop.store, workshop.folder / "report.html")
    return workshop.folder / "report.html"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Yield one browser for all tests of this file."""
    with chromium.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def opened(driver: Chrome, page: Path) -> Chrome:
    """Return the browser with the page, wide and light."""
    show(driver, width=1280, scheme="light")
    driver.get(page.as_uri())
    return driver


def text(driver: Chrome, selector: str) -> str:
    return driver.find_element(By.CSS_SELECTOR, selector).text


def texts(driver: Chrome, selector: str) -> list[str]:
    return [element.text for element in driver.find_elements(By.CSS_SELECTOR, selector)]


def test_every_part_is_drawn_and_the_console_is_silent(opened: Chrome) -> None:
    assert len(opened.find_elements(By.CSS_SELECTOR, "main section")) == SECTIONS
    assert all(texts(opened, "main section > div"))
    assert text(opened, "#status") == "All languages: 8 of 20 rows kept"
    assert log(opened, "browser") == []


def test_the_page_asks_no_other_computer(opened: Chrome) -> None:
    log(opened, "performance")  # a new browser asks itself for its first page
    opened.refresh()
    open_all(opened)
    assert {address.partition(":")[0] for address in requested(opened)} == {"file"}


def test_hostile_texts_stay_texts(opened: Chrome) -> None:
    open_all(opened)
    assert opened.title == opened.find_element(By.TAG_NAME, "h1").text + " · report"
    assert opened.find_elements(By.CSS_SELECTOR, "img, iframe, main a[href^='javascript']") == []
    shown = texts(opened, "#reasons .text")
    assert HOSTILE[0] in shown
    assert HOSTILE[1] in shown
    assert "⟨U+202E⟩gnp.exe⟨U+202C⟩ ␇␛[31m red" in shown


def test_the_whole_page_follows_the_language(opened: Chrome) -> None:
    Select(opened.find_element(By.ID, "language")).select_by_visible_text("Arabic · العربية (ara)")
    assert text(opened, "#status") == "Arabic: 1 of 2 rows kept"
    assert texts(opened, "#heat tbody th") == ["Arabic"]
    assert texts(opened, "#reasons summary") == ["1\ndedup.exact: copy of another record (50.0% of its stage)"]
    assert text(opened, "#levels p + div tbody").startswith("candidates 10.0%")
    assert "1 copy · Arabic" in text(opened, "#clusters summary")
    assert "language=ara" in opened.current_url
    opened.refresh()
    assert text(opened, "#status") == "Arabic: 1 of 2 rows kept"
    opened.find_element(By.ID, "all").click()
    assert text(opened, "#status") == "All languages: 8 of 20 rows kept"


def test_a_text_has_the_direction_language_and_fonts_of_its_own(opened: Chrome) -> None:
    open_all(opened)
    found: list[list[str]] = opened.execute_script("""
        const direction = (item) => (item.matches(":dir(rtl)") ? "rtl" : "ltr");
        return [...document.querySelectorAll("#clusters .text")].map((item) =>
            [item.lang, item.dataset.script, direction(item), getComputedStyle(item).fontFamily]);
    """)
    assert {tuple(row[:3]) for row in found} == {
        ("am-Ethi", "Ethi", "ltr"), ("ar-Arab", "Arab", "rtl"), ("en-Latn", "Latn", "ltr"), ("my-Mymr", "Mymr", "ltr"),
        ("te-Telu", "Telu", "ltr"), ("th-Thai", "Thai", "ltr"), ("yo-Latn", "Latn", "ltr"), ("zh-Hans", "Hans", "ltr"),
    }  # fmt: skip
    assert all("Noto Sans Myanmar" in row[3] for row in found if row[1] == "Mymr")


def test_the_page_is_worked_by_keys_alone(opened: Chrome) -> None:
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert opened.switch_to.active_element.text == "Skip to the report"
    summary = opened.find_element(By.CSS_SELECTOR, "#reasons summary")
    summary.send_keys(Keys.ENTER)
    settle(opened)
    assert opened.find_elements(By.CSS_SELECTOR, "#reasons details[open] article")
    opened.find_element(By.CSS_SELECTOR, "#heat input[value=kept]").send_keys(Keys.ARROW_RIGHT)
    assert opened.switch_to.active_element.get_attribute("value") == "candidates"
    assert opened.find_elements(By.CSS_SELECTOR, "#heat table.candidates")
    assert not opened.find_elements(By.CSS_SELECTOR, ".scroll:not([tabindex='0']), .scroll:not([aria-label])")


def test_every_chart_has_a_name_and_a_table(opened: Chrome) -> None:
    charts = opened.find_elements(By.CSS_SELECTOR, "figure > svg")
    assert len(charts) == 5  # levels, two lengths, one score, mixture
    assert all(chart.get_attribute("role") == "img" and chart.get_attribute("aria-label") for chart in charts)
    for section in ("levels", "distributions", "mixture"):
        assert opened.find_elements(By.CSS_SELECTOR, f"#{section} table caption")
    assert not opened.find_elements(By.CSS_SELECTOR, "svg:not([role=img]):not([aria-hidden=true])")
    assert not opened.find_elements(By.CSS_SELECTOR, "th:not([scope])")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(opened: Chrome, scheme: Scheme) -> None:
    show(opened, width=1280, scheme=scheme)
    open_all(opened)
    assert faint(opened) == []


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_no_width_makes_the_page_scroll_sideways(opened: Chrome, width: int) -> None:
    show(opened, width=width, scheme="light")
    opened.refresh()
    open_all(opened)
    assert opened.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_band_of_rows_ends_where_its_list_ends(opened: Chrome) -> None:
    for width in (1280, 360):
        show(opened, width=width, scheme="light")
        settle(opened)
        bottoms = opened.execute_script("""
            return [".flow ol > li:last-child h3", ".flow .node:last-of-type"].map((item) =>
                [...document.querySelectorAll(item)].at(-1).getBoundingClientRect().bottom)
        """)
        assert abs(bottoms[0] - bottoms[1]) < 20
