import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from annotation.answers import answers
from annotation.board_page import render, server
from annotation.leaderboard import leaderboard, progress
from tests.diary import START, Diary

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

from selenium.webdriver.common.by import By  # only where it is installed

from tests import chromium
from tests.chromium import browser, log, show

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def page() -> str:
    diary = Diary()
    for language in ("ara", "amh", "yor"):
        diary.answer(diary.item("original", language), "ab12" * 16, prompt="p", completion="c")
    found = answers(diary.items, diary.responses)
    done = progress(found, languages=["ara", "amh", "yor"], tasks=["original"], goals={"ara": 4, "amh": 1})
    board = leaderboard(found, now=START + timedelta(hours=2))
    return render(HOSTILE, board, done, as_of="2026-03-02 10:00 UTC")


@pytest.fixture
def address() -> Iterator[str]:
    """Yield the address of a server of the page, which ends with the test."""
    running = server(page, port=0)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


def test_the_server_gives_one_page_and_forbids_frames(address: str) -> None:
    with urlopen(address) as answer:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert "script" not in answer.read().decode()
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{address}/book.sqlite")


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(chromium.missing() is not None, reason=f"{chromium.missing()} is not installed")
def test_a_browser_shows_it_at_any_width_in_light_and_dark(address: str, tmp_path: Path) -> None:
    with browser(tmp_path / "profile") as driver:
        for width, scheme, paper in ((1280, "light", "255"), (360, "dark", "20")):
            show(driver, width=width, scheme=scheme)  # type: ignore[arg-type]
            driver.get(address)
            assert driver.find_element(By.TAG_NAME, "h1").text == HOSTILE
            assert driver.title == f"{HOSTILE} · leaderboard"
            assert driver.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
            color = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
            assert color.startswith(f"rgb({paper}")
        arabic = driver.find_element(By.CSS_SELECTOR, "bdi[lang=ar]")
        assert driver.execute_script("return arguments[0].matches(':dir(rtl)')", arabic)
        rows = [row.text for row in driver.find_elements(By.CSS_SELECTOR, "#overall tbody tr")]
        assert rows == ["1 ab12ab12 6 0.0 3 0 –"]
        assert [bar.get_attribute("value") for bar in driver.find_elements(By.TAG_NAME, "progress")] == ["0.25", "1"]
        assert [line for line in log(driver, "browser") if "favicon" not in line] == []
