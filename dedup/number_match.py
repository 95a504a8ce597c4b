"""Flag records that have the same numbers as a mathematical problem of an evaluation set, in any language."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal
from unicodedata import decimal

import pyarrow as pa
import regex
from pydantic import Field

from aya.stage import Settings
from aya.table import canonical, mark, put
from dedup.evaluation_sets import EvaluationSets, read_items

Numbers = tuple[str, ...]

# Separators inside a number differ from language to language, and what is one by thousands here is one by tenths there.
# White space is a separator in front of groups of three digits only: 50 000.
_NUMBER = regex.compile(
    r"\p{Nd}{1,3}(?:\p{Zs}\p{Nd}{3})+(?!\p{Nd})(?:[.,\u066b]\p{Nd}+)?|\p{Nd}+(?:[.,'’\u066b\u066c]\p{Nd}+)*"
)
_OTHER = regex.compile(r"\P{Nd}+")


class NumberMatch(Settings):
    """Flag records whose text, or one line of it, has the numbers of an evaluation item, each as often as it.

    A translation keeps the numbers of a problem in whatever order, and no method on words can see it. Digits of all
    scripts are equal, separators inside a number do not count (1,000 is 1.000; but so is 1.5 and 15). A number that
    is spelled out in one of the languages hides the match: 6 of 10 Japanese translations of MGSM are missed. Items
    whose numbers all have one digit take no part, since any numbered list has these.

    This is a screen: with 3 numbers some unrelated texts agree by chance, so records are flagged, not dropped, unless
    you say so.

    Reads `inputs`, `targets`. Writes `number_match`: JSON, a list of set, item, languages and numbers; null for
    nothing.
    """

    name: ClassVar[str] = "dedup.number_match"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets")
    writes: ClassVar[Mapping[str, pa.DataType]] = {"number_match": pa.string()}

    against: EvaluationSets = Field(
        description="evaluation sets; `fields` are those with the problem, without its solution"
    )
    fields: tuple[Literal["inputs", "targets"], ...] = Field(
        default=("inputs",), min_length=1, description="the texts that are searched"
    )
    least: int = Field(default=3, ge=2, description="numbers of an item, at least")
    action: Literal["drop", "flag"] = Field(default="flag", description="only say so, or drop the record")

    def setup(self) -> None:
        """Read the evaluation sets."""
        self._items  # noqa: B018

    @cached_property
    def _items(self) -> dict[Numbers, list[dict[str, Any]]]:
        """Items by their numbers; `languages` are those in which the item has them."""
        found: dict[Numbers, dict[tuple[str, str], set[str]]] = {}
        for row in read_items(self.against).to_pylist():
            known = numbers(row["text"])
            if len(known) >= self.least and max(map(len, known)) > 1:
                items = found.setdefault(known, {})
                items.setdefault((row["set"], row["item"]), set()).add(row["language"] or "")
        return {
            known: [{"set": key[0], "item": key[1], "languages": sorted(found)} for key, found in sorted(items.items())]
            for known, items in found.items()
        }

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `number_match`, and a reason if the action is to drop."""
        columns = [table[field].to_pylist() for field in self.fields]
        hits = [self._hits(texts) for texts in zip(*columns, strict=True)]
        notes = [canonical(found) if found else None for found in hits]
        table = put(table, "number_match", pa.array(notes, pa.string()), pa.string())
        if self.action == "flag":
            return table
        reasons = [f"{self.name}: numbers of an evaluation item" if found else None for found in hits]
        return mark(table, reasons, [found[0] if found else None for found in hits])

    def _hits(self, texts: tuple[str | None, ...]) -> list[dict[str, Any]]:
        known = {found: None for text in texts if text for found in self._wanted(text)}
        return [item | {"numbers": list(found)} for found in known for item in self._items.get(found, ())]

    def _wanted(self, text: str) -> Iterator[Numbers]:
        """Yield the numbers of a text and of each of its lines, where there are enough of them."""
        whole = numbers(text)
        if len(whole) >= self.least:
            yield whole
            if "\n" in text:
                yield from (found for found in map(numbers, text.split("\n")) if len(found) >= self.least)


def numbers(text: str) -> Numbers:
    """Return the numbers of a text, sorted, as ASCII digits without separators and leading zeros."""
    return tuple(sorted(map(_plain, _NUMBER.findall(text))))


def _plain(number: str) -> str:
    return "".join(str(decimal(digit)) for digit in _OTHER.sub("", number)).lstrip("0") or "0"
