from pathlib import Path

import pytest

from annotation.answers import answers
from annotation.release_filters import POLICIES
from annotation.report import report
from annotation.report_page import render
from tests.diary import Diary

pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

from selenium.webdriver.common.by import By  # only where it is installed

from tests import chromium
from tests.chromium import browser, log, show

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def page() -> str:
    diary = Diary()
    for _ in range(10):
        diary.answer(diary.item("original", "ara"), "ab12" * 16, prompt="p", completion=HOSTILE)
    shown = diary.item("postedit", "ara", prompt="هذا كلب", completion="")
    diary.answer(shown, "cd34" * 16, prompt="هذه قطة")
    made = report(answers(diary.items, diary.responses), POLICIES["all"], withdrawn=["cd34" * 16], draws=10)
    return render(HOSTILE, made, policy="all", as_of="2026-03-02 10:00 UTC")


def test_the_page_lets_nothing_in_and_names_nobody_in_full() -> None:
    made = page()
    assert "default-src 'none'" in made
    assert "<script" not in made
    assert "<img" not in made
    assert "ab12" * 3 not in made
    assert "cd34" not in made  # withdrew
    assert "annotation.release: withdrawn by an author" in made


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(chromium.missing() is not None, reason=f"{chromium.missing()} is not installed")
def test_a_browser_shows_it_at_any_width_in_light_and_dark(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page(), encoding="utf-8")
    with browser(tmp_path / "profile") as driver:
        for width, scheme, paper in ((1280, "light", "255"), (360, "dark", "20")):
            show(driver, width=width, scheme=scheme)  # type: ignore[arg-type]
            driver.get((tmp_path / "report.html").as_uri())
            assert driver.find_element(By.TAG_NAME, "h1").text == HOSTILE
            assert driver.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
            color = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
            assert color.startswith(f"rgb({paper}")
        assert driver.title == f"{HOSTILE} · report"
        signs = [row.text for row in driver.find_elements(By.CSS_SELECTOR, "#signs tbody tr")]
        assert any(HOSTILE in row for row in signs)
        assert all(row.startswith("ab12ab12 ") for row in signs)
        assert log(driver, "browser") == []
