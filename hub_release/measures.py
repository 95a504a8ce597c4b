"""What the rows of a file are: counts, lengths, language identification, what was found in them; added up by file."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import polars as pl
import pyarrow.parquet as pq
from pydantic import BaseModel

from hub_release.shards import batches, frame

COUNTED = ("dataset_name", "task_type", "license", "origin", "split")
_COLUMNS = (*COUNTED, "inputs", "targets", "language", "script", "lid_language", "lid_script", "contaminated_by", "pii")
_STEPS = 8  # of a length's histogram in a doubling: a quantile is right within 9 %


class Lengths(BaseModel):
    """Lengths in code points, as a histogram whose steps grow by a twelfth."""

    characters: int = 0
    histogram: dict[int, int] = {}

    def __add__(self, other: "Lengths") -> "Lengths":
        """Return the lengths of both."""
        return Lengths(characters=self.characters + other.characters, histogram=_sum((self.histogram, other.histogram)))

    def quantile(self, share: float) -> int:
        """Return about the length that `share` of the texts do not pass."""
        total, seen = sum(self.histogram.values()), 0
        for step, num in sorted(self.histogram.items()):
            seen += num
            if seen >= share * total:
                return round(2 ** (step / _STEPS)) - 1
        return 0


class Measures(BaseModel):
    """What is known of some rows without reading them again."""

    rows: int = 0
    counts: dict[str, dict[str, int]] = {}
    """Rows by column and value, columns as in `COUNTED`."""
    lengths: dict[str, Lengths] = {}
    languages_found: dict[str, int] = {}
    """Rows by what language identification said: `same`, `unsure`, or the code that it found."""
    contaminated: dict[str, int] = {}
    """Rows that hold something of an evaluation set, by set."""
    contact_data: int = 0
    """Rows in which contact data was found and masked."""
    most_group_bytes: int = 0
    """Of the largest row group, in memory."""

    def __add__(self, other: "Measures") -> "Measures":
        """Return the statistics of both."""
        columns = {*self.counts, *other.counts}
        fields = {*self.lengths, *other.lengths}
        return Measures(
            rows=self.rows + other.rows,
            counts={name: _sum((self.counts.get(name, {}), other.counts.get(name, {}))) for name in sorted(columns)},
            lengths={
                name: self.lengths.get(name, Lengths()) + other.lengths.get(name, Lengths()) for name in sorted(fields)
            },
            languages_found=_sum((self.languages_found, other.languages_found)),
            contaminated=_sum((self.contaminated, other.contaminated)),
            contact_data=self.contact_data + other.contact_data,
            most_group_bytes=max(self.most_group_bytes, other.most_group_bytes),
        )


def total(parts: Iterable[Measures]) -> Measures:
    """Return the statistics of all together."""
    return sum(parts, Measures())


def of_file(path: Path) -> Measures:
    """Return the statistics of one file of a release."""
    found = Measures()
    for table in batches([path], _COLUMNS):
        found += _of_rows(frame(table))
    with pq.ParquetFile(path) as file:
        groups = (file.metadata.row_group(number).total_byte_size for number in range(file.num_row_groups))
        return found.model_copy(update={"most_group_bytes": max(groups, default=0)})


def _of_rows(rows: pl.DataFrame) -> Measures:
    there = [name for name in COUNTED if name in rows.columns]
    return Measures(
        rows=len(rows),
        counts={name: _tally(rows[name].fill_null("")) for name in there},
        lengths={name: _lengths(rows[name]) for name in ("inputs", "targets")},
        languages_found=_languages(rows) if "lid_language" in rows.columns else {},
        contaminated=_sets(rows["contaminated_by"]) if "contaminated_by" in rows.columns else {},
        contact_data=len(rows["pii"].drop_nulls()) if "pii" in rows.columns else 0,
    )


def _tally(values: pl.Series) -> dict[str, int]:
    counted = values.alias("value").value_counts(name="num").sort("value")
    return dict(counted.iter_rows())


def _lengths(texts: pl.Series) -> Lengths:
    sizes = texts.fill_null("").str.len_chars()
    steps = ((sizes.cast(pl.Float64) + 1).log(2) * _STEPS).floor().cast(pl.Int64)
    counted = steps.alias("step").value_counts(name="num").sort("step")
    return Lengths(characters=int(sizes.sum()), histogram=dict(counted.iter_rows()))


def _languages(rows: pl.DataFrame) -> dict[str, int]:
    found = pl.col("lid_language")
    unsure = found.is_null() | found.is_in(["und", ""])
    said = (
        pl.when(unsure).then(pl.lit("unsure")).when(found == pl.col("language")).then(pl.lit("same")).otherwise(found)
    )
    return _tally(rows.select(said.alias("said"))["said"])


def _sets(notes: pl.Series) -> dict[str, int]:
    found: Counter[str] = Counter()
    for note in notes.drop_nulls():
        found.update({str(hit["set"]) for hit in json.loads(note)})
    return dict(sorted(found.items()))


_K = TypeVar("_K", str, int)


def _sum(parts: Iterable[Mapping[_K, int]]) -> dict[_K, int]:
    counted: Counter[_K] = Counter()
    for part in parts:
        counted.update(part)
    return dict(sorted(counted.items()))
