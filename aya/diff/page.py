"""The comparison as one HTML file, in the style of the report."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from aya.report.page import filled, save


def render(data: Mapping[str, Any]) -> str:
    """Return the page with all it needs inside."""
    shared, own = (files(package).joinpath("page") for package in ("aya.report", "aya.diff"))
    names = ((shared, "numbers.js"), (shared, "texts.js"), (shared, "parts.js"), (own, "diff.js"))
    styles = ((shared, "style.css"), (own, "diff.css"))
    return filled(
        own.joinpath("index.html").read_text(encoding="utf-8"),
        scripts=[folder.joinpath(name).read_text(encoding="utf-8") for folder, name in names],
        style="".join(folder.joinpath(name).read_text(encoding="utf-8") for folder, name in styles),
        data=data,
        kind="differences",
        title=f"{data['before']['name']} → {data['after']['name']}",
        aya=data["after"]["aya"],
    )


def write_page(data: Mapping[str, Any], path: Path) -> None:
    """Write the page to a file, whole or not at all.

    Raises: UserError if the file can not be written.
    """
    save(render(data), path)
