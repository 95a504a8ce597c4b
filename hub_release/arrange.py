"""Lay out the rows of one source in one language: what stays in its file, what a new file holds.

Files of the release before keep every row that is the same, in the same order; what is gone or changed is cut out
of its file, what is new or changed goes to new files at the end. So a release sends little besides what is new.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from aya.table import publish, sha256
from hub_release.layout import DATA, DEFAULT_SPLIT, HARMFUL, Group, conform
from hub_release.measures import Measures, of_file
from hub_release.row_keys import Keys, join
from hub_release.shards import SHARD_ROWS, ShardWriter, batches, frame, rewrite
from hub_release.units import Earlier, Placed, Unit

Mask = npt.NDArray[np.bool_]


class Shard(Placed):
    """One file of a release with what its rows are."""

    measures: Measures


class Rules(BaseModel):
    """What holds for every unit."""

    model_config = ConfigDict(frozen=True)

    harmful: tuple[str, ...] = ()
    """Sources and data sets that no default configuration may load."""


def arrange(unit: Unit, schema: pa.Schema, rules: Rules, folder: Path) -> list[Shard]:
    """Write the new files of a unit below `folder` and return all its files, in order; a finished unit is read back."""
    receipt = folder / f"{unit.key}.json"
    if receipt.is_file():
        return [Shard.model_validate_json(line) for line in receipt.read_text(encoding="utf-8").splitlines()]
    room = folder / unit.key
    kept, new = _compare(unit, schema, rules, room)
    found = _old_files(unit, kept, schema, room)
    for group, parts in _new_files(unit, new, schema, rules, room).items():
        found[group] += parts
    shards, known = [], {file.path: file for file in unit.before}
    for group, files in sorted(found.items()):
        merged = _merge_tail(files, schema, room / f"merged-{'-'.join(group[3:])}-{group[0]}")
        shards += [_describe(group, path, rows, known.get(path)) for path, rows in merged]
    text = "".join(f"{shard.model_dump_json()}\n" for shard in shards)
    publish(receipt, lambda path: path.write_text(text, encoding="utf-8"))
    return shards


def _describe(group: Group, path: Path, rows: int, known: Earlier | None) -> Shard:
    """Return a file with what its rows are; one that stays is read only where that was not noted."""
    if known is None:
        return Shard(
            group=group, path=path, rows=rows, bytes=path.stat().st_size, sha256=sha256(path), measures=of_file(path)
        )
    measures = known.measures or of_file(path)
    return Shard(group=group, path=path, rows=rows, bytes=known.bytes, sha256=known.sha256, measures=measures)


def _compare(unit: Unit, schema: pa.Schema, rules: Rules, room: Path) -> tuple[Mask, Mask | None]:
    """Return which rows of the old files stay, and which rows of now are not in them; None means all."""
    num_old = sum(file.rows for file in unit.before)
    paths = [file.path for file in unit.before]
    if unit.now is None and not unit.gone:
        return np.ones(num_old, bool), np.zeros(0, bool)
    if not num_old:
        return np.zeros(0, bool), None
    old, new = Keys(room / "old", rows=num_old), Keys(room / "new", rows=num_old)
    if unit.now is None:
        return _staying(old, new, paths, unit.gone), np.zeros(0, bool)
    for keys, files in ((old, paths), (new, unit.now)):
        for rows in batches(files):
            keys.add(frame(conform(rows, schema)))
    stays, seen = np.zeros(old.num_rows, bool), np.zeros(new.num_rows, bool)
    for joined in join(old, new):
        stays[joined.same_old] = True
        seen[joined.same_new] = True
    return stays, ~seen


def _staying(old: Keys, gone: Keys, paths: Sequence[Path], leaving: Sequence[Path]) -> Mask:
    """Return which rows of files are not among the ids that leave."""
    for keys, files in ((old, paths), (gone, leaving)):
        for rows in batches(files, ["id"]):
            keys.add(frame(rows))
    stays = np.zeros(old.num_rows, bool)
    for joined in join(old, gone):
        stays[joined.removed] = True
    return stays


def _old_files(unit: Unit, kept: Mask, schema: pa.Schema, room: Path) -> defaultdict[Group, list[tuple[Path, int]]]:
    """Return the files of the release before: as they were, or without the rows that go."""
    found: defaultdict[Group, list[tuple[Path, int]]] = defaultdict(list)
    start = 0
    for number, file in enumerate(unit.before):
        mask, group = kept[start : start + file.rows], Group(*file.group)
        start += file.rows
        if mask.all():
            found[group].append((file.path, file.rows))
        elif mask.any():
            writer = ShardWriter(room / f"kept{number:05d}", schema, sort=False)
            rewrite(file.path, mask, writer)
            found[group] += writer.close()
    return found


def _new_files(
    unit: Unit, new: Mask | None, schema: pa.Schema, rules: Rules, room: Path
) -> dict[Group, list[tuple[Path, int]]]:
    """Write the rows of now that no old file holds."""
    writers: dict[Group, ShardWriter] = {}
    start = 0
    for rows in batches(unit.now or ()):
        mask = slice(start, start + len(rows))
        start += len(rows)
        chosen = rows if new is None else rows.filter(pa.array(new[mask]))
        for group, some in _by_group(conform(chosen, schema), unit, rules):
            if group not in writers:
                name = f"new-{group.split}-{group.origin}-{group.top}"
                writers[group] = ShardWriter(room / name, schema, sort=True)
            writers[group].add(some)
    return {group: [*writer.close()] for group, writer in writers.items()}


def _by_group(table: pa.Table, unit: Unit, rules: Rules) -> Iterator[tuple[Group, pa.Table]]:
    """Yield the rows of each group, cut by split, origin and whether they may do harm."""
    if not len(table):
        return
    names = [name for name in ("split", "origin", "source", "dataset_name", "harmful") if name in table.column_names]
    listed = list(rules.harmful)
    harm = pl.col("source").is_in(listed) | pl.col("dataset_name").is_in(listed).fill_null(False)
    if "harmful" in names:
        harm = harm | pl.col("harmful").cast(pl.Boolean, strict=False).fill_null(False)
    of = frame(table.select(names)).select(
        pl.col("split").fill_null(DEFAULT_SPLIT), pl.col("origin").fill_null("unknown"), harm.alias("harm")
    )
    for split, origin, harm_ in of.unique().sort("split", "origin", "harm").iter_rows():
        chosen = (of["split"] == split) & (of["origin"] == origin) & (of["harm"] == harm_)
        group = Group(HARMFUL if harm_ else DATA, unit.place, unit.source, split, origin)
        yield group, table.filter(chosen.to_arrow())


def _merge_tail(files: Sequence[tuple[Path, int]], schema: pa.Schema, room: Path) -> list[tuple[Path, int]]:
    """Join a file with the one before while that is no larger, so that many small releases leave few files.

    Each row is written again at most once a doubling.
    """
    merged: list[list[tuple[Path, int]]] = []
    for file in files:
        merged.append([file])
        while len(merged) > 1 and _rows(merged[-2]) <= _rows(merged[-1]) <= SHARD_ROWS - _rows(merged[-2]):
            merged[-2:] = [merged[-2] + merged[-1]]
    found: list[tuple[Path, int]] = []
    for number, pieces in enumerate(merged):
        if len(pieces) == 1:
            found += pieces
            continue
        writer = ShardWriter(room / f"{number:05d}", schema, sort=False)
        for table in batches([path for path, _ in pieces]):
            writer.add(conform(table, schema))
        found += writer.close()
    return found


def _rows(files: Sequence[tuple[Path, int]]) -> int:
    return sum(rows for _, rows in files)
