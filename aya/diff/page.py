"""The comparison as one HTML file, in the style of the report."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from aya.page import embedded, filled, save


def render(data: Mapping[str, Any]) -> str:
    """Return the page with all it needs inside."""
    own, shared = (files(package).joinpath("page") for package in ("aya.diff", "aya.report"))
    return filled(
        "index.html",
        own,
        shared,
        styles=["style.css", "diff.css"],
        scripts=["numbers.js", "texts.js", "parts.js", "diff.js"],
        title=f"{data['before']['name']} → {data['after']['name']}",
        kind="differences",
        data=embedded(data),
        aya=data["after"]["aya"],
    )


def write_page(data: Mapping[str, Any], path: Path) -> None:
    """Write the page to a file, whole or not at all.

    Raises: UserError if the file can not be written.
    """
    save(render(data), path)
