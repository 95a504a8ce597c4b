"""What preparing a release costs: time, peak memory, and how much of the next one is new.

    python -m benchmarks.release                                  # 100,000 rows in 60 languages
    python -m benchmarks.release --rows 1000000 4000000

Each size runs in a process of its own: a stand-in version with rows of random words (they compress as text does), its
release, the same with 5 % of the rows added, and a removal of 1,000 rows of one contributor. Then the bytes of files
that the release before has not; pieces of them may still be found by what stores them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aya import languages
from aya.stage import Facts
from aya.table import canonical, records
from benchmarks.parts.measured import ROOT, quiet_environment
from benchmarks.parts.meter import cpu, peak_mib
from hub_release.checks import check
from hub_release.draft import Request
from hub_release.prepare import prepare
from hub_release.release import Release
from hub_release.removal import remove

SOURCES = ("human", "templates", "translated")
ORIGINS = {"human": "human", "templates": "template", "translated": "translation"}
FILE_ROWS = 200_000
_WORDS = 20_000


def main() -> None:
    """Measure each size and print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--languages", type=int, default=60)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure(options.one)
        return
    print(f"{'rows':>10} {'step':<10} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'MB':>8} {'MB new':>8} {'new':>6}")
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="aya-release-") as folder:
            for name, num in (("first", rows), ("more", rows + rows // 20)):
                write_version(Path(folder) / "versions" / name, num, options.languages)
            command = [sys.executable, "-m", "benchmarks.release", "--one", folder]
            for step in ("first", "more", "checks", "remove"):
                (Path(folder) / "step").write_text(step)
                done = subprocess.run(command, cwd=ROOT, env=quiet_environment(), capture_output=True, text=True)
                sys.stderr.write(done.stderr)
                print(f"{rows:>10,} {done.stdout.strip()}", flush=True)


def measure(folder: Path) -> None:
    """Do one step in this process and print its figures."""
    step, home = (folder / "step").read_text(), folder / "releases"
    started = time.monotonic()
    size = new = 0
    if step == "checks":
        check(home / "1.1.0")
    else:
        release = _made(step, folder, home)
        before = set() if step == "first" else _sums(Release(home / {"more": "1.0.0", "remove": "1.1.0"}[step]))
        files = [*release.manifest["files"], *release.manifest["documents"]]
        size = sum(file["bytes"] for file in files)
        new = sum(file["bytes"] for file in files if file["sha256"] not in before)
    wall = time.monotonic() - started
    share = f"{new / size:.1%}" if size else ""
    print(f"{step:<10} {wall:>8.1f} {cpu():>8.1f} {peak_mib():>9.0f} {size / 1e6:>8.1f} {new / 1e6:>8.1f} {share:>6}")


def _made(step: str, folder: Path, home: Path) -> Release:
    if step == "remove":
        done = remove(home / "1.1.0", [("annotator", "a7")], reason="request", date="2026-11-23")
        return Release(done.folder)
    facts = Facts(title="Stand-in", waive={"contamination": "random words", "duplicates": "random words"})
    previous = home / "1.0.0" if step == "more" else None
    return prepare(folder / "versions" / step, home, Request(None, "2026-11-23", facts), previous=previous)


def _sums(release: Release) -> set[str]:
    return {file["sha256"] for file in [*release.manifest["files"], *release.manifest["documents"]]}


# -- the stand-in ----------------------------------------------------------------------------------


def write_version(folder: Path, rows: int, num_languages: int) -> None:
    """Write a version whose rows are spread over languages as real ones are: each has less than the one before."""
    codes = languages.group("aya101")[:num_languages]
    weights = 1 / np.arange(1, len(codes) + 1)
    sizes = (rows * weights / weights.sum()).astype(int)
    files, groups = [], {}
    for number, (code, size) in enumerate(zip(codes, sizes.tolist(), strict=True)):
        script = languages.get(code).script
        for source in SOURCES:
            num = max(1, size // len(SOURCES))
            groups[f"{source} {code} {script}"] = num
            files += _write_files(folder, code, script, source, num, seed=number)
    manifest = {
        "name": folder.name, "collection": "stand-in", "version": "0.1.0", "sample": None, "complete": True,
        "aya": "0", "languages_registry": languages.VERSION, "quarantined": [], "files": files,
        "num_kept": sum(groups.values()), "num_dropped": 0,
        "sources": [{"name": name, "license": "CC-BY-4.0", "revision": "1", "citation": name, "url": None,
                     "origin": ORIGINS[name]} for name in SOURCES],
        "stages": [{"stage": "collection.source", "rows_in": groups, "kept": groups, "dropped": {}}],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _write_files(folder: Path, code: str, script: str, source: str, rows: int, seed: int) -> list[dict[str, object]]:
    """Write the rows of a group, sorted by id; row n is the same row whatever the number of rows."""
    draw = np.random.default_rng([seed, SOURCES.index(source)])
    ids = draw.bytes(16 * rows).hex()
    words = np.array([f"{code}{word:x}" for word in range(_WORDS)])
    order = sorted(range(rows), key=lambda number: ids[32 * number : 32 * number + 32])
    num_files = 1 + rows // FILE_ROWS
    written = []
    for file in range(num_files):
        path = f"data/{code}_{script}/{source}-{file:05d}-of-{num_files:05d}.parquet"
        chosen = order[file * rows // num_files : (file + 1) * rows // num_files]
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(target, _rows([], ids, words, code, script, source).schema, compression="zstd") as writer:
            for start in range(0, len(chosen), 20_000):
                writer.write_table(_rows(chosen[start : start + 20_000], ids, words, code, script, source))
        sha = f"{seed}-{source}-{file}-{rows}"
        written.append({"path": path, "rows": len(chosen), "sha256": sha, "bytes": target.stat().st_size})
    return written


def _rows(numbers: list[int], ids: str, words: np.ndarray, code: str, script: str, source: str) -> pa.Table:
    """Return rows of about 400 characters, their words drawn as often as real ones are."""
    made = []
    for number in numbers:
        id_ = ids[32 * number : 32 * number + 32]
        draw = np.random.default_rng(int(id_[:15], 16))
        text = words[np.minimum(draw.zipf(1.3, 60), _WORDS) - 1]
        made.append(
            {
                "id": id_, "inputs": " ".join(text[:20]), "targets": " ".join(text[20:]), "language": code,
                "script": script, "source": source, "dataset_name": source, "split": "train",
                "origin": ORIGINS[source], "license": "CC-BY-4.0",
                "provenance": canonical({"annotator": f"a{number % 1000}", "key": str(number)}),
            }
        )  # fmt: skip
    return records(made)


if __name__ == "__main__":
    main()
