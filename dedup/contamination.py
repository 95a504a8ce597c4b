"""Drop or flag records that hold texts of evaluation sets, in every script."""

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from aya.errors import InputError
from aya.stage import Settings
from aya.table import mark, put
from dedup.evaluation_sets import EvaluationSets, read_items
from dedup.leaks import Finder, Items, LongRuns
from dedup.published_rules import SHARES, WordGrams
from dedup.run_index import Lengths
from dedup.verdicts import Rules, Verdicts, verdicts


class Contamination(Settings):
    """Drop or flag records that hold a long run of an evaluation item, or a whole short item.

    Compared are letters, digits and marks alone, normalised (`dedup.units`), so that white space, case and
    punctuation make no difference. Every run of `least` units is found; of `least_dense` units, half of them in
    scripts that put no spaces between words; and every shorter item as a whole, from `whole` (`whole_dense`) units
    on. Left out is only a run of wording that stands at more than `common` places of the sets. Give all translations
    of a set: a hit names the item and the language.

    A record goes if it holds `share` of an item with at least one run of `letters`, or one run of `length` letters; a
    smaller find is noted only. Letters of a run are counted without marks, and a Han or kana letter as 2.5. With
    `action: flag` no record goes: let `dedup.descendants` drop the flagged records together with all that was made
    from them. Nothing that was rephrased or translated anew is found.

    Reads `inputs`, `targets`. Writes `contamination`: the largest share of an item that the record holds, 0 for
    nothing; `contaminated`: whether it holds so much that it goes, or would go; and `contaminated_by`: JSON, a list
    of set, item, language, field, column, share, length, span, and `goes`, whether the record goes for it, the
    heaviest first; null for nothing.

    Holds all evaluation sets in memory, about 11 bytes for each of their letters beside the texts.

    References: Singh et al. 2024 (ConTAM) on the longest shared run as the measure.
    """

    name: ClassVar[str] = "dedup.contamination"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets")
    writes: ClassVar[Mapping[str, pa.DataType]] = {
        "contamination": pa.float32(),
        "contaminated": pa.bool_(),
        "contaminated_by": pa.string(),
    }

    against: EvaluationSets = Field(
        description="evaluation sets: paths, or mappings with files, name, fields, id, language"
    )
    fields: tuple[Literal["inputs", "targets"], ...] = Field(
        default=("inputs", "targets"), min_length=1, description="the texts that are searched"
    )
    action: Literal["drop", "flag"] = Field(
        default="drop", description="drop records that hold too much, or only say so"
    )
    share: float = Field(default=0.7, gt=0, le=1, description="share of an item from which on a record goes")
    letters: int = Field(default=24, ge=1, description="letters of the longest run, below which no record goes")
    length: int = Field(default=100, ge=1, description="letters of the longest run, from which on a record goes")
    least: int = Field(default=36, ge=8, le=1000, description="units of the shortest run that is found")
    least_dense: int = Field(
        default=14, ge=4, le=1000, description="the same with half of them in scripts without spaces"
    )
    whole: int = Field(default=20, ge=4, description="units of the shortest item that is found, as a whole")
    whole_dense: int = Field(default=8, ge=2, description="the same for items in scripts without spaces")
    common: int = Field(
        default=64, ge=1, description="places of the sets at which the same wording is still looked for"
    )
    most_hits: int = Field(default=20, ge=1, description="hits of a record that are noted")
    rule: Literal["ours", "gpt3_13gram", "palm_8gram_70"] = Field(
        default="ours", description="a published rule on n-grams of words instead of all this, to compare with"
    )

    @model_validator(mode="after")
    def _dense_says_more(self) -> "Contamination":
        for dense, plain in (("least_dense", "least"), ("whole_dense", "whole")):
            if getattr(self, dense) > getattr(self, plain):
                raise ValueError(f"{dense} must be at most {plain}, {getattr(self, plain)}, not {getattr(self, dense)}")
        return self

    def setup(self) -> None:
        """Read and index the evaluation sets."""
        self._finder, self._items, self._rules  # noqa: B018

    @cached_property
    def item_table(self) -> pa.Table:
        """The texts of the evaluation sets (`dedup.evaluation_sets.ITEMS`)."""
        items = read_items(self.against)
        if not len(items):
            raise InputError(f"evaluation set '{self.against[0].title}' has no texts")
        return items

    @cached_property
    def _items(self) -> Items:
        return Items(self.item_table)

    @cached_property
    def _finder(self) -> Finder:
        if self.rule != "ours":
            return WordGrams(self._items.texts, self.rule)
        lengths = Lengths(self.least, self.least_dense, self.whole, self.whole_dense)
        return LongRuns(self._items.texts, lengths, common=self.common)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `contamination` and `contaminated_by`, and a reason on records that hold too much."""
        found = self.judge({field: table[field] for field in self.fields}, len(table))
        table = put(table, "contamination", pa.array(found.shares, pa.float32()), pa.float32())
        table = put(table, "contaminated", pa.array(found.goes, pa.bool_()), pa.bool_())
        table = put(table, "contaminated_by", pa.array(found.notes, pa.string()), pa.string())
        goes = found.goes & (self.action == "drop")
        reason = pa.scalar(f"{self.name}: text of an evaluation item")
        reasons = pc.if_else(pa.array(goes), reason, pa.scalar(None, pa.string()))
        return mark(table, reasons, [found.heaviest(row) if out else None for row, out in enumerate(goes.tolist())])

    def judge(self, columns: Mapping[str, pa.ChunkedArray], num_rows: int) -> Verdicts:
        """Return what the rows of some columns of text hold; `goes` is as if the action were to drop."""
        return verdicts(columns, self._finder, self._items, self._rules, most=self.most_hits, num_rows=num_rows)

    @cached_property
    def _rules(self) -> Rules:
        """What each set asks for, by the places of its items."""
        if self.rule != "ours":
            return Rules(*np.array([[SHARES[self.rule], 0, np.inf]] * len(self._items)).T)
        of_set = {
            one.title: (
                (np.inf if one.flag else one.share or self.share),
                self.letters,
                (np.inf if one.flag else one.length or self.length),
            )
            for one in self.against
        }
        return Rules(*np.array([of_set[title] for title in self.item_table["set"].to_pylist()], np.float64).T)
