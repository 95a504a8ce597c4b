"""Files of prompts and completions translated into many languages: every row in every language, failures marked."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aya import languages
from aya.errors import InputError, UserError, unknown
from aya.table import canonical, publish, sha256
from aya.text import digest, hash64
from translation.engine import Engine
from translation.memory import TranslationMemory
from translation.segments import Locale
from translation.translate import Pair, Translated, segments_of, translate_pairs

BATCH_ROWS = 1_000
SUFFIXES = (".parquet", ".jsonl", ".ndjson")
SAMPLE = 32
"""Segments that a forecast measures on."""
MADE = ("logprob", "worst_logprob", "num_tokens", "finished", "fault")
"""Columns of a translated file besides its texts, language, `source_inputs` and `source_targets`."""

Tell = Callable[[str, int, int], None]
"""Told the code of a target, and the rows and tokens done since it was told last."""


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Where the texts of a file are."""

    inputs: str = "inputs"
    targets: str = "targets"
    id_column: str | None = None
    """Column that names a row, for `parent_id`; without one it is named by file and row."""


def locale(code: str) -> Locale:
    """Return a language as registry and model call it, from any code: `yo`, `yor`, `yor_Latn`, `zh-TW`.

    Raises: UserError for a code that the registry does not know, or a language without a FLORES-200 code.
    """
    found = languages.resolve(code)
    if found is None:
        raise UserError(unknown("language", code, languages.codes()))
    flores = languages.get(found.language).flores200
    if code in flores:
        return Locale(found.language, code.rpartition("_")[2], code)
    fitting = [name for name in flores if name.endswith(found.script)] or list(flores)
    if not fitting:
        raise UserError(f"{languages.get(found.language).name} ({code}) has no FLORES-200 code: NLLB lacks it")
    return Locale(found.language, found.script, fitting[0])


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
    tell: Tell = lambda code, num, tokens: None,
) -> dict[str, Any]:
    """Write `out/CODE/NAME.parquet` for every file and target, and `report.json`; return the report.

    A file has all columns of its original, the translated texts in place of its own, and the columns of `MADE`. A row
    that can not be translated keeps its place, with the reason in `fault`. Finished files are not made
    again; segments of unfinished ones are in the memory, which is `out/memory.sqlite` unless said otherwise. At most
    the first `rows` rows of each file are taken; after `hours` no new batch is begun and the report says so.
    Raises: UserError, InputError.
    """
    texts = texts or Texts()
    check_files(files)
    for wanted in (source, *targets):
        engine.check(wanted.code)
    contents = {path: sha256(path) for path in files}
    end = None if hours is None else time.monotonic() + hours * 3600
    report: dict[str, Any] = {"engine": engine.key, "source": source.code, "complete": True, "targets": {}}
    for target in targets:
        kept = TranslationMemory(
            memory or out / "memory.sqlite", engine=engine.key, source=source.code, target=target.code
        )
        counts = {"rows": 0, "tokens": 0, "faults": 0}
        for path in files:
            work = _Work(path, out / target.code / f"{path.stem}.parquet", texts, source, target, rows)
            done = _translate_file(work, work.key(engine, contents[path]), engine, kept, end, tell)
            report["complete"] &= done is not None
            counts = {name: num + (done or {}).get(name, 0) for name, num in counts.items()}
        report["targets"][target.code] = counts
        kept.close()
    publish(out / "report.json", lambda path: path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n"))
    return report


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


def check_files(files: Sequence[Path]) -> None:
    """Refuse files that can not be translated together.

    Raises: InputError for one that is not there, UserError for one of another kind or two of one name.
    """
    for path in files:
        if path.suffix not in SUFFIXES:
            raise UserError(f"{path}: neither Parquet nor JSON Lines ({', '.join(SUFFIXES)})")
        if not path.is_file():
            raise InputError(f"{path}: no such file")
    stems = [path.stem for path in files]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise UserError(f"two files are called '{twice[0]}'; their translations would have one name")


def _translate_file(
    work: _Work, key: str, engine: Engine, memory: TranslationMemory, end: float | None, tell: Tell
) -> Mapping[str, int] | None:
    """Return the counts of a finished file; None if time ran out first."""
    known = _finished(work.out, key)
    if known:
        return known
    counts = {"rows": 0, "tokens": 0, "faults": 0}
    made: list[pa.Table] = []
    for first, table in _tables(work.path, work.rows):
        if end is not None and time.monotonic() > end:
            return None
        found = translate_pairs(_pairs(table, work), engine, source=work.source, target=work.target, memory=memory)
        made.append(_table(table, found, work, first))
        tokens = sum(one.num_tokens for one in found)
        counts["rows"] += len(found)
        counts["tokens"] += tokens
        counts["faults"] += sum(one.fault is not None for one in found)
        tell(work.target.code, len(found), tokens)
    if not made:
        raise InputError(f"{work.path}: has no rows")
    whole = pa.concat_tables(made, promote_options="permissive")
    whole = whole.replace_schema_metadata({"aya.translation": canonical({"key": key, **counts})})
    publish(work.out, lambda path: pq.write_table(whole, path, compression="zstd"))
    return counts


def _finished(path: Path, key: str) -> dict[str, int] | None:
    if not path.is_file():
        return None
    noted = json.loads((pq.read_schema(path).metadata or {}).get(b"aya.translation", b"{}"))
    return noted if noted.pop("key", None) == key else None


def _tables(path: Path, rows: int | None) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows of a file in batches, each with the number of its first row."""
    first = 0
    for table in _read(path):
        table = table if rows is None else table.slice(0, max(0, rows - first))
        if not len(table):
            return
        yield first, table
        first += len(table)


def _read(path: Path) -> Iterator[pa.Table]:
    try:
        if path.suffix == ".parquet":
            for batch in pq.ParquetFile(path).iter_batches(BATCH_ROWS):
                yield pa.Table.from_batches([batch])
        else:
            yield from _json_lines(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: can not be read: {str(error).splitlines()[0]}") from error


def _json_lines(path: Path) -> Iterator[pa.Table]:
    waiting: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}: row {number}: {error}") from error
            if not isinstance(row, dict):
                raise InputError(f"{path}: row {number}: not an object")
            waiting.append(row)
            if len(waiting) == BATCH_ROWS:
                yield pa.Table.from_pylist(waiting)
                waiting = []
    if waiting:
        yield pa.Table.from_pylist(waiting)


def _pairs(table: pa.Table, work: _Work) -> list[Pair]:
    columns = []
    for name in (work.texts.inputs, work.texts.targets):
        if name not in table.column_names:
            raise InputError(f"{work.path}: {unknown('column', name, table.column_names)}")
        columns.append([text if isinstance(text, str) else "" for text in table[name].to_pylist()])
    return [Pair(*texts) for texts in zip(*columns, strict=True)]


def _table(table: pa.Table, found: Sequence[Translated], work: _Work, first: int) -> pa.Table:
    """Return the rows with their translations; the texts they had are kept beside them."""
    texts = work.texts
    names = table[texts.id_column].to_pylist() if texts.id_column else range(first, first + len(table))
    parents = [str(name) if texts.id_column else f"{work.path.name}:{name + 1}" for name in names]
    columns: dict[str, Any] = {name: table[name] for name in table.column_names}
    columns |= {
        "source_inputs": table[texts.inputs],
        "source_targets": table[texts.targets],
        texts.inputs: pa.array([one.inputs for one in found], pa.large_string()),
        texts.targets: pa.array([one.targets for one in found], pa.large_string()),
        "language": pa.array([work.target.code] * len(found)),
        "parent_id": pa.array(parents),
        "logprob": pa.array([one.logprob for one in found], pa.float32()),
        "worst_logprob": pa.array([one.worst_logprob for one in found], pa.float32()),
        "num_tokens": pa.array([one.num_tokens for one in found], pa.int32()),
        "finished": pa.array([one.finished for one in found], pa.bool_()),
        "fault": pa.array([one.fault for one in found], pa.string()),
    }
    return pa.table(columns)


def forecast(
    files: Sequence[Path],
    engine: Engine,
    *,
    source: Locale,
    targets: Sequence[Locale],
    texts: Texts | None = None,
    rows: int | None = None,
) -> dict[str, Any]:
    """Return what a run would translate, and by language its tokens and hours, measured on a few segments."""
    counts, different = _count(files, engine, source, texts or Texts(), rows)
    letters = sum(map(len, different))
    found: dict[str, Any] = {**counts, "different": len(different), "letters": letters, "targets": {}}
    sample = sorted(different, key=hash64)[:SAMPLE]
    for target in targets:
        started = time.monotonic()
        made = engine.translate(sample, source=source.code, target=target.code)
        scale = letters / max(1, sum(map(len, sample)))
        hours = (time.monotonic() - started) * scale / 3600
        found["targets"][target.code] = {"tokens": round(sum(one.num_tokens for one in made) * scale), "hours": hours}
    return found


def _count(
    files: Sequence[Path], engine: Engine, source: Locale, texts: Texts, rows: int | None
) -> tuple[dict[str, int], set[str]]:
    """Return the numbers of rows and segments, and the different segments."""
    num_rows = num_segments = 0
    different: set[str] = set()
    for path in files:
        work = _Work(path, path, texts, source, source, rows)
        for _, table in _tables(path, rows):
            for pair in _pairs(table, work):
                segments = segments_of(pair, engine, source)
                num_rows, num_segments = num_rows + 1, num_segments + len(segments)
                different.update(segments)
    return {"rows": num_rows, "segments": num_segments}, different
