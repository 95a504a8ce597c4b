"""The files of a pack that people answer in: a page that works by itself in every script, a table, JSON Lines."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from aya import languages
from aya.judgement import CHOICES, FALLBACK, words, written
from aya.page import embedded, filled

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def written_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as JSON Lines."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def table(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV with empty columns `choice` and `rater` to be filled in; no text in it is run as a formula."""
    made = io.StringIO(newline="")
    writer = csv.DictWriter(made, [*rows[0], "choice", "rater"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return b"\xef\xbb\xbf" + made.getvalue().encode()  # by which spreadsheets know UTF-8


def _plain(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def html_page(rows: Sequence[Mapping[str, Any]], *, language: str, title: str, seal: str) -> bytes:
    """Return the page of a language: all items, choices kept in the browser and saved as a file; it asks no server."""
    facts, said = languages.get(language), words(language)
    return filled(
        "panel.html",
        files("training.judging").joinpath("page"),
        styles=["panel.css"],
        scripts=["panel.js"],
        title=title,
        kind=facts.name,
        **_interface(language),
        words=said,
        choices=CHOICES["comparison"],
        rows=rows,
        bcp47=facts.bcp47,
        seal=seal,
        data=embedded({"seal": seal, "language": language, "of": said.done}),
    ).encode()


def _interface(language: str) -> dict[str, str]:
    """Return language and direction of the words of the page."""
    facts = languages.get(language if language in written() else FALLBACK)
    return {"lang": facts.bcp47, "dir": languages.direction(facts.script)}
