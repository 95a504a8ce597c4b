"""How long `aya browse` takes to answer over ten million rows: first page, filters, a search in all texts, one row.

    python -m benchmarks.browse                      # 200,000 rows
    python -m benchmarks.browse --rows 10000000      # about 4 GB below build/benchmarks/browse

Rows are those of the quickstart, each prompt and completion joined with three others of its language; a fifth are
dropped ones. The store is deleted at the end unless `--keep` is said.
"""

import argparse
import json
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from aya.browse.index import Index
from aya.browse.question import asked
from aya.browse.search import Search, index_of, stretches
from aya.browse.story import story_of
from aya.version import Version, open_version

FILE_ROWS = 500_000
JOINED = 4
"""Rows whose texts are joined to one."""


def write_store(folder: Path, version: Version, *, rows: int) -> Version:
    """Write a version of so many rows in the layout of a built one."""
    random = np.random.default_rng(7)
    files = [file for file in version.manifest["files"] if file["rows"] > 20]
    weights = {True: 0.2, False: 0.8}
    written: list[dict[str, Any]] = []
    sums = {top: sum(file["rows"] for file in files if file["path"].startswith(top)) for top in ("data", "dropped")}
    stages = _stages(version)
    for file in files:
        top, place = file["path"].split("/", 1)
        share = file["rows"] / sums[top] * weights[top == "dropped"]
        num = max(1, round(rows * share))
        frame = pl.read_parquet(version.path / file["path"])
        parts = -(-num // FILE_ROWS)
        ids = np.sort(random.integers(0, 2**63, num, dtype=np.uint64))
        for part, chosen in enumerate(np.array_split(ids, parts)):
            made = _joined(frame, chosen, random)
            path = f"{top}/{place.rpartition('-00000')[0]}-{part:05d}-of-{parts:05d}.parquet"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            made.write_parquet(folder / path, row_group_size=64_000)
            written.append({"path": path, "rows": len(made), "datasets": {}})
            _count(stages, made, dropped=top == "dropped")
    kept = sum(file["rows"] for file in written if file["path"].startswith("data"))
    manifest = version.manifest | {"files": written, "stages": stages, "num_kept": kept, "mixture": None}
    manifest["num_dropped"] = sum(file["rows"] for file in written) - kept
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Version(folder)


def _joined(frame: pl.DataFrame, ids: Any, random: np.random.Generator) -> pl.DataFrame:
    """Return a row for each id; its texts are those of several rows."""
    picked = [frame[random.integers(0, len(frame), len(ids))] for _ in range(JOINED)]
    texts = {
        name: pl.concat_str([other[name] for other in picked], separator="\n", ignore_nulls=True)
        for name in ("inputs", "targets")
    }
    hexed = pl.Series("id", [f"{one:016x}{one ^ 0x5DEECE66D:016x}" for one in ids.tolist()])
    score = pl.Series("repetition", random.random(len(ids)), dtype=pl.Float32)
    return picked[0].with_columns(**texts).with_columns(hexed, score)


def _stages(version: Version) -> list[dict[str, Any]]:
    return [
        {"stage": stage["stage"], "rows_in": Counter[str](), "kept": Counter[str](),
         "dropped": {reason: Counter[str]() for reason in stage["dropped"]}}
        for stage in version.manifest["stages"]
    ]  # fmt: skip


def _count(stages: list[dict[str, Any]], rows: pl.DataFrame, *, dropped: bool) -> None:
    groups = rows.group_by("source", "language", "script", "drop").len()
    for source, language, script, drop, num in groups.iter_rows():
        group = f"{source} {language or '-'} {script or '-'}"
        for stage in stages:
            stage["rows_in"][group] += num
            if dropped and drop in stage["dropped"]:
                stage["dropped"][drop][group] += num
                break
            stage["kept"][group] += num


def _timed(name: str, version: Version, address: str, index: Index | None = None) -> None:
    started = time.perf_counter()
    search = Search(version, asked(address, version), index=index)
    page = search.page(seconds=0.8)
    first, rows = time.perf_counter() - started, len(page["rows"])
    while not page["done"]:
        page = search.page(seconds=60)
        rows = max(rows, len(page["rows"]))
    whole = time.perf_counter() - started
    print(f"{name:42} {first:8.2f} s to answer, {whole:8.2f} s to the end, {page['found']:>10,} rows", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--version", type=Path, default=Path("build/quickstart"))
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks/browse"))
    parser.add_argument("--keep", action="store_true", help="leave the store where it is, and use it again")
    given = parser.parse_args()
    if not (given.folder / "manifest.json").is_file():
        write_store(given.folder, open_version(given.version), rows=given.rows)
    version = Version(given.folder)
    for name, address in (
        ("first page", ""),
        ("page 1,000", "page=1000"),
        ("one language", "language=yor_Latn"),
        ("dropped, one reason", "rows=dropped&reason=dedup.exact: copy of another record"),
        ("a range of a score", "score=repetition&least=0.99"),
        ("sorted by a score", "sort=repetition&order=down"),
        ("sorted by length", "sort=inputs&order=down"),
        ("a frequent word", "text=Kenya"),
        ("a frequent word, by the letter", "text=Kenya&match=exact"),
        ("a word in nobody's text", "text=xyzzyplugh"),
        ("a word in nobody's text, by the letter", "text=xyzzyplugh&match=exact"),
        ("an Arabic word in one language", "text=عاصمة&language=ara_Arab"),
    ):
        _timed(name, version, address)
    index = index_of(version)
    started, spent = time.perf_counter(), time.process_time()
    index.grow(stretches(version))
    wall, cpu = time.perf_counter() - started, time.process_time() - spent
    print(f"{'the index, made once in the background':42} {wall:8.2f} s, {cpu:8.2f} CPU s", flush=True)
    for text in ("Kenya", "xyzzyplugh", "photosynthesis", "宇"):
        for name, match in (("any accents", "loose"), ("by the letter", "exact")):
            _timed(f"with it: {text}, {name}", version, f"text={text}&match={match}", index)
    id_ = version.scan(dropped=True).select("id").tail(1).collect().item()
    started = time.perf_counter()
    story_of(version, id_)
    print(f"{'one row with its family':42} {time.perf_counter() - started:8.2f} s", flush=True)
    if not given.keep:
        shutil.rmtree(given.folder)


if __name__ == "__main__":
    main()
