"""Pages of a campaign: one file each, that needs no login, no script and no other computer."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from aya import languages
from aya.page import filled


def page(name: str, *, codes: Iterable[str], **values: Any) -> str:
    """Return the page that a template of the folder `board` makes of these values; `codes` are languages it names."""
    return filled(
        name,
        files("annotation").joinpath("board"),
        styles=["style.css"],
        **values,
        facts={code: languages.get(code) for code in codes if code in languages.codes()},
    )
