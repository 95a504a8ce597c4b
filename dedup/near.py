"""Near duplicates of files too big for memory: signatures to flat files, groups by sorting, texts of the few alone.

Run again over the same files it does only what is missing; with more files it adds them. The verdict is that of one
run over all of them: what is kept of a row decides who may be alike, and scores are taken again only where a group
has changed.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from aya.errors import UserError
from aya.stage import Settings, Tell, silent
from aya.table import publish
from dedup.banding import bands_for, sketch_limits
from dedup.catalogue import Catalogue, Part
from dedup.compared import salts_of
from dedup.grams import MOST_FIELDS, Grams, grams_of
from dedup.grouping import EMPTY, SHORT, WHOLE, Kept, group
from dedup.preference import numbers_of, ranks_of
from dedup.regrouping import Regrouped, is_small, regroup
from dedup.row_files import num_rows
from dedup.row_parts import content_of, parts
from dedup.scores import score
from dedup.settled import NO_GROUPS, NO_SCORES, Scores, Settled, read_settled, settled, write_settled
from dedup.signature import sign, ties_of


class Near(Settings):
    """What is compared, and how."""

    columns: tuple[str, ...] = Field(
        min_length=1, max_length=MOST_FIELDS, description="columns of texts; each must be alike"
    )
    language: str | None = Field(default=None, description="column; rows of two languages are never alike")
    origin: str | None = Field(default=None, description="column: human, template, translation or synthetic")
    quality: str | None = Field(default=None, description="column of numbers; of two rows the one with more stays")
    threshold: float = Field(default=0.8, ge=0.5, le=1, description="Jaccard similarity from which a row goes")
    recall: float = Field(default=0.94, gt=0, lt=1, description="share of pairs found that lie just at the threshold")
    least: int = Field(default=20, ge=5, description="code points below which a text must be the same, not alike")

    @property
    def banding(self) -> tuple[int, int]:
        """Return (bands, slots of a band)."""
        return bands_for(self.threshold, recall=self.recall)

    def grams(self, table: pa.Table) -> Grams:
        """Return the grams of the rows of a table."""
        return grams_of([table[name] for name in self.columns], salts_of(table, self.language), least=self.least)

    def compared(self) -> list[str]:
        """Return the columns that `grams` reads."""
        return [*self.columns, *((self.language,) if self.language else ())]

    def others(self) -> tuple[str, ...]:
        """Return the columns beside the texts."""
        return tuple(name for name in (self.language, self.origin, self.quality) if name)

    def with_numbers(self, table: pa.Table, *, place: str, first: int) -> pa.Table:
        """Return a table whose quality, where it is text, as in CSV, is numbers; `numbers_of` says what is refused."""
        if self.quality is None:
            return table
        numbers = numbers_of(table, self.quality, place=place, first=first)
        return table.set_column(table.column_names.index(self.quality), self.quality, pa.array(numbers))

    def signed(self, table: pa.Table, *, name: str = "the table", first: int = 0) -> dict[str, npt.NDArray[Any]]:
        """Return what is kept of the rows of a table, by the columns of a catalogue; the rest is for messages."""
        bands, rows = self.banding
        texts = [table[name] for name in self.columns]
        salts = salts_of(table, self.language)
        made = sign(texts, salts, bands=bands, rows=rows, least=self.least, name=name, first=first)
        found: dict[str, npt.NDArray[Any]] = {f"band_{band:02}": keys for band, keys in enumerate(made.bands_BN)}
        states = np.where(made.sizes_N == 0, EMPTY, np.where(made.short_N, SHORT, WHOLE)).astype(np.uint8)
        ranks = ranks_of(table, origin=self.origin, quality=self.quality)
        return found | {
            "sketch": made.sketches_NW, "exact": made.exact_N, "rank": ranks, "tie": ties_of(texts), "state": states,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which rows go; rows are numbered through all files."""

    row: npt.NDArray[np.uint32]
    kept: npt.NDArray[np.uint32]
    jaccard: npt.NDArray[np.float32]
    num_rows: int
    chained: Scores
    """Rows that stay, each like one that went for a third: ends of chains, beside which nothing of their like stays."""

    def groups(self) -> npt.NDArray[np.uint32]:
        """Return for every row one that stands for its group: rows that go with the one that stays, and ends of chains.

        Each row of a group was compared with another of it, and is like that one.
        """
        found = np.arange(self.num_rows, dtype=np.uint32)
        found[self.row] = self.kept
        found[self.chained.rows] = found[self.chained.others]
        return found[found]

    def clusters(self) -> npt.NDArray[np.uint32]:
        """Return for each row that goes how many rows have the same row that stays, and that one."""
        _, places, counts = np.unique(self.kept, return_inverse=True, return_counts=True)
        return (counts[places] + 1).astype(np.uint32)


def find_in_files(
    files: Sequence[Path],
    folder: Path,
    near: Near,
    *,
    keep_texts: bool = False,
    tell: Tell = silent,
) -> Verdict:
    """Return which rows of the files go; what is kept of them lies in `folder`, for the next time.

    Files that were added before and are not given now still count, and must be where they were, unless they were
    added with `keep_texts`: then `folder` has their texts, uncompressed, of which no more is read than is compared.
    Raises: UserError, InputError.
    """
    catalogue = Catalogue(folder, bands=near.banding[0], settings=near.model_dump(mode="json"))
    with closing(catalogue):
        texts = add(catalogue, files, near, keep_texts=keep_texts, tell=tell)

    def read(rows: npt.NDArray[np.uint32]) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
        yield from _rows_of(catalogue.parts, texts, rows, near)

    with tempfile.TemporaryDirectory(dir=folder) as name:
        scratch = Path(name)
        before = read_settled(folder)
        regrouped = _group(catalogue.kept(), sketch_limits(near.threshold), before, scratch)
        grouped = regrouped.changed
        tell("rows grouped", catalogue.num_rows, catalogue.num_rows)
        groups, scores = score(grouped, near.threshold, read, near.grams, before=before, scratch=scratch)
        tell("pairs compared", len(grouped.pairs), len(grouped.pairs))
    groups, scores = regrouped.groups.and_those(groups), regrouped.scores.and_those(scores)
    after = settled(grouped.copy_of_N, groups, scores)
    write_settled(folder, after)
    return verdict_of(grouped.copy_of_N, after.scores)


def _group(kept: Kept, limits: tuple[int, int], before: Settled, scratch: Path) -> Regrouped:
    """Return the groups of all rows, of which none is known to be as it was where many rows are new."""
    if is_small(before, len(kept.exact_N)):
        return regroup(kept, limits, before)
    return Regrouped(group(kept, limits, scratch=scratch), NO_GROUPS, NO_SCORES)


class Texts(NamedTuple):
    """Where the texts of the parts are."""

    places: dict[str, str]
    """Files, by their content."""
    folder: Path
    """Kept texts: an Arrow file for each part that was added with `keep_texts`."""

    def kept(self, part: Part) -> Path:
        """Return where the texts of a part are if they were kept."""
        return self.folder / f"{part.content}-{part.first}.arrow"


def add(catalogue: Catalogue, files: Sequence[Path], near: Near, *, keep_texts: bool, tell: Tell) -> Texts:
    """Sign the parts of the files that the catalogue has not; return where the texts of all are."""
    done = {(part.content, part.first) for part in catalogue.parts}
    texts = Texts({part.content: part.file for part in catalogue.parts}, catalogue.folder / "texts")
    read, of = 0, sum(map(num_rows, files))
    for path in files:
        content = content_of(path)
        name = str(path.resolve())
        if texts.places.get(content, name) != name and Path(texts.places[content]).exists():
            raise UserError(f"{path} is the same file as {texts.places[content]}")
        texts.places[content] = name
        for first, table in parts(path, columns=(*near.columns, *near.others()), numbers=(near.quality,)):
            if (content, first) not in done and len(table):
                table = near.with_numbers(table, place=f"{path}: ", first=first + 1)
                part = Part(file=name, content=content, first=first, rows=len(table))
                if keep_texts:
                    _keep(table.select(near.compared()), texts.kept(part))
                catalogue.add(part, near.signed(table, name=str(path), first=first))
                tell("rows signed", read + len(table), of)
            read += len(table)
    return texts


def verdict_of(copy_of_N: npt.NDArray[np.uint32], scores: Scores) -> Verdict:
    """Return the rows that go: near duplicates, and copies of a row, for the row that stays in its place."""
    num = len(copy_of_N)
    near, chained = scores.of(scores.goes), scores.of(~scores.goes)
    kept, jaccard = np.arange(num, dtype=np.uint32), np.ones(num, np.float32)
    kept[near.rows], jaccard[near.rows] = near.others, near.jaccard
    kept, jaccard = kept[copy_of_N], jaccard[copy_of_N]
    goes = np.flatnonzero(kept != np.arange(num, dtype=np.uint32)).astype(np.uint32)
    return Verdict(row=goes, kept=kept[goes], jaccard=jaccard[goes], num_rows=num, chained=chained)


def _rows_of(
    listed: Sequence[Part], texts: Texts, rows: npt.NDArray[np.uint32], near: Near
) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
    """Yield (rows, their texts) for sorted rows, part by part; parts without such a row are not read."""
    starts = np.cumsum([0, *(part.rows for part in listed)])
    cuts = np.searchsorted(rows, starts)
    wanted = [index for index in range(len(listed)) if cuts[index] < cuts[index + 1]]
    for _, group_ in groupby(wanted, lambda index: listed[index].content):
        indices = list(group_)
        for index, table in zip(indices, _tables(listed, texts, indices, near), strict=True):
            mine = rows[cuts[index] : cuts[index + 1]]
            yield mine, table.take(pa.array(mine.astype(np.int64) - starts[index]))


def _tables(listed: Sequence[Part], texts: Texts, indices: Sequence[int], near: Near) -> Iterator[pa.Table]:
    """Yield parts of one file, from what was kept if all are there."""
    kept = [texts.kept(listed[index]) for index in indices]
    if all(path.exists() for path in kept):
        yield from (pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in kept)
        return
    file = texts.places[listed[indices[0]].content]
    sizes = {listed[index].first: listed[index].rows for index in indices}
    for first, table in parts(Path(file), columns=near.compared(), wanted=sizes):
        if len(table) != sizes[first]:
            raise UserError(f"{file} is not what it was when it was added")
        yield table


def _keep(table: pa.Table, path: Path) -> None:
    """Write texts as they lie in memory, so that a few can be read without the others."""

    def write(temporary: Path) -> None:
        with pa.OSFile(str(temporary), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    publish(path, write)
