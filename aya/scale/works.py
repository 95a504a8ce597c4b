"""The kinds of work in the record of a build: how much there was of each, and what it took."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from aya.errors import UserError
from aya.recipe import Recipe
from aya.record import BuildRecord
from aya.scale.calibration import Amount, Calibration, Rate, Took, Work
from aya.size import Size
from aya.store import Store
from aya.version import open_version

READ, JUDGE, ARRANGE, GATHER = "read sources", "judge", "arrange", "gather"


class Done(NamedTuple):
    """One kind of work in one pass."""

    name: str
    took: Took
    kept: float


def works(record: BuildRecord, *, characters: float) -> Mapping[str, Took]:
    """Return what each kind of work of a build took, whose rows have so many characters in the mean.

    Of a pass that judges, each stage is a work, and what the pass takes besides (reading, cutting, writing) is `judge`.
    Bringing dropped rows together is the same work as bringing kept ones together.
    """
    found: dict[str, Took] = {}
    for name, took, _ in _works(record, characters):
        old = found.get(name)
        found[name] = took if old is None else Took(
            old.amount.plus(took.amount), old.seconds + took.seconds, old.written + took.written
        )  # fmt: skip
    return found


def _works(record: BuildRecord, characters: float) -> Iterator[Done]:
    rows = gone = 0
    for step in record.passes:
        rows = sum(step.counts[0].rows_in.values()) if step.counts else rows
        on = gone if step.name.endswith("dropped rows") else rows
        judging = () if step.name == READ else step.counts
        for count in judging:
            num, kept = sum(count.rows_in.values()), sum(count.kept.values())
            amount = Amount(step.num_tasks, num, num * characters)
            yield Done(count.stage, Took(amount, count.seconds, 0.0), kept / num if num else 1.0)
        name = JUDGE if judging else step.name.replace(" kept rows", "").replace(" dropped rows", "")
        seconds = max(0.0, step.task_seconds - sum(count.seconds for count in judging))
        yield Done(name, Took(Amount(step.num_tasks, on, on * characters), seconds, float(step.bytes)), 1.0)
        gone += sum(num for count in step.counts for groups in count.dropped.values() for num in groups.values())
        rows = sum(step.counts[-1].kept.values()) if step.counts else rows


def learned(calibration: Calibration, store: Store) -> Calibration:
    """Return a calibration brought to what the latest build of a store took, and to the shares that stayed there.

    The sample says how work is shared between tasks, rows and characters, the build how much there is of it. Work that
    the sample does not know costs by the row what it cost in the build.
    Raises: UserError if the build is of nothing.
    """
    version = open_version(store.path)
    record = store.record(version.name)
    characters = mean_characters(store)
    found = dict(calibration.works)
    kept = {done.name: done.kept for done in _works(record, characters)}
    for name, took in works(record, characters=characters).items():
        known = calibration.works.get(name)
        if took.amount.rows:
            found[name] = _brought_to(known, took).model_copy(update={"kept": kept[name]})
    return calibration.model_copy(update={"works": dict(sorted(found.items())), "learned_from": version.name})


def _brought_to(known: Work | None, took: Took) -> Work:
    """Return a kind of work that takes, of that amount, what it took."""
    return Work(
        seconds=rate_from(known.seconds if known else Rate(), took.amount, took.seconds),
        written=rate_from(known.written if known else Rate(), took.amount, took.written),
    )


def rate_from(known: Rate, amount: Amount, value: float) -> Rate:
    """Return a rate by which the amount comes to the value: of a small build the part of tasks changes, else the rest.

    A build of few rows says what a task costs and next to nothing about rows.
    """
    tasks, expected = known.task * amount.tasks, known.of(amount)
    if not expected:
        return Rate(row=value / amount.rows)
    rest = expected - tasks
    if rest >= tasks and value > tasks:
        changed = known.times((value - tasks) / rest)
        return changed.model_copy(update={"task": known.task})
    if tasks > rest and value > rest:
        return known.model_copy(update={"task": (value - rest) / amount.tasks})
    return known.times(value / expected)


def mean_characters(store: Store) -> float:
    """Return the characters of a row of the latest version, kept or dropped, in the mean.

    Raises: UserError if it has none.
    """
    rows = open_version(store.path).scan(dropped=None).select(
        (pl.col("inputs").str.len_chars() + pl.col("targets").str.len_chars()).mean()
    )  # fmt: skip
    found = rows.collect().item()
    if found is None:
        raise UserError(f"the latest version in {store.path} has no rows; there is nothing to learn")
    return float(found)


def sizes(recipe: Recipe, store: Store) -> dict[str, Size]:
    """Return the size of every source: what the recipe says, else what the latest build of the store read.

    Raises: UserError naming the sources of which neither is known.
    """
    found = {entry.about.name: entry.size for entry in recipe.sources if entry.size}
    missing = [entry.about.name for entry in recipe.sources if not entry.size]
    if missing and (store.path / "latest").is_file():
        found |= {name: size for name, size in _built_sizes(store).items() if name in missing}
    if unknown := [name for name in missing if name not in found]:
        raise UserError(
            f"nobody says how large the source{'s' * (len(unknown) > 1)} {', '.join(unknown)}"
            f" {'are' if len(unknown) > 1 else 'is'}: say `size`, or build once in {store.path}"
        )
    return {entry.about.name: found[entry.about.name] for entry in recipe.sources}


def _built_sizes(store: Store) -> dict[str, Size]:
    version = open_version(store.path)
    columns = [pl.col(name).str.len_chars().fill_null(0) for name in ("inputs", "targets")]
    groups = version.scan(dropped=None).select("source", "language", *columns).group_by("source", "language")
    rows = groups.agg(pl.len().alias("rows"), pl.sum("inputs"), pl.sum("targets")).collect().to_dicts()
    found = {}
    for name in sorted({row["source"] for row in rows}):
        of = [row for row in rows if row["source"] == name]
        num = sum(row["rows"] for row in of)
        shares = {row["language"]: row["rows"] / num for row in of if row["language"]}
        means = {column: sum(row[column] for row in of) / num for column in ("inputs", "targets")}
        found[name] = Size(rows=num, languages=shares, **means)
    return found
