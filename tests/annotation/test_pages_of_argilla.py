"""Argilla's own pages in Chromium, under aya's policy: they work, and a text that holds a script runs nothing."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from tests import chromium
from tests.argilla import Argilla

pytestmark = [
    pytest.mark.xdist_group("argilla"),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium.missing() is not None, reason=f"no {chromium.missing()} here"),
]
RATING = {"rating": {"type": "rating", "options": [{"value": value} for value in range(1, 6)]}}
HOSTILE = (
    "<img src=x onerror=\"document.title='ran'\">ما هي عاصمة المغرب",
    "<b>ጥያቄ</b><script>parent.document.title='ran';document.title='ran'</script>",
    "<p>首都</p><svg onload=\"parent.document.title='ran'\"></svg>"
    "<iframe srcdoc=\"<script>top.document.title='ran'</script>\"></iframe>",
    "<a href=\"javascript:document.title='ran'\">x</a><img src='https://elsewhere.example/pixel.png'>",
)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Chrome]:
    with chromium.browser(tmp_path / "profile") as driver:
        yield driver


def sign_in(page: Chrome, argilla: Argilla) -> None:
    page.get(f"{argilla.url}/sign-in")
    wait = WebDriverWait(page, 60)
    for name, value in (("Username", argilla.username), ("Password", argilla.password)):
        wait.until(expected_conditions.presence_of_element_located((By.NAME, name))).send_keys(value)
    page.find_element(By.XPATH, "//button[contains(., 'Sign in')]").click()
    wait.until(lambda page: "sign-in" not in page.current_url)


def hosts_asked(page: Chrome) -> set[str]:
    """Return the hosts to which a request left the browser; what the policy stopped did not."""
    events = [json.loads(line)["message"] for line in chromium.log(page, "performance")]
    stopped = {
        event["params"]["requestId"] for event in events
        if event["method"] == "Network.loadingFailed" and event["params"].get("blockedReason") == "csp"
    }  # fmt: skip
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    urls = [item["request"]["url"] for item in sent if item["requestId"] not in stopped]
    return {urlsplit(url).netloc for url in urls if url.startswith("http")}


def test_the_owner_signs_in_and_a_hostile_text_runs_nothing(page: Chrome, argilla: Argilla) -> None:
    workspace = argilla.call("POST", "workspaces", {"name": "hostile"})["id"]
    dataset = argilla.dataset(workspace, "hostile", settings=RATING)
    argilla.add(dataset, [{"fields": {"prompt": text}, "external_id": str(at)} for at, text in enumerate(HOSTILE)])
    sign_in(page, argilla)
    WebDriverWait(page, 60).until(lambda page: "hostile" in page.find_element(By.TAG_NAME, "body").text)
    for at in range(1, len(HOSTILE) + 1):
        page.get(f"{argilla.url}/dataset/{dataset}/annotation-mode?page={at}&status=pending")
        WebDriverWait(page, 60).until(lambda page: page.find_elements(By.CSS_SELECTOR, "label[for=rating_3]"))
        time.sleep(0.5)  # a script would have run by then
        assert page.title != "ran"
    page.find_element(By.CSS_SELECTOR, "label[for=rating_3]").click()
    page.find_element(By.CSS_SELECTOR, "button.button--submit").click()
    WebDriverWait(page, 60).until(lambda _: argilla.call("GET", f"datasets/{dataset}/progress")["completed"] == 1)
    assert hosts_asked(page) == {urlsplit(argilla.url).netloc}
    assert any("script-src" in line for line in chromium.log(page, "browser"))  # there was something to stop
