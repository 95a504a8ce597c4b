"""What rows hold of evaluation items and whether they go for it: as arrays, and as notes in JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aya.table import canonical_text
from dedup.leaks import Finder, Items, Leaks
from dedup.normalise import texts
from dedup.spans import find_spans

SHOWN = 120
"""Characters of a span that are shown."""

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]


class Rules(NamedTuple):
    """From what on a row goes for an item, for each item: `share` with `letters`, or `length`."""

    share: Floats
    letters: Floats
    length: Floats

    def goes(self, items: Int64s, shares: Floats, letters: Floats) -> Bools:
        """Say for which finds a row goes; `letters` are those of the longest run."""
        enough = (shares >= self.share[items]) & (letters >= self.letters[items])
        return enough | (letters >= self.length[items])


class Verdicts(NamedTuple):
    """What was found in the rows of a table."""

    shares: Floats
    """The largest share of an item that each row holds."""
    goes: Bools
    notes: list[str | None]
    """JSON: of each row a list of hits, those first for which it goes."""

    @property
    def hits(self) -> list[list[dict[str, Any]]]:
        """Return by row: set, item, language, field; column, share, length, span, goes."""
        return [json.loads(note) if note else [] for note in self.notes]

    def heaviest(self, row: int) -> dict[str, Any]:
        """Return the first hit of a row that has any."""
        found: dict[str, Any] = json.loads(self.notes[row] or "")[0]
        return found


class _Hits(NamedTuple):
    """Finds by item, an array of each."""

    rows: Int64s
    columns: Int64s
    items: Int64s
    shares: Floats
    lengths: Int64s
    goes: Bools
    starts: Int64s
    stops: Int64s

    def take(self, places: Any) -> "_Hits":
        return _Hits(*(part[places] for part in self))


def verdicts(
    columns: Mapping[str, pa.ChunkedArray], finder: Finder, items: Items, rules: Rules, *, most: int, num_rows: int
) -> Verdicts:
    """Return what the rows of some columns hold; of each row the `most` heaviest hits are noted."""
    found = [
        _hits(finder.find(column, name=name), number, items, rules)
        for number, (name, column) in enumerate(columns.items())
    ]
    hits = _Hits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    names = np.argsort(np.argsort(np.array(list(columns), object), kind="stable"))
    order = np.lexsort(
        (names[hits.columns], items.ranks[hits.items], -hits.lengths, -hits.shares, ~hits.goes, hits.rows)
    )
    hits = hits.take(order)
    shares, goes = np.zeros(num_rows), np.zeros(num_rows, np.bool_)
    np.maximum.at(shares, hits.rows, hits.shares)
    goes[hits.rows[hits.goes]] = True
    first = np.searchsorted(hits.rows, hits.rows)
    return Verdicts(shares, goes, _notes(hits.take(np.arange(len(first)) - first < most), columns, items, num_rows))


def _hits(leaks: Leaks, column: int, items: Items, rules: Rules) -> _Hits:
    places, owners = items.of(leaks.texts)
    shares, letters, starts = leaks.shares[owners], leaks.letters[owners], leaks.starts[owners]
    return _Hits(
        rows=leaks.rows[owners],
        columns=np.full(len(places), column),
        items=places,
        shares=np.array([round(share, 4) for share in shares.tolist()], np.float64),
        lengths=letters.astype(np.int64),
        goes=rules.goes(places, shares, letters),
        starts=starts,
        stops=starts + leaks.lengths[owners],
    )


def _notes(hits: _Hits, columns: Mapping[str, pa.ChunkedArray], items: Items, num_rows: int) -> list[str | None]:
    """Return the hits of each row as JSON, the same text as `aya.table.canonical` makes."""
    about = items.about(np.unique(hits.items))
    names, spans = [canonical_text(name) for name in columns], _spans(hits, columns)
    notes: list[str | None] = [None] * num_rows
    parts = (hits.rows, hits.columns, hits.items, hits.shares, hits.lengths, hits.goes)
    for (row, column, place, share, length, goes), span in zip(
        zip(*(part.tolist() for part in parts), strict=True), spans, strict=True
    ):
        title, item, language, field = about[place]
        note = (
            f'{{"column":{names[column]},"field":{field},"goes":{"true" if goes else "false"},"item":{item},'
            f'"language":{language},"length":{length},"set":{title},"share":{share},"span":{canonical_text(span)}}}'
        )
        before = notes[row]
        notes[row] = f"[{note}]" if before is None else f"{before[:-1]},{note}]"
    return notes


def _spans(hits: _Hits, columns: Mapping[str, pa.ChunkedArray]) -> Sequence[str | None]:
    """Return the text of each hit's longest run, its end left out where it is long; None where it is not known."""
    found: list[str | None] = [None] * len(hits.rows)
    for number, column in enumerate(columns.values()):
        places = np.flatnonzero((hits.columns == number) & (hits.starts >= 0))
        if not len(places):
            continue
        of_column = texts(column)
        which = hits.take(places)
        spans = find_spans(of_column, which.rows, which.starts, which.stops, most=SHOWN)
        for place, begin, end, is_cut in zip(places.tolist(), *(part.tolist() for part in spans), strict=True):
            text = of_column.data[begin:end].tobytes().decode()
            found[place] = f"{text}…" if is_cut else text
    return found
