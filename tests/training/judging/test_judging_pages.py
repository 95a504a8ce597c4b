"""The pages in a real browser: what they show, that they ask nobody, and that a panel's choices come out of them."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.chromium import MARKS, Scheme, browser, faint, log, requested, show
from tests.training.judging.simulated import LANGUAGES, compared, pair
from training.judging.opening import check_seals, scored, votes
from training.judging.packs import opened, seal
from training.judging.pages import harm_page, win_page
from training.judging.people import PREFERENCES, read_choices
from training.judging.resampling import Resampling
from training.judging.win_rates import win_rates

pytestmark = [*MARKS, pytest.mark.slow]
HOW = Resampling(draws=100)
ANSWERS = {"ara": ("لا أعرف.", "عاصمة مصر هي القاهرة."), "amh": ("አላውቅም", "<b>ካይሮ</b> </script>")}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A browser that saves files in the folder `saved`."""
    folder = tmp_path_factory.mktemp("browser")
    with browser(folder / "profile") as running:
        saves = {"behavior": "allow", "downloadPath": str(folder / "saved")}
        running.execute_cdp_cmd("Browser.setDownloadBehavior", saves)
        running.saved = folder / "saved"  # type: ignore[attr-defined]  # for the test that saves
        yield running


def open_page(driver: webdriver.Chrome, path: Path, *, width: int = 1000, scheme: Scheme = "light") -> None:
    log(driver, "browser")
    requested(driver)
    show(driver, width=width, scheme=scheme)
    driver.get(path.as_uri())


def sound(driver: webdriver.Chrome, path: Path) -> None:
    """Hold a page to what every page of ours is held to."""
    assert requested(driver) == [path.as_uri()]
    assert log(driver, "browser") == []
    assert faint(driver) == []
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_win_rates_are_drawn_by_language(driver: webdriver.Chrome, tmp_path: Path, scheme: Scheme) -> None:
    random = np.random.default_rng(0)
    rows = [one for code in LANGUAGES for one in compared(random, 20, strength=1.0, language=code)]
    report = {"judge": "owl", "revision": "", "prompt": "plain", "missing": {"unparsable": 2}} | win_rates(rows, HOW)
    path = tmp_path / "win.html"
    path.write_text(win_page(report), encoding="utf-8")
    open_page(driver, path, width=500, scheme=scheme)
    sound(driver, path)
    bars = driver.find_elements(By.CSS_SELECTOR, "section:first-of-type svg")
    assert len(bars) == 1 + 3 + len(LANGUAGES)  # of all, of three levels
    shares = [float(part.get_attribute("width") or 0) for part in bars[0].find_elements(By.TAG_NAME, "rect")]
    assert sum(shares) == pytest.approx(400)
    assert "2 unparsable" in driver.find_element(By.TAG_NAME, "header").text


def test_harm_is_drawn_with_what_people_hold(driver: webdriver.Chrome, tmp_path: Path) -> None:
    rate = {"num": 3, "of": 10, "low": 0.1, "high": 0.6, "share": 0.3}
    rates = {"": {"harmful": rate}, "amh": {"harmful": rate}}
    corrected = {"value": 0.4, "low": 0.2, "high": 0.7, "method": "double sampling", "labelled": 5}
    report = {
        "judge": "owl", "revision": "1", "prompt": "plain", "missing": {}, "people": {"new": {"amh": corrected}},
        "systems": {"new": {"missing": {}, "languages": rates, "levels": {}, "clean": {}}},
    }  # fmt: skip
    path = tmp_path / "harm.html"
    path.write_text(harm_page(report), encoding="utf-8")
    open_page(driver, path)
    sound(driver, path)
    assert len(driver.find_elements(By.CSS_SELECTOR, "svg line.corrected")) == 1
    assert "40.0" in driver.find_element(By.CSS_SELECTOR, "tbody tr:last-child").text


def test_a_panel_chooses_comes_back_and_saves_what_opens_the_pack(driver: webdriver.Chrome, tmp_path: Path) -> None:
    asked = [pair(f"p{at}", code, ANSWERS[code]) for code in ANSWERS for at in range(3)]
    manifest = seal(asked, tmp_path / "pack", tmp_path / "k.key", title="Panel?", secret="1" * 64)
    path = tmp_path / "pack" / "ara.html"
    open_page(driver, path, width=400)
    sound(driver, path)
    assert driver.execute_script("return document.documentElement.dir") == "rtl"
    prompt = driver.find_element(By.CSS_SELECTOR, "article .two .text")
    assert driver.execute_script("return getComputedStyle(arguments[0]).direction", prompt) == "rtl"
    driver.find_element(By.ID, "save").click()  # without a name nothing is saved
    for place, article in enumerate(driver.find_elements(By.TAG_NAME, "article")[:2]):
        article.find_elements(By.TAG_NAME, "input")[place].click()
    driver.find_element(By.ID, "rater").send_keys("أمينة 1")
    driver.refresh()
    assert driver.find_element(By.ID, "done").text == "2 من 3"
    assert len(driver.find_elements(By.CSS_SELECTOR, "input:checked")) == 2
    driver.find_element(By.ID, "save").click()
    found, named = read_choices(saved(driver), known=PREFERENCES)
    check_seals({path: str(named)}, manifest)
    _, key = opened(tmp_path / "pack", tmp_path / "k.key")
    assert {one.rater for one in found} == {"أمينة 1"}
    assert scored(manifest, key, votes(key, found), HOW)["votes"] == 2


def saved(driver: webdriver.Chrome) -> Path:
    """Return the one file that was saved, once it is whole."""
    folder = cast(Path, driver.saved)  # type: ignore[attr-defined]  # of the fixture
    for _ in range(100):
        if paths := [*folder.glob("*.json")]:
            (path,) = paths
            return path
        time.sleep(0.05)
    raise AssertionError("nothing was saved")


def test_markup_in_an_answer_is_shown_as_it_is(driver: webdriver.Chrome, tmp_path: Path) -> None:
    seal([pair("p", "amh", ANSWERS["amh"])], tmp_path / "pack", tmp_path / "k.key", title="t", secret="1" * 64)
    open_page(driver, tmp_path / "pack" / "amh.html")
    texts = [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".two .text")]
    assert "<b>ካይሮ</b> </script>" in texts
    sound(driver, tmp_path / "pack" / "amh.html")
