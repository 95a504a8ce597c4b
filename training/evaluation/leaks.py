"""Items that are known to stand in training data, from what `aya decontaminate` reports or from a list of ids."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aya.errors import InputError, UserError, unknown
from training.evaluation.items import Item


@dataclass(frozen=True, kw_only=True)
class Leaks:
    """Leaked items of one task by id, each with the languages in which it was found; none for all languages."""

    items: Mapping[str, Collection[str]]

    @property
    def rules(self) -> dict[str, Callable[[Item], bool]]:
        """Return by which rules an item has leaked: found in its own language, or in any."""
        return {"same_language": self.same_language, "any_language": self.any_language}

    def check(self, name: str, items: Iterable[Item]) -> None:
        """Raise UserError if no id that is known to have leaked is one of a task's: then ids are of two kinds."""
        ids = {item.id for item in items}
        if self.items and ids.isdisjoint(self.items):
            ours, theirs = min(ids), min(self.items)
            raise UserError(
                f"{name}: none of its ids has leaked; they are like '{ours}', those that have like '{theirs}'"
            )

    def same_language(self, item: Item) -> bool:
        """Return whether an item was found in its own language."""
        found = self._languages(item)
        return found is not None and (not found or item.language in found)

    def any_language(self, item: Item) -> bool:
        """Return whether an item was found in any language."""
        return self._languages(item) is not None

    def _languages(self, item: Item) -> Collection[str] | None:
        return self.items.get(item.id)


def read_leaks(path: Path, title: str) -> Leaks:
    """Read the `report.json` of `aya decontaminate`, of which `title` is the set; or a text file with an id a line.

    An item counts that a row holds so much of that the row goes; one that is noted only does not.

    Raises: InputError if the file can not be read or does not know the set.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".json":
            return Leaks(items={line.strip(): () for line in text.splitlines() if line.strip()})
        report = json.loads(text)
        sets = {row["set"] for row in report["sets"]}
        hit = {row["item"]: tuple(row["languages"]) for row in report["items"] if row["set"] == title}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: no report of `aya decontaminate`: {error}") from error
    if title not in sets:
        raise InputError(f"{path}: {unknown('set', title, sets)}; name it as contamination_set in the task")
    return Leaks(items={item: tuple(filter(None, found)) for item, found in hit.items() if found})
