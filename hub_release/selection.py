"""Which rows leave a release: those that rules ask for and all that was made from them, found through disk."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from aya.errors import UserError
from hub_release.release import Release
from hub_release.shards import batches, frame

Kind = Literal["id", "annotator", "source", "matches"]
Rule = tuple[Kind, str]

BUCKET_ROWS = 100_000
"""Rows of one side that are in memory at a time, nearly."""

_READ = ("id", "parent_id", "language", "source", "provenance", "inputs", "targets")
_ROW = ("id", "language", "file")


class Buckets:
    """Rows in files by a hash of one column: what has the same value is in the same bucket, on every side."""

    def __init__(self, folder: Path, key: str, num: int) -> None:
        self.folder, self.key, self.num = folder, key, num
        self.num_rows = self._num_files = self._num_waiting = 0
        self._waiting: list[pl.DataFrame] = []
        for number in range(num):
            (folder / f"{number:05d}").mkdir(parents=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; what is in memory goes to disk when it is as large as a bucket."""
        self.num_rows += len(rows)
        self._num_waiting += len(rows)
        self._waiting.append(rows)
        if self._num_waiting >= BUCKET_ROWS:
            self._spill()

    def bucket(self, number: int) -> pl.DataFrame | None:
        """Return the rows of one bucket; None if there are none."""
        self._spill()
        files = sorted((self.folder / f"{number:05d}").iterdir())
        return pl.read_parquet(files) if files else None

    def _spill(self) -> None:
        if self._num_waiting:
            rows = pl.concat(self._waiting)
            of = rows[self.key].hash(1) % self.num
            for number in range(self.num):
                if len(some := rows.filter(of == number)):
                    some.write_parquet(self.folder / f"{number:05d}" / f"{self._num_files:06d}.parquet")
            self._num_files += 1
        self._waiting, self._num_waiting = [], 0


class Selection:
    """The rows that leave, below a folder; memory does not grow with their number."""

    def __init__(self, release: Release, found: Buckets) -> None:
        self._files, self._found, self.num_rows = release.files, found, found.num_rows

    def ids(self) -> Iterator[str]:
        """Yield every id, in an order that is the same each time."""
        for rows in self._parts():
            yield from rows["id"].sort()

    def by_language_and_source(self) -> dict[str, int]:
        """Return how many rows leave."""
        counted: Counter[str] = Counter()
        for rows in self._parts():
            for language, file, num in rows.group_by("language", "file").len().iter_rows():
                counted[f"{language}/{self._files[file].source}"] += num
        return dict(sorted(counted.items()))

    def by_unit(self, folder: Path) -> dict[tuple[str, str], tuple[Path, ...]]:
        """Write the ids as Parquet files, by language and source; return the files of each."""
        found: dict[tuple[str, str], list[Path]] = {}
        for number, rows in enumerate(self._parts()):
            units = [f"{file.language}_{file.script}\0{file.source}" for file in self._files]
            named = rows.with_columns(unit=pl.Series(units).gather(rows["file"]))
            for some in named.sort("unit", "id").partition_by("unit", maintain_order=True):
                place, _, source = str(some["unit"][0]).partition("\0")
                path = folder / place / f"{source}-{number:05d}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                some.select("id").write_parquet(path)
                found.setdefault((place, source), []).append(path)
        return {unit: tuple(paths) for unit, paths in found.items()}

    def _parts(self) -> Iterator[pl.DataFrame]:
        for number in range(self._found.num):
            if (rows := self._found.bucket(number)) is not None:
                yield rows


def select(release: Release, rules: Iterable[Rule], folder: Path) -> Selection:
    """Return the rows that rules ask for, and all that was made from them at any remove; `folder` is for its files.

    `matches` is a regular expression on the prompt and the completion. Raises: UserError for a rule that no row
    answers.
    """
    num = 1 + sum(file.rows for file in release.files) // BUCKET_ROWS
    family = Buckets(folder / "family", "parent_id", num)
    born = _asked_for(release, list(rules), family, Buckets(folder / "born-0", "id", num))
    return Selection(release, descendants(born, family, folder))


def descendants(born: Buckets, family: Buckets, folder: Path) -> Buckets:
    """Return these rows and all that was made from them, generation after generation; `family` lists every child."""
    found = Buckets(folder / "found", "id", born.num)
    generation = 0
    while born.num_rows:
        generation += 1
        born = _generation(born, found, family, Buckets(folder / f"born-{generation}", "id", born.num))
    return found


def _asked_for(release: Release, rules: list[Rule], family: Buckets, asked: Buckets) -> Buckets:
    """Read the release once: gather the rows that rules ask for, and what all others were made from."""
    hits = dict.fromkeys(rules, 0)
    for number, file in enumerate(release.files):
        for table in batches([release.path / file.path], _READ):
            rows = frame(table).with_columns(pl.col("language").fill_null("und"), file=pl.lit(number, pl.Int32))
            answers = rows.select(_asked(*rule).fill_null(False).alias(str(at)) for at, rule in enumerate(rules))
            for at, rule in enumerate(rules):
                hits[rule] += int(answers[str(at)].sum())
            asked.add(rows.filter(answers.select(pl.any_horizontal(pl.all())).to_series()).select(_ROW))
            family.add(rows.filter(pl.col("parent_id").is_not_null()).select("parent_id", *_ROW))
    for (kind, value), num in hits.items():
        if not num:
            raise UserError(f"no row of {release.version} has {kind} '{value}'")
    return asked


def _generation(born: Buckets, found: Buckets, family: Buckets, children: Buckets) -> Buckets:
    """Add the rows of one generation to those found; return what was made from them."""
    for number in range(born.num):
        if (rows := born.bucket(number)) is None:
            continue
        rows = rows.unique("id", keep="first", maintain_order=True)
        if (known := found.bucket(number)) is not None:
            rows = rows.join(known, on="id", how="anti")
        found.add(rows)
        if (made := family.bucket(number)) is not None:
            children.add(made.join(rows, left_on="parent_id", right_on="id", how="semi").select(_ROW))
    return children


def _asked(kind: Kind, value: str) -> pl.Expr:
    if kind == "annotator":
        people = (pl.col("provenance").str.json_path_match(f"$.{name}") for name in ("annotator", "authors"))
        return pl.any_horizontal(named.str.split(" ").list.contains(value) for named in people)
    if kind == "matches":
        return pl.any_horizontal(pl.col(name).str.contains(value) for name in ("inputs", "targets"))
    return pl.col(kind) == value
