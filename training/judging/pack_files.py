"""The files of a pack that people answer in: a page that works by itself in every script, a table, JSON Lines."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment

from aya import languages
from aya.judgement import CHOICES, FALLBACK, words, written
from aya.text import policy_hash

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
    folder = files("training.judging").joinpath("page")
    style, script, page = (
        folder.joinpath(name).read_text(encoding="utf-8") for name in ("panel.css", "panel.js", "panel.html")
    )
    facts, said = languages.get(language), words(language)
    data = {"seal": seal, "language": language, "of": said.done}
    return (
        Environment(autoescape=True, keep_trailing_newline=True)
        .from_string(page)
        .render(
            rows=rows, title=title, seal=seal, name=facts.name, words=said, choices=CHOICES["comparison"],
            bcp47=facts.bcp47, direction=languages.direction(str(rows[0]["script"] or facts.script)),
            ui=_interface(language), style=style, style_hash=policy_hash(style), script=script,
            script_hash=policy_hash(script), data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        )
        .encode()
    )  # fmt: skip


def _interface(language: str) -> dict[str, str]:
    """Return language and direction of the words of the page."""
    facts = languages.get(language if language in written() else FALLBACK)
    return {"lang": facts.bcp47, "dir": languages.direction(facts.script)}
