"""Measure what every kind of work of a build costs here, by building a small sample of short and of long rows."""

import os
import platform
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from aya import __version__
from aya.build import build
from aya.engines.local import Local
from aya.recipe import load_recipe
from aya.record import BuildRecord
from aya.scale.calibration import Calibration, Rate, Took, Work, fitted
from aya.scale.sample import LOCALES, write_sample
from aya.scale.works import works
from aya.stage import Tell, silent
from aya.store import Store

STAGES: tuple[Mapping[str, Any], ...] = (
    {"use": "collection.pruning", "reviews": "reviews.csv"},
    {"use": "collection.caps", "most": 1_000_000},
    {"use": "collection.length"},
    {"use": "collection.echo"},
    {"use": "collection.script"},
    {"use": "collection.markup"},
    {"use": "collection.repetition"},
    {"use": "collection.pii"},
    {"use": "collection.language_id"},
    {"use": "dedup.exact"},
    {"use": "dedup.minhash"},
    {"use": "dedup.contamination", "action": "flag", "against": "evaluation.parquet"},
    {"use": "dedup.descendants"},
)
"""Measured with their usual settings, in this order."""
SIZES = ((24, 200), (1_500, 200), (1_500, 1_800))
"""Rows and characters a row of each build; the first is next to nothing and shows what a task costs."""
REPEATS = 3
_DISK_BYTES = 64 * 10**6


def measure(*, repeats: int = REPEATS, sizes: Sequence[tuple[int, int]] = SIZES, tell: Tell = silent) -> Calibration:
    """Return what this machine takes; a build before those that count loads and compiles what they need."""
    runs: dict[str, list[list[Took]]] = defaultdict(list)
    of = 1 + repeats * len(sizes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(folder / "warm", *sizes[0], seed=0)
        for number in range(repeats):
            found: dict[str, list[Took]] = defaultdict(list)
            for index, (rows, characters) in enumerate(sizes):
                tell("sample builds", 1 + number * len(sizes) + index, of)
                record, total = _run(folder / f"{number}-{index}", rows, characters, seed=number)
                for work, took in works(record, characters=total / rows).items():
                    found[work].append(took)
            for work, each in found.items():
                runs[work].append(each)
        tell("sample builds", of, of)
        disk = _disk(folder)
    return Calibration(
        machine=machine(),
        sample={"rows": sum(rows for rows, _ in sizes), "repeats": repeats, "locales": " ".join(LOCALES)},
        disk=disk,
        works={work: _work(each) for work, each in sorted(runs.items())},
    )


def machine() -> dict[str, str | int | float]:
    """Return what there is to say of this machine."""
    model = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = (line.partition(":") for line in info.read_text(encoding="utf-8").splitlines())
        model = next((value.strip() for key, _, value in lines if key.strip() == "model name"), model)
    return {
        "processor": model,
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
        "aya": __version__,
        "load": round(os.getloadavg()[0], 1),
    }


def _run(folder: Path, rows: int, characters: int, *, seed: int) -> tuple[BuildRecord, int]:
    """Build a sample and return its record and the characters of its rows."""
    total = write_sample(folder / "rows.parquet", rows=rows, characters=characters, seed=seed)
    write_sample(folder / "evaluation.parquet", rows=120, characters=300, seed=seed + 1_000_000)
    (folder / "reviews.csv").write_text("template_id,reviewer,vote,comment\n", encoding="utf-8")
    (folder / "recipe.yaml").write_text(yaml.safe_dump(_recipe()), encoding="utf-8")
    store = Store(folder / "store")
    with Local(workers=0) as engine:
        record = build(load_recipe(folder / "recipe.yaml"), store=store, engine=engine).record
    shutil.rmtree(folder)
    return record, total


def _recipe() -> dict[str, Any]:
    source = {
        "use": "collection.parquet", "name": "sample", "files": "rows.parquet", "license": "BSD-3-Clause",
        "revision": "1", "citation": "the translators of Django",
        "columns": {"inputs": "inputs", "targets": "targets", "language": "language"},
    }  # fmt: skip
    allow = {"dropped": 1, "empty_languages": "all"}
    return {"name": "sample", "sources": [source], "stages": [dict(stage) for stage in STAGES], "allow": allow}


def _work(runs: Sequence[Sequence[Took]]) -> Work:
    """Return a kind of work from its repetitions: each size by its median."""
    sizes = list(zip(*runs, strict=True))
    middle = [(each[0].amount, statistics.median(took.seconds for took in each)) for each in sizes]
    totals = [sum(took.seconds for took in run) for run in runs]
    usual = statistics.median(totals)
    return Work(
        seconds=_rounded(fitted(middle)),
        written=_rounded(fitted([(took.amount, took.written) for took in runs[0]])),
        spread=round((max(totals) - min(totals)) / usual, 3) if usual else 0.0,
    )


def _rounded(rate: Rate) -> Rate:
    return Rate(**{name: float(f"{value:.4g}") for name, value in rate.model_dump().items()})


def _disk(folder: Path) -> dict[str, float]:
    """Return megabytes a second of writing and reading a file, and of packing and unpacking texts."""
    block = os.urandom(1 << 20)
    path = folder / "disk"

    def write() -> None:
        with path.open("wb") as file:
            for _ in range(_DISK_BYTES >> 20):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())

    rates = {"write": _DISK_BYTES / _seconds(write) / 1e6, "read": _DISK_BYTES / _seconds(path.read_bytes) / 1e6}
    write_sample(path, rows=3_000, characters=1_800, seed=1)
    table = pq.read_table(path)
    packed = folder / "packed"
    size = table.nbytes / 1e6
    rates["compress"] = size / _seconds(lambda: pq.write_table(table, packed, compression="zstd"))
    rates["unpack"] = size / _seconds(lambda: pq.read_table(packed, use_threads=False))
    return {name: float(f"{rate:.3g}") for name, rate in rates.items()}


def _seconds(do: Callable[[], object], times: Iterable[int] = range(3)) -> float:
    """Return the median of the wall seconds of a few runs."""
    found = []
    for _ in times:
        started = time.perf_counter()
        do()
        found.append(time.perf_counter() - started)
    return statistics.median(found)
