"""A real Chromium for tests of pages: Debian's, without a window, in a profile of its own."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

Scheme = Literal["light", "dark"]


def missing() -> str | None:
    """Return the first program that is not installed."""
    return next((name for name in ("chromium", "chromedriver") if shutil.which(name) is None), None)


MARKS = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(missing() is not None, reason=f"{missing()} is not installed"),
]
"""Of every test that opens pages: one browser at a time, and only where it is installed."""


class Patient(webdriver.Chrome):
    """Waits until the scripts of a page have run; the driver alone may come back before."""

    def get(self, url: str) -> None:
        """Open a page."""
        super().get(url)
        self._wait()

    def refresh(self) -> None:
        """Open it again."""
        super().refresh()
        self._wait()

    def _wait(self) -> None:
        is_whole = "return document.readyState === 'complete'"
        WebDriverWait(self, 30, 0.02).until(lambda driver: driver.execute_script(is_whole))


@contextmanager
def browser(profile: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser that keeps a log of every request and every line of its console."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Patient(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.get("about:blank")  # away from the browser's own page, which asks for what is in the browser
        yield driver
    finally:
        driver.quit()


def log(driver: webdriver.Chrome, kind: Literal["browser", "performance"]) -> list[str]:
    """Return the messages since the last time this was called."""
    lines: list[dict[str, str]] = driver.get_log(kind)  # type: ignore[no-untyped-call]  # selenium gives it no types
    return [line["message"] for line in lines]


def show(driver: webdriver.Chrome, *, width: int, scheme: Scheme) -> None:
    """Give the page a width, and its reader a taste for light or dark pages."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def requested(driver: webdriver.Chrome) -> list[str]:
    """Return the addresses that were asked for since the last time the log was read."""
    messages = [json.loads(line)["message"] for line in log(driver, "performance")]
    sent = [item["params"]["request"] for item in messages if item["method"] == "Network.requestWillBeSent"]
    return [request["url"] for request in sent]


def open_all(driver: webdriver.Chrome) -> None:
    """Open all that can be opened."""
    driver.execute_script("for (const item of document.querySelectorAll('details')) item.open = true")
    settle(driver)


def settle(driver: webdriver.Chrome) -> None:
    """Wait until the page has drawn what it was told to; parts are filled when they are opened."""
    driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => setTimeout(done, 250))")


def faint(driver: webdriver.Chrome) -> list[Any]:
    """Return the texts whose contrast to what is behind them is below 4.5."""
    found: list[Any] = driver.execute_script(CONTRAST)
    return found


CONTRAST = """
    const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const solid = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const behind = (item) => { for (; item; item = item.parentElement) {
        const color = getComputedStyle(item).backgroundColor;
        if (!["rgba(0, 0, 0, 0)", "transparent"].includes(color)) return solid(color);
    } };
    const faults = [];
    for (const item of document.querySelectorAll("main *:not(option):not(svg *), header *:not(option), footer *")) {
        const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !item.checkVisibility()) continue;
        const [a, b] = [light(solid(getComputedStyle(item).color)), light(behind(item))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) faults.push([item.tagName, item.className, item.textContent.slice(0, 30), ratio]);
    }
    return faults;
"""
