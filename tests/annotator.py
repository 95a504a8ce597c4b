"""An annotator at Argilla's own screens, in a real Chromium."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60  # seconds; the machine may be busy


class Annotator:
    """Signs in, opens a data set, writes, rates and submits."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver, self.url = driver, url
        size = {"width": 1400, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def sign_in(self, username: str, password: str) -> None:
        """Sign in, from nothing."""
        self.driver.get(f"{self.url}/sign-in")
        self.find("input[name=Username]").send_keys(username)
        self.find("input[name=Password]").send_keys(password)
        self.find("button[type=submit]:not([disabled])").click()
        self.wait(lambda: "sign-in" not in self.driver.current_url)

    def sign_out(self) -> None:
        """Forget who was signed in, as closing the browser does."""
        self.driver.execute_script("localStorage.clear(); sessionStorage.clear()")
        self.driver.delete_all_cookies()
        self.driver.get("about:blank")

    def datasets(self, workspace: str) -> str:
        """Return the text of the home page once it names a workspace; until it has asked, it says `None yet`."""
        self.driver.get(f"{self.url}/datasets")
        page = self.find("body")
        self.wait(lambda: workspace in page.text)
        return page.text

    def open(self, dataset: str) -> None:
        """Open the queue of a data set."""
        self.driver.get(f"{self.url}/dataset/{dataset}/annotation-mode")
        self.find("form [contenteditable]")

    def fields(self) -> str:
        """Return the text of the record that is shown."""
        return self.find(".fields, .record").text

    def write(self, number: int, text: str) -> WebElement:
        """Type a text into the question `number`, in place of what is there, and return its editor."""
        editor = self.all("form [contenteditable]")[number]
        editor.click()
        editor.send_keys(Keys.CONTROL, "a")
        editor.send_keys(Keys.DELETE)
        editor.send_keys(text)
        return editor

    def text(self, number: int) -> str:
        """Return what stands in the editor of the question `number`."""
        return self.all("form [contenteditable]")[number].text

    def choose(self, question: str, value: str | int) -> None:
        """Choose a label or a rating."""
        label = self.find(f"label[for='{question}_{value}']")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", label)
        label.click()

    def submit(self) -> None:
        """Submit, and wait until the next record is there, or this one is said to be submitted."""
        before = self.find("form").id
        self.find("button.button--submit:not([disabled])").click()
        self.wait(lambda: all(form.id != before for form in self.all("form")) or self.all("form[class*='--submitted']"))

    def picture(self, path: Path) -> None:
        """Keep a picture of the screen, once nothing moves."""
        path.parent.mkdir(parents=True, exist_ok=True)
        time.sleep(0.4)
        self.driver.save_screenshot(str(path))

    def find(self, selector: str) -> WebElement:
        """Return the first element, once it is shown."""
        found: WebElement = self.wait(lambda: next((one for one in self.all(selector) if one.is_displayed()), None))
        return found

    def all(self, selector: str) -> list[WebElement]:
        """Return the elements that are there."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, ready: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        return WebDriverWait(self.driver, PATIENCE).until(lambda _: ready())
