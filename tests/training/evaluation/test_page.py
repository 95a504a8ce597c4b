from pathlib import Path

import pytest

from aya.evaluation_failures import report
from tests.chromium import MARKS, browser, faint, log, open_all, requested, settle, show
from tests.training.evaluation.worksheets import ROWS, choices, texts
from training.evaluation.leaks import Leaks
from training.evaluation.page import in_order
from training.evaluation.run import Given, evaluate
from training.model import new_model
from training.tokens import Tokens

pytestmark = MARKS


def test_a_page_is_read_in_light_and_dark_on_any_screen(tokens: Tokens, tmp_path: Path) -> None:
    model = new_model("tiny-mt5", tokens, device="cpu")
    leaks = Leaks(items={"1": ("ara",)})
    evaluate(model, [Given(task=choices(), rows=ROWS, leaks=leaks), Given(task=texts(), rows=ROWS)], tmp_path / "run")
    report(tmp_path / "run")
    with browser(tmp_path / "profile") as driver:
        for width, scheme in ((1200, "light"), (1200, "dark"), (380, "light")):
            show(driver, width=width, scheme="dark" if scheme == "dark" else "light")
            driver.get((tmp_path / "run" / "report.html").as_uri())
            settle(driver)
            open_all(driver)
            assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
            assert faint(driver) == []
        assert [url for url in requested(driver) if url.startswith("http")] == []
        assert log(driver, "browser") == []


@pytest.mark.parametrize("names", [["mid", "low", "high", "not known"], ["b", "a"]])
def test_levels_stand_in_their_order_and_all_else_by_name(names: list[str]) -> None:
    expected = ["high", "mid", "low", "not known"] if "mid" in names else sorted(names)
    assert [name for name, _ in in_order(dict.fromkeys(names))] == expected
