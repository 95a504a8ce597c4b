"""What a release costs: time, peak memory, how much of the next one is new, and what goes over the line.

    python -m benchmarks.release                                  # 100,000 rows in 60 languages
    python -m benchmarks.release --rows 1000000 3000000 --hub xet lfs

A stand-in version with rows of random words (they compress as text does), its release, the same with 5 % of the rows
added, and two removals: of a person who wrote in one language, and of one who wrote in all languages and sources. Each
step is a process of its own. *New* are the bytes of files that the release before has not.

With `--hub`, every release is then pushed to the Hub of the tests by the real clients: *sent* are all bodies of all
requests, of which *contents* are what went to large storage; new is their share of the release.
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
from aya.table import canonical, records, sha256
from benchmarks.parts.measured import ROOT, quiet_environment
from benchmarks.parts.meter import cpu, peak_mib
from hub_release.checks import check
from hub_release.draft import Request
from hub_release.prepare import prepare
from hub_release.push import push
from hub_release.release import Release
from hub_release.removal import remove
from tests.hub.server import Hub

SOURCES = ("human", "templates", "translated")
ORIGINS = {"human": "human", "templates": "template", "translated": "translation"}
FILE_ROWS = 200_000
REPO = "ada/stand-in"
STEPS = {"first": "1.0.0", "more": "1.1.0", "checks": "1.1.0", "one language": "1.1.1", "everywhere": "1.1.2"}
"""What is done, and the release that it makes or reads."""
_WORDS = 20_000
_BLOCK_ROWS = 1_000
_PEOPLE = 50


def main() -> None:
    """Measure each size and print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--languages", type=int, default=60)
    parser.add_argument("--hub", choices=["xet", "lfs"], nargs="+", default=[])
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        measure(options.step[0], Path(options.step[1]))
        return
    titles = ("wall s", "CPU s", "peak MiB", "MB", "MB new", "new")
    print(f"{'rows':>10} {'step':<18} " + " ".join(f"{title:>9}" for title in titles))
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="aya-release-") as name:
            folder = Path(name)
            for version, num in (("first", rows), ("more", rows + rows // 20)):
                write_version(folder / "versions" / version, num, options.languages)
            for step in STEPS:
                print(f"{rows:>10,} {step:<18} {run(step, folder, quiet_environment())}", flush=True)
            for kind in options.hub:
                pushes(rows, folder, kind)


def pushes(rows: int, folder: Path, kind: str) -> None:
    """Push every release to a Hub that is empty at first; print what each push costs and sends."""
    with Hub(folder / kind, xet=kind == "xet") as hub:
        for step, version in STEPS.items():
            if step == "checks":
                continue
            hub.weather.clear()
            said = run(f"push {version}", folder, hub.environment(folder / f"home-{kind}"))
            sent, contents = sum(one.bytes_in for one in hub.weather.requests()), hub.weather.data_in()
            size = sum(file.stat().st_size for file in (folder / "releases" / version).rglob("*") if file.is_file())
            shares = f"{sent / 1e6:>9.2f} {sent / size:>9.1%}   contents {contents / 1e6:.2f} MB, {contents / size:.1%}"
            print(f"{rows:>10,} {f'{kind} {step}':<18} {said} {size / 1e6:>9.1f} {shares}", flush=True)


def run(step: str, folder: Path, environment: dict[str, str]) -> str:
    """Return the figures of a step, done in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.release", "--step", step, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip("\n")


def measure(step: str, folder: Path) -> None:
    """Do one step in this process and print its figures."""
    home = folder / "releases"
    started = time.monotonic()
    sizes = ""
    if step.startswith("push"):
        push(home / step.removeprefix("push "), REPO, check="sums")
    elif step == "checks":
        check(home / STEPS[step])
    else:
        sizes = _sizes(release_of(step, folder, home))
    print(f"{time.monotonic() - started:>9.1f} {cpu():>9.1f} {peak_mib():>9.0f} {sizes}".rstrip())


def release_of(step: str, folder: Path, home: Path) -> Release:
    """Return the release that a step makes."""
    if step in ("one language", "everywhere"):
        before, who = ("1.1.0", "amh-1") if step == "one language" else ("1.1.1", "everywhere")
        return Release(remove(home / before, [("annotator", who)], reason="request", date="2026-11-23").folder)
    facts = Facts(title="Stand-in", waive={"contamination": "random words", "duplicates": "random words"})
    previous = home / STEPS["first"] if step == "more" else None
    return prepare(folder / "versions" / step, home, Request(None, "2026-11-23", facts), previous=previous)


def _sizes(release: Release) -> str:
    files = _listed(release)
    earlier = release.manifest["previous"]
    before = {} if earlier is None else _listed(Release(release.path.parent / earlier))
    size = sum(files.values())
    new = sum(num for sha, num in files.items() if sha not in before)
    return f"{size / 1e6:>9.1f} {new / 1e6:>9.2f} {new / size:>9.1%}"


def _listed(release: Release) -> dict[str, int]:
    return {file["sha256"]: file["bytes"] for file in [*release.manifest["files"], *release.manifest["documents"]]}


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
    table = _rows(rows, code, script, source, seed).sort_by("id")
    num_files = 1 + rows // FILE_ROWS
    written = []
    for number in range(num_files):
        path = f"data/{code}_{script}/{source}-{number:05d}-of-{num_files:05d}.parquet"
        start = number * rows // num_files
        chosen = table.slice(start, (number + 1) * rows // num_files - start)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(chosen, target, compression="zstd", row_group_size=20_000)
        size, sha = target.stat().st_size, sha256(target)
        written.append({"path": path, "rows": len(chosen), "sha256": sha, "bytes": size})
    return written


def _rows(num: int, code: str, script: str, source: str, seed: int) -> pa.Table:
    """Return rows of about 400 characters, their words drawn as often as real ones are."""
    words = np.array([f"{code}{word:x}" for word in range(_WORDS)])
    made = []
    for first in range(0, num, _BLOCK_ROWS):
        draw = np.random.default_rng([seed, SOURCES.index(source), first])
        ids = draw.bytes(16 * _BLOCK_ROWS).hex()
        drawn = words[np.minimum(draw.zipf(1.3, (_BLOCK_ROWS, 60)), _WORDS) - 1].tolist()
        made += [
            {
                "id": ids[32 * place : 32 * place + 32], "inputs": " ".join(text[:20]), "targets": " ".join(text[20:]),
                "language": code, "script": script, "source": source, "dataset_name": source, "split": "train",
                "origin": ORIGINS[source], "license": "CC-BY-4.0",
                "provenance": canonical({"annotator": _who(first + place, code), "key": str(first + place)}),
            }
            for place, text in enumerate(drawn[: num - first])
        ]  # fmt: skip
    return records(made)


def _who(number: int, code: str) -> str:
    """Return who wrote a row: a thousandth is by one who writes in every language, all others keep to theirs."""
    return f"{code}-{number % _PEOPLE}" if number % 1_000 else "everywhere"


if __name__ == "__main__":
    main()
