from collections.abc import Iterator
from pathlib import Path

import pytest

from aya.diff.compare import compare
from aya.diff.page import write_page
from aya.version import Version
from tests.versions import HOSTILE
from tests.workshop import QUESTIONS, Workshop

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

from selenium.webdriver import Chrome, Keys  # only where it is installed
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests import chromium
from tests.chromium import Scheme, faint, log, open_all, requested, settle, show

pytestmark = chromium.MARKS

SHORT = {"q": "هل؟", "a": "عاصمة مصر هي القاهرة، وهي أكبر مدن البلاد.", "l": "ara"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of two versions: the second drops short prompts and copies, hostile ones among them."""
    workshop = Workshop(tmp_path_factory.mktemp("page"))
    hostile = [{"q": text, "a": text, "l": "eng"} for text in HOSTILE]
    workshop.rows([*QUESTIONS, SHORT, *hostile, *hostile, QUESTIONS[1]])
    workshop.recipe()
    before = workshop.build().version
    workshop.recipe(stages=[{"use": "collection.length", "inputs": {"least": 5}}, {"use": "dedup.exact"}], mixture={})
    after = workshop.build().version
    write_page(compare(Version(before), Version(after)), workshop.folder / "difference.html")
    return workshop.folder / "difference.html"


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


def texts(driver: Chrome, selector: str) -> list[str]:
    return [element.text for element in driver.find_elements(By.CSS_SELECTOR, selector)]


def test_every_part_is_drawn_and_the_console_is_silent(opened: Chrome) -> None:
    assert len(opened.find_elements(By.CSS_SELECTOR, "main section")) == 8
    assert all(texts(opened, "main section > div"))
    assert texts(opened, "#status") == [f"All languages: 0 gained, {2 + len(HOSTILE)} lost, 0 changed"]
    assert log(opened, "browser") == []


def test_the_page_asks_no_other_computer(opened: Chrome) -> None:
    log(opened, "performance")
    opened.refresh()
    open_all(opened)
    assert {address.partition(":")[0] for address in requested(opened)} == {"file"}


def test_lost_rows_are_shown_with_what_became_of_them(opened: Chrome) -> None:
    assert texts(opened, "#lost summary") == [
        f"{1 + len(HOSTILE)}\ndedup.exact: copy of another record", "1\ncollection.length: too short"
    ]  # fmt: skip
    opened.find_elements(By.CSS_SELECTOR, "#lost summary")[1].send_keys(Keys.ENTER)
    settle(opened)
    assert SHORT["a"] in texts(opened, "#lost details[open] .text")
    assert texts(opened, "#gained > div") == ["None."]
    assert {"stages[dedup.exact].use", "mixture"} <= set(texts(opened, "#recipe tbody th"))


def test_the_whole_page_follows_the_language(opened: Chrome) -> None:
    Select(opened.find_element(By.ID, "language")).select_by_visible_text("Arabic")
    assert texts(opened, "#status") == ["Arabic: 0 gained, 2 lost, 0 changed"]
    assert texts(opened, "#places tbody th") == ["Arabic"]


def test_texts_have_their_own_direction_and_stay_texts(opened: Chrome) -> None:
    open_all(opened)
    found = opened.execute_script("""
        return [...document.querySelectorAll("#lost .text")].map((one) => [one.lang, one.matches(":dir(rtl)")]);
    """)
    assert {tuple(one) for one in found if one[0] != "en-Latn"} == {("ar-Arab", True)}
    assert {HOSTILE[0], HOSTILE[1]} <= set(texts(opened, "#lost .text"))
    assert opened.find_elements(By.CSS_SELECTOR, "main img, main script, main a[href^=javascript]") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(opened: Chrome, scheme: Scheme) -> None:
    show(opened, width=1280, scheme=scheme)
    open_all(opened)
    assert faint(opened) == []


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_no_width_makes_the_page_scroll_sideways(opened: Chrome, width: int) -> None:
    show(opened, width=width, scheme="light")
    open_all(opened)
    assert opened.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_page_is_worked_by_keys_alone(opened: Chrome) -> None:
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert opened.switch_to.active_element.text == "Skip to the differences"
    assert not opened.find_elements(By.CSS_SELECTOR, ".scroll:not([tabindex='0']), .scroll:not([aria-label])")
    assert not opened.find_elements(By.CSS_SELECTOR, "th:not([scope]), table:not(:has(caption))")
