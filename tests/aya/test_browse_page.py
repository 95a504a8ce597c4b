import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aya.browse import desk, search
from aya.browse.desk import Desk
from aya.browse.server import Server
from aya.table import SCHEMA
from tests.versions import HOSTILE
from tests.workshop import QUESTIONS, Workshop

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

from selenium.webdriver import Chrome, Keys  # only where it is installed
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests import chromium
from tests.chromium import log, show

pytestmark = chromium.MARKS


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield where a collection with hostile texts is served."""
    workshop = Workshop(tmp_path_factory.mktemp("browse"))
    hostile = [{"q": text, "a": text, "l": "eng"} for text in HOSTILE]
    workshop.rows([*QUESTIONS, *QUESTIONS, *hostile])
    workshop.recipe(stages=[{"use": "dedup.exact"}], source={"url": "javascript:document.title = 'taken'"})
    workshop.build()
    with Server(Desk(workshop.version())) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address
        server.shutdown()


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield where a row is served that a template made, a model translated (id 1) and a person edited (id 2)."""
    workshop = Workshop(tmp_path_factory.mktemp("family"))
    workshop.rows([QUESTIONS[1]])
    workshop.recipe()
    workshop.build()
    version = workshop.version()
    (path,) = version.files()
    arabic = version.polars().row(0, named=True)
    english = {"inputs": "What is the capital of Egypt?", "targets": "Cairo.", "language": "eng", "script": "Latn"}
    first = arabic | english | {"template_id": "capitals/what_is", "origin": "template"}
    made = {"origin": "translation", "provenance": '{"model": "nllb"}'}
    translated = arabic | made | {"id": f"{1:032x}", "parent_id": first["id"]}
    edited = arabic | {"id": f"{2:032x}", "parent_id": translated["id"]}
    path.unlink()
    rows = pl.DataFrame([first, translated, edited], schema=dict.fromkeys(SCHEMA.names, pl.String))
    rows.write_parquet(path)
    with Server(Desk(version)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address
        server.shutdown()


class Held(Desk):
    """Says how far a search has come, and answers no second question until `goes_on` is set."""

    goes_on, asked_before = threading.Event(), False

    def rows(self, address: str) -> dict[str, Any]:
        """Return a page, the first one at once."""
        if self.asked_before:
            self.goes_on.wait(20)
        self.asked_before = True
        return super().rows(address)


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Held]]:
    """Yield where a search reads one row at a time, and what holds it."""
    monkeypatch.setattr(search, "CHUNK", 1)
    monkeypatch.setattr(desk, "PATIENCE", 0.0)
    workshop = Workshop(tmp_path)
    workshop.rows(QUESTIONS)
    workshop.recipe()
    workshop.build()
    held = Held(workshop.version())
    with Server(held) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address, held
        server.shutdown()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Yield one browser for all tests of this file."""
    with chromium.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def go(driver: Chrome, address: str, status: str, *, width: int = 1280) -> None:
    """Open a page and wait for what it says of its rows."""
    show(driver, width=width, scheme="light")
    driver.get(address)
    says(driver, status)


def says(driver: Chrome, status: str) -> None:
    WebDriverWait(driver, 20).until(lambda page: page.find_element(By.ID, "status").text == status)


def texts(driver: Chrome, selector: str) -> list[str]:
    return [element.text for element in driver.find_elements(By.CSS_SELECTOR, selector)]


def test_rows_are_shown_and_hostile_texts_stay_texts(driver: Chrome, address: str) -> None:
    go(driver, f"{address}?size=50", "10 of 10 rows")
    assert {HOSTILE[0], HOSTILE[1]} <= set(texts(driver, "#rows .text"))
    assert "⟨U+202E⟩gnp.exe⟨U+202C⟩ ␇␛[31m red" in texts(driver, "#rows .text")
    assert "taken" not in driver.title
    assert driver.find_elements(By.CSS_SELECTOR, "main img, main script, main a[href^=javascript]") == []
    assert log(driver, "browser") == []


def test_no_other_computer_is_asked(driver: Chrome, address: str) -> None:
    log(driver, "performance")
    go(driver, address, "10 of 10 rows")
    messages = [json.loads(line)["message"] for line in log(driver, "performance")]
    sent = [item["params"]["request"]["url"] for item in messages if item["method"] == "Network.requestWillBeSent"]
    assert {one.startswith((address, "data:")) for one in sent} == {True}


def test_a_search_stands_in_the_address_and_comes_back(driver: Chrome, address: str) -> None:
    go(driver, address, "10 of 10 rows")
    box = driver.find_element(By.NAME, "text")
    box.send_keys("olu-ilu", Keys.ENTER)
    says(driver, "1 of 10 rows")
    assert "text=olu-ilu" in driver.current_url
    assert texts(driver, "#rows mark") == ["olú-ìlú", "Olú-ìlú"]
    driver.refresh()
    says(driver, "1 of 10 rows")
    driver.back()
    says(driver, "10 of 10 rows")


def test_a_search_is_stopped_and_goes_on(driver: Chrome, slow: tuple[str, Held]) -> None:
    address, held = slow
    go(driver, f"{address}?text=xyzzyplugh", "0 rows so far, 16% of 6 read")
    stop = driver.find_element(By.ID, "stop")
    assert stop.text == "Stop"
    stop.click()
    says(driver, "stopped: 0 rows so far, 16% of 6 read")
    assert texts(driver, "#rows p") == ["Stopped before a row was found."]
    held.goes_on.set()
    assert stop.text == "Go on"
    stop.click()
    says(driver, "0 of 6 rows")
    assert texts(driver, "#rows p") == ["No row is like that."]
    assert not stop.is_displayed()


def test_dropped_rows_lead_to_the_row_that_stayed(driver: Chrome, address: str) -> None:
    go(driver, address, "10 of 10 rows")
    Select(driver.find_element(By.NAME, "rows")).select_by_value("dropped")
    says(driver, "6 of 6 rows")
    driver.find_element(By.CSS_SELECTOR, "#rows h4 a").click()
    says(driver, "one row")
    steps = texts(driver, ".chain h3")
    assert steps == ["Source: rows", "This row", "It left", "Because of this row, which stayed then"]
    assert driver.find_elements(By.CSS_SELECTOR, "a[href^=javascript]") == []
    driver.find_element(By.LINK_TEXT, "‹ back to the rows").click()
    says(driver, "6 of 6 rows")


def boxes(driver: Chrome) -> list[list[str]]:
    found: list[list[str]] = driver.execute_script("""
        return [...document.querySelectorAll(".path .box")].map((box) =>
            [...box.querySelectorAll(".kind, b")].map((one) => one.textContent));
    """)
    return found


def test_the_way_of_a_row_is_drawn_from_its_source_on(driver: Chrome, family: str) -> None:
    go(driver, f"{family}?row={2:032x}", "one row", width=1600)
    assert boxes(driver) == [
        ["source", "rows"], ["template", "capitals/what_is"], ["made by a template", "eng"], ["translated", "Arabic"],
        ["edited by people", "Arabic"], ["kept", "it is in this version"],
    ]  # fmt: skip
    assert len(driver.find_elements(By.CSS_SELECTOR, ".path svg[aria-hidden=true] path.line")) == 5
    assert texts(driver, ".path small") == ["nllb"]
    found = driver.execute_script(
        "return [...document.querySelectorAll('.path bdi')].map((one) => one.matches(':dir(rtl)'))"
    )
    assert found == [False, True, True]
    middles = driver.execute_script("""
        return [...document.querySelectorAll(".path .box")].map((box) => {
            const place = box.getBoundingClientRect();
            return [place.left, Math.round(place.top + place.height / 2)];
        });
    """)
    assert middles == sorted(middles)  # from left to right
    assert len({top for _, top in middles}) == 1
    assert texts(driver, ".chain h3")[:2] == ["Source: rows", "Template: capitals/what_is"]  # told below as well


def test_the_drawing_is_worked_by_keys_and_leads_to_the_other_rows(driver: Chrome, family: str) -> None:
    go(driver, f"{family}?row={2:032x}", "one row", width=1600)
    driver.find_elements(By.CSS_SELECTOR, ".path .box a")[1].send_keys(Keys.ENTER)
    WebDriverWait(driver, 20).until(lambda page: f"row={1:032x}" in page.current_url)
    WebDriverWait(driver, 20).until(lambda page: boxes(page)[-1] == ["made from it", "1 row"])
    assert driver.find_element(By.CSS_SELECTOR, ".path [aria-current]").text.splitlines()[0] == "translated"


@pytest.mark.parametrize("width", [360, 1000])
def test_a_long_way_goes_down_a_narrow_page(driver: Chrome, family: str, width: int) -> None:
    go(driver, f"{family}?row={2:032x}", "one row", width=width)
    WebDriverWait(driver, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".path.down path.line"))
    tops = driver.execute_script("return [...document.querySelectorAll('.path .box')].map((box) => box.offsetTop)")
    assert tops == sorted(set(tops))
    assert driver.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_texts_have_their_own_direction_and_language(driver: Chrome, address: str) -> None:
    go(driver, f"{address}?language=ara", "1 of 1 rows")
    found = driver.execute_script("""
        const item = document.querySelector("#rows .text");
        return [item.lang, item.dataset.script, item.matches(":dir(rtl)")];
    """)
    assert found == ["ar-Arab", "Arab", True]


def test_the_page_is_worked_by_keys(driver: Chrome, address: str) -> None:
    go(driver, address, "10 of 10 rows")
    driver.find_element(By.TAG_NAME, "body").send_keys("/")
    assert driver.switch_to.active_element.get_attribute("name") == "text"
    unnamed = driver.execute_script("""
        return [...document.querySelectorAll("input, select")].filter((item) =>
            !item.labels?.length && !item.getAttribute("aria-label")).length;
    """)
    assert unnamed == 0


def test_a_wrong_address_is_said_on_the_page(driver: Chrome, address: str) -> None:
    go(driver, f"{address}?language=yro_Latn", "")
    WebDriverWait(driver, 20).until(lambda page: texts(page, "[role=alert]"))
    assert texts(driver, "[role=alert]") == ["no language 'yro_Latn'; did you mean 'yor_Latn'?"]
    log(driver, "browser")  # the browser itself notes the answer 400


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_no_width_makes_the_page_scroll_sideways(driver: Chrome, address: str, width: int) -> None:
    go(driver, f"{address}?rows=all", "16 of 16 rows", width=width)
    assert driver.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
