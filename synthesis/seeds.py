"""The rows that generation starts from; what is for evaluation is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from aya import languages
from aya.errors import InputError, unknown
from aya.json_lines import objects
from aya.stage import Settings, matches

SUFFIXES = (".parquet", ".jsonl", ".ndjson")
_TRAINING = frozenset({"", "train", "training"})


class SeedColumns(Settings):
    """Where the columns of seeds are; those with a default may be missing."""

    inputs: str = Field(default="inputs", description="the prompt")
    targets: str = Field(default="targets", description="the answer, or a text of its own")
    language: str = Field(default="language", description="language code in any spelling")
    id: str = Field(default="id", description="names a row; file and row number if it is missing")
    topic: str = Field(default="topic", description="what a text is about, for personas")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seed:
    """A row to start from."""

    id: str
    inputs: str
    targets: str
    language: str
    """ISO 639-3."""
    license: str | None = None
    topic: str = ""


def read_seeds(path: Path, columns: SeedColumns, *, name: str, language: str | None = None) -> Iterator[Seed]:
    """Yield the seeds of a file; `language` is that of all rows without one.

    Raises: InputError for a file that can not be read, and for a row of an evaluation split or that a contamination
    stage has flagged: what is made from it would teach the exam.
    """
    number = 0
    for number, row in enumerate(_rows(path, name), start=1):
        _refuse_exam(row, f"{name}: row {number}")
        code = str(row.get(columns.language) or language or "")
        if not code:
            nowhere = f"no language in a column '{columns.language}', and none for all (--language, `seed_language`)"
            raise InputError(f"{name}: row {number}: {nowhere}")
        found = languages.resolve(code)
        if found is None:
            raise InputError(f"{name}: row {number}: {unknown('language', code, languages.codes())}")
        texts = [row.get(column) for column in (columns.inputs, columns.targets, columns.topic)]
        inputs, targets, topic = (text if isinstance(text, str) else "" for text in texts)
        if not inputs and not targets:
            there = {columns.inputs, columns.targets} & {*row}
            why = " is a text" if there else f"; {unknown('column', columns.inputs, row)}"
            raise InputError(f"{name}: row {number}: neither prompt nor answer{why}")
        license_ = row.get("license")
        yield Seed(
            id=str(row.get(columns.id) or f"{name}:{number}"),
            inputs=inputs,
            targets=targets,
            language=found.language,
            license=license_ if isinstance(license_, str) else None,
            topic=topic,
        )
    if not number:
        raise InputError(f"{name}: has no rows")


def all_seeds(patterns: Iterable[str], columns: SeedColumns, *, language: str | None = None) -> Iterator[Seed]:
    """Yield the seeds of all files that absolute patterns stand for.

    Raises: InputError.
    """
    for match in {match.name: match for pattern in patterns for match in matches(pattern)}.values():
        yield from read_seeds(match.path, columns, name=match.name, language=language)


def _refuse_exam(row: dict[str, Any], where: str) -> None:
    split = str(row.get("split") or "").lower()
    if split not in _TRAINING:
        raise InputError(f"{where}: is of the split '{split}'; only training rows may be seeds")
    if row.get("contaminated"):
        raise InputError(f"{where}: holds an evaluation item ({row.get('contaminated_by')}); it may not be a seed")


def _rows(path: Path, name: str) -> Iterator[dict[str, Any]]:
    try:
        if path.suffix == ".parquet":
            for batch in pq.ParquetFile(path).iter_batches(1_000):
                yield from batch.to_pylist()
            return
        with path.open("rb") as lines:
            yield from objects(lines, lambda number: f"{name}: row {number}")
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: can not be read: {str(error).splitlines()[0]}") from error
