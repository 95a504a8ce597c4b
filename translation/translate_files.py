"""Files of prompts and completions translated into many languages: every row in every language, failures marked."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aya.errors import InputError
from aya.stage import Tell, silent
from aya.table import canonical, publish, sha256
from aya.text import digest, hash64
from translation.engine import Engine, Hypothesis, Relay
from translation.memory import TranslationMemory
from translation.segments import Locale
from translation.suitability import KINDS, Kind, reasons
from translation.tables import check_files, column, pairs, tables
from translation.translate import Pair, Translated, segments_of, translate_pairs
from translation.translated import columns

SAMPLE = 32
"""Segments that a forecast measures on."""


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Where the texts of a file are, and which are not translated."""

    inputs: str = "inputs"
    targets: str = "targets"
    id_column: str | None = None
    """Column that names a row, for `parent_id`; without one it is named by file and row."""
    skip: tuple[Kind, ...] = KINDS
    """Kinds of rows that a translation would break."""
    leave: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rows left out by policy: a column of the file and its values."""


def translate_files(
    files: Sequence[Path],
    out: Path,
    engine: Engine,
    *,
    source: Locale,
    targets: Sequence[Locale],
    texts: Texts | None = None,
    memory: Path | None = None,
    rows: int | None = None,
    hours: float | None = None,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Write `out/CODE/NAME.parquet` for every file and target, and `report.json`; return the report.

    A file has all columns of its original, the translated texts in place of its own, `language`, `parent_id` and the
    columns of `translation.translated`. A row that can not be translated keeps its place, with the reason in `fault`.
    Finished files are not made again; segments of unfinished ones are in the memory, which is
    `out/memory.sqlite` unless said otherwise. At most the first `rows` rows of each file are taken; after
    `hours` no new batch is begun and the report says so. `tell` is told the tokens, batch by batch.
    Raises: UserError, InputError.
    """
    texts = texts or Texts()
    check_files(files)
    for wanted in (source, *targets):
        engine.check(wanted.code)
    path = memory or out / "memory.sqlite"
    watched = _Watched(engine, tell, None if hours is None else time.monotonic() + hours * 3600)
    report: dict[str, Any] = {"engine": engine.key, "source": source.code, "complete": True, "targets": {}}
    report["targets"] = {target.code: {"rows": 0, "tokens": 0, "faults": 0} for target in targets}
    for file in files:  # its pairs are cut into segments once for all targets
        content = sha256(file)
        for target in targets:
            work = _Work(file, out / target.code / f"{file.stem}.parquet", texts, source, target, rows)
            kept = TranslationMemory(path, engine=engine.key, source=source.code, target=target.code)
            done = _translate_file(work, work.key(engine, content), watched, kept)
            kept.close()
            report["complete"] &= done is not None
            counts = report["targets"][target.code]
            report["targets"][target.code] = {name: num + (done or {}).get(name, 0) for name, num in counts.items()}
    publish(out / "report.json", lambda path: path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n"))
    return report


class _Watched(Relay):
    """An engine that tells how many tokens it has made, and begins no batch once its time is over."""

    def __init__(self, engine: Engine, tell: Tell, end: float | None) -> None:
        super().__init__(engine)
        self._tell, self._end, self._tokens = tell, end, 0

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[Mapping[int, Hypothesis]]:
        """Yield what the engine yields.

        Raises: _TimeIsOver.
        """
        batches = super().stream(texts, source=source, target=target)
        left = len(texts)
        while left:
            if self._end is not None and time.monotonic() > self._end:
                raise _TimeIsOver
            batch = next(batches)
            left -= len(batch)
            self._tokens += sum(made.num_tokens for made in batch.values())
            self._tell("tokens", self._tokens, 0)
            yield batch


class _TimeIsOver(Exception):
    pass


@dataclass(frozen=True)
class _Work:
    path: Path
    out: Path
    texts: Texts
    source: Locale
    target: Locale
    rows: int | None

    def key(self, engine: Engine, content: str) -> str:
        """Name what is made: the file's content, the engine, and all settings."""
        settings = [self.texts.__dict__, self.source, self.target, self.rows]
        return digest(engine.key, canonical(settings), content)

    def pairs(self, table: pa.Table) -> list[Pair]:
        """Return the texts of a table; a column of ids that is not there is refused before anything is translated."""
        if self.texts.id_column:
            column(table, self.texts.id_column, path=self.path)
        return pairs(table, inputs=self.texts.inputs, targets=self.texts.targets, path=self.path)

    def reasons(self, table: pa.Table, given: Sequence[Pair]) -> list[str | None]:
        """Return why rows are not translated."""
        columns = {name: column(table, name, path=self.path).cast(pa.string()).to_pylist() for name in self.texts.leave}
        return reasons(given, columns, leave=self.texts.leave, language=self.source.language, kinds=self.texts.skip)


def _translate_file(work: _Work, key: str, engine: Engine, memory: TranslationMemory) -> Mapping[str, int] | None:
    """Return the counts of a finished file; None if time ran out first."""
    known = _finished(work.out, key)
    if known:
        return known
    try:
        made, counts = _translated(work, engine, memory)
    except _TimeIsOver:
        return None
    whole = pa.concat_tables(made, promote_options="permissive")
    whole = whole.replace_schema_metadata({"aya.translation": canonical({"key": key, **counts})})
    publish(work.out, lambda path: pq.write_table(whole, path, compression="zstd"))
    return counts


def _translated(work: _Work, engine: Engine, memory: TranslationMemory) -> tuple[list[pa.Table], dict[str, int]]:
    """Return the rows of a file with their translations, and how many rows, tokens and faults they have."""
    made: list[pa.Table] = []
    counts = {"rows": 0, "tokens": 0, "faults": 0}
    for first, table in tables(work.path, rows=work.rows):
        given = work.pairs(table)
        why = work.reasons(table, given)
        found = translate_pairs(given, engine, source=work.source, target=work.target, memory=memory, reasons=why)
        made.append(_table(table, given, found, work, first))
        counts["rows"] += len(found)
        counts["tokens"] += sum(one.num_tokens for one in found)
        counts["faults"] += sum(one.fault is not None for one in found)
    if not made:
        raise InputError(f"{work.path}: has no rows")
    return made, counts


def _finished(path: Path, key: str) -> dict[str, int] | None:
    if not path.is_file():
        return None
    noted = json.loads((pq.read_schema(path).metadata or {}).get(b"aya.translation", b"{}"))
    return noted if noted.pop("key", None) == key else None


def _table(table: pa.Table, given: Sequence[Pair], found: Sequence[Translated], work: _Work, first: int) -> pa.Table:
    """Return the rows with their translations; the texts they had are kept beside them."""
    texts = work.texts
    names = table[texts.id_column].to_pylist() if texts.id_column else range(first, first + len(table))
    parents = [str(name) if texts.id_column else f"{work.path.name}:{name + 1}" for name in names]
    own: dict[str, Any] = {name: table[name] for name in table.column_names}
    own |= columns(given, found, source=work.source)
    own |= {
        texts.inputs: pa.array([one.inputs for one in found], pa.large_string()),
        texts.targets: pa.array([one.targets for one in found], pa.large_string()),
        "language": pa.array([work.target.code] * len(found)),
        "parent_id": pa.array(parents),
    }
    return pa.table(own)


def forecast(
    files: Sequence[Path],
    engine: Engine,
    *,
    source: Locale,
    targets: Sequence[Locale],
    texts: Texts | None = None,
    rows: int | None = None,
    memory: Path | None = None,
    price: float = 0.0,
) -> dict[str, Any]:
    """Return what a run would translate, and by language its tokens, hours and cost, measured on a few segments.

    What is in a memory of earlier runs costs nothing. `price` is that of an hour of the machine.
    """
    counts, different = _count(files, engine, source, texts or Texts(), rows)
    found: dict[str, Any] = {**counts, "different": len(different), "letters": sum(map(len, different)), "targets": {}}
    for target in targets:
        left = sorted(different, key=hash64)
        if memory and memory.is_file():
            with closing(TranslationMemory(memory, engine=engine.key, source=source.code, target=target.code)) as known:
                left = [text for text in left if text not in known]
        started = time.monotonic()
        made = engine.translate(left[:SAMPLE], source=source.code, target=target.code)
        scale = sum(map(len, left)) / max(1, sum(map(len, left[:SAMPLE])))
        hours = (time.monotonic() - started) * scale / 3600
        tokens = round(sum(one.num_tokens for one in made) * scale)
        found["targets"][target.code] = {"segments": len(left), "tokens": tokens, "hours": hours, "cost": hours * price}
    return found


def _count(
    files: Sequence[Path], engine: Engine, source: Locale, texts: Texts, rows: int | None
) -> tuple[dict[str, int], set[str]]:
    """Return the numbers of rows, skipped rows and segments, and the different segments."""
    num_rows = num_skipped = num_segments = 0
    different: set[str] = set()
    for path in files:
        work = _Work(path, path, texts, source, source, rows)
        for _, table in tables(path, rows=rows):
            given = work.pairs(table)
            wanted = [pair for pair, why in zip(given, work.reasons(table, given), strict=True) if why is None]
            num_rows, num_skipped = num_rows + len(given), num_skipped + len(given) - len(wanted)
            for pair in wanted:
                segments = segments_of(pair, engine, source)
                num_segments += len(segments)
                different.update(segments)
    return {"rows": num_rows, "skipped": num_skipped, "segments": num_segments}, different
