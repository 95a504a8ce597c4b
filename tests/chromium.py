"""A real Chromium for tests of pages: Debian's, without a window, in a profile of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

Scheme = Literal["light", "dark"]


def missing() -> str | None:
    """Return the first program that is not installed."""
    return next((name for name in ("chromium", "chromedriver") if shutil.which(name) is None), None)


@contextmanager
def browser(profile: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser that keeps a log of every request and every line of its console."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
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
