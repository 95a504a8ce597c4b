"""Which evaluation items were hit: by set and language, and by item over all its translations."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

Report = dict[str, list[dict[str, Any]]]


class Tally:
    """Counts hits as they come, a batch at a time."""

    def __init__(self, items: pa.Table) -> None:
        """Take the items of the evaluation sets, as `dedup.evaluation_sets.read_items` gives them."""
        self.num_rows = 0
        self._known: dict[tuple[str, str], set[str]] = defaultdict(set)
        keys = (items[name].to_pylist() for name in ("set", "language", "item"))
        for title, language, item in zip(*keys, strict=True):
            self._known[title, language or ""].add(item)
        self._rows: dict[tuple[str, str], int] = defaultdict(int)
        self._going: dict[tuple[str, str], int] = defaultdict(int)
        self._items: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(dict)

    def add(self, notes: Iterable[str | None]) -> None:
        """Count the column `contaminated_by` of some rows."""
        for note in notes:
            self.num_rows += 1
            if note:
                self._add(json.loads(note))

    def _add(self, hits: list[dict[str, Any]]) -> None:
        groups: dict[tuple[str, str], bool] = {}
        for hit in hits:
            group = hit["set"], hit["language"] or ""
            groups[group] = groups.get(group, False) or hit["goes"]
            seen = self._items[hit["set"], hit["item"]].setdefault(group[1], [0, 0.0, False])
            seen[:] = [seen[0] + 1, max(seen[1], hit["share"]), seen[2] or hit["goes"]]
        for group, goes in groups.items():
            self._rows[group] += 1
            self._going[group] += goes

    def report(self) -> Report:
        """Return `sets`, a row for each set and language, and `items`, a row for each item that was hit.

        `hit` are the items of which a row holds so much that it goes (or would), `noted` those of which a row holds
        anything; `rows` and `rows_noted` are these rows.
        """
        return {"sets": list(map(self._set, sorted(self._known))), "items": list(map(self._item, sorted(self._items)))}

    def _set(self, group: tuple[str, str]) -> dict[str, Any]:
        title, language = group
        of_set = [found[language] for (name, _), found in self._items.items() if name == title and language in found]
        hit, num = sum(1 for seen in of_set if seen[2]), len(self._known[group])
        return {
            "set": title,
            "language": language,
            "items": num,
            "hit": hit,
            "share": round(hit / num, 6),
            "noted": len(of_set),
            "rows": self._going[group],
            "rows_noted": self._rows[group],
        }

    def _item(self, key: tuple[str, str]) -> dict[str, Any]:
        found = self._items[key]
        return {
            "set": key[0],
            "item": key[1],
            "languages": sorted(language for language, seen in found.items() if seen[2]),
            "languages_noted": sorted(found),
            "most": max(seen[1] for seen in found.values()),
        }


def report(notes: Iterable[str | None], items: pa.Table) -> Report:
    """Return the report on the column `contaminated_by` of all rows, kept and dropped; see `Tally.report`."""
    tally = Tally(items)
    tally.add(notes)
    return tally.report()
