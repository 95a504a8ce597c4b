"""What the page is told, as data for JSON: the version, pages of rows, one row, rows to take away."""

import csv
import io
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Literal

import polars as pl

from aya import languages
from aya.browse.index import LEAST_ROWS
from aya.browse.question import Asked, Columns, asked
from aya.browse.search import Search, index_of, marks, stretches
from aya.browse.story import story_of
from aya.version import Version

SEARCHES = 8
"""Searches that are remembered, so that a second page of one does not begin anew."""

PATIENCE = 0.7
"""Seconds after which an answer says how far the search has come."""

_FORMULA = tuple("=+-@\t\r")


class Desk:
    """Answers questions on one version; safe to ask from several threads."""

    def __init__(self, version: Version) -> None:
        self.version, self.columns = version, Columns.of(version)
        self._searches: OrderedDict[Asked, Search] = OrderedDict()
        self._lock = threading.Lock()
        large = version.manifest["num_kept"] + version.manifest["num_dropped"] >= LEAST_ROWS
        self._index = index_of(version) if large else None

    def learn(self) -> None:
        """Read all texts once, so that searches know where not to look; `close` ends it."""
        if self._index:
            self._index.grow(stretches(self.version))

    def close(self) -> None:
        """Let `learn` end soon, and keep what was read."""
        if self._index:
            self._index.end()

    def about(self) -> dict[str, Any]:
        """Return the names to choose from and how many rows each combination of them has."""
        manifest = self.version.manifest
        reasons = sorted({reason for stage in manifest["stages"] for reason in stage["dropped"]})
        places: dict[str, int] = {}
        sources: dict[str, int] = {about["name"]: at for at, about in enumerate(manifest["sources"])}
        cells = []
        for group, outcome, num in self._groups(reasons):
            source, language, script = group.split(" ")
            code = f"{'und' if language == '-' else language}_{'Zyyy' if script == '-' else script}"
            where = places.setdefault(code, len(places)), sources.setdefault(source, len(sources))
            cells.append([*where, outcome, num])
        return {
            "title": f"{manifest['collection']} {manifest['name']}",
            "kept": manifest["num_kept"],
            "dropped": manifest["num_dropped"],
            "languages": [_language(code) for code in places],
            "sources": list(sources),
            "reasons": reasons,
            "scores": self.columns.scores,
            "cells": cells,
        }

    def _groups(self, reasons: list[str]) -> Iterator[tuple[str, int, int]]:
        """Yield (source language script, reason by number or -1 for kept, rows)."""
        stages = self.version.manifest["stages"]
        yield from ((group, -1, num) for group, num in stages[-1]["kept"].items())
        for stage in stages:
            for reason, groups in stage["dropped"].items():
                yield from ((group, reasons.index(reason), num) for group, num in groups.items())

    def rows(self, address: str) -> dict[str, Any]:
        """Return a page of rows, and how far the search for more has come."""
        which = asked(address, self.version, self.columns)
        found: dict[str, Any] = clean(self._search(which).page(which, seconds=PATIENCE))
        return found

    def row(self, id_: str, address: str = "") -> dict[str, Any] | None:
        """Return a row with its family; with a search, the places that it found in it are marked."""
        story = story_of(self.version, id_)
        if story is None:
            return None
        which = asked(address, self.version, self.columns)
        story["marks"] = {name: marks(which.pattern, story["row"][name] or "") for name in which.fields}
        found: dict[str, Any] = clean(story)
        return found

    def download(self, address: str, form: Literal["jsonl", "csv"]) -> Iterator[bytes]:
        """Yield the rows that are asked for, all columns, as JSON Lines or CSV."""
        which = asked(address, self.version, self.columns).model_copy(update={"sort": ""})
        batches = Search(self.version, which, self.columns, index=self._index).batches()
        return _json_lines(batches) if form == "jsonl" else _csv(batches)

    def _search(self, which: Asked) -> Search:
        key = which.model_copy(update={"page": 1, "size": 1})
        with self._lock:
            if key not in self._searches:
                self._searches[key] = Search(self.version, which, self.columns, index=self._index)
            self._searches.move_to_end(key)
            while len(self._searches) > SEARCHES:
                self._searches.popitem(last=False)
            return self._searches[key]


def _language(code: str) -> dict[str, Any]:
    language, _, script = code.partition("_")
    facts = languages.get(language) if language in languages.codes() else None
    return {
        "code": code, "script": script,
        "name": facts.name if facts else "no known language" if language == "und" else language,
        "endonym": facts.endonym if facts else None,
        "bcp47": facts.bcp47 if facts else language,
        "main": facts is None or facts.script == script,
    }  # fmt: skip


def clean(value: Any) -> Any:
    """Return data without what JSON has no word for: NaN and infinity are null."""
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {name: clean(item) for name, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def _json_lines(batches: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    for batch in batches:
        lines = (json.dumps(clean(row), ensure_ascii=False, default=str) for row in batch.iter_rows(named=True))
        yield "".join(f"{line}\n" for line in lines).encode()


def _csv(batches: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """Yield CSV; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    for number, batch in enumerate(batches):
        text = io.StringIO()
        writer = csv.writer(text)
        if number == 0:
            text.write("\ufeff")  # without the mark spreadsheets do not see that it is UTF-8
            writer.writerow(batch.columns)
        writer.writerows([_harmless(value) for value in row] for row in batch.iter_rows())
        yield text.getvalue().encode()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
