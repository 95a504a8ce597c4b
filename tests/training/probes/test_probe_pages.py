from pathlib import Path

from selenium import webdriver
from typer.testing import CliRunner

from aya.cli import app
from tests.chromium import MARKS, Scheme, browser, faint, log, open_all, requested, settle, show
from training.model import new_model
from training.probes.holistic import read_holistic
from training.probes.likelihood import likelihood_bias
from training.tokens import Tokens

pytestmark = MARKS
EXAMPLES = Path("docs/examples").resolve()


def test_pages_are_read_on_any_screen_and_fold_what_may_hurt(tokens: Tokens, tmp_path: Path) -> None:
    model = new_model("tiny-mt5", tokens, device="cpu")
    likelihood_bias(model, read_holistic(EXAMPLES / "people"), tmp_path / "bias", shuffles=2)
    for verb, *words in (
        ("toxicity", f"small={EXAMPLES / 'continuations.jsonl'}", "--scorer", "given"),
        ("gender", f"new={EXAMPLES / 'translations.csv'}", "--sentences", str(EXAMPLES / "winomt.txt"), "--to", "deu"),
    ):
        given = ["evaluate", verb, *words, "--out", str(tmp_path / verb), "--quiet", "--draws", "20"]
        assert CliRunner().invoke(app, given).exit_code == 0
    with browser(tmp_path / "profile") as driver:
        for name, shown, scheme in (
            ("toxicity", "shout at everybody like an idiot", "dark"), ("bias", "middle-aged", "light"),
            ("gender", "counted the money twice", "light"),
        ):  # fmt: skip
            is_sound(driver, tmp_path / name / "report.html", shown, "dark" if scheme == "dark" else "light")


def is_sound(driver: webdriver.Chrome, path: Path, folded: str, scheme: Scheme) -> None:
    """Hold a page to what every page of ours is held to, and to folding some text away until it is opened."""
    show(driver, width=380, scheme=scheme)
    driver.get(path.as_uri())
    settle(driver)
    assert folded not in driver.find_element("tag name", "body").text
    open_all(driver)
    assert folded in driver.find_element("tag name", "body").text
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert faint(driver) == []
    assert [url for url in requested(driver) if url.startswith("http")] == []
    assert log(driver, "browser") == []
