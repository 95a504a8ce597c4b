"""How a whole build grows: a recipe's stand-ins at several scales through `aya build`, and what a row costs.

    python -m benchmarks.scale_out recipes/aya-203m.yaml --scales 0.0005 0.001 0.005 --out build/stand-in

Each scale is written by `benchmarks.stand_in` and built in a process of its own. CPU is that of the whole process tree;
memory is what the tree holds for itself (`RssAnon`) at its most, the largest process beside it; disk is the store at
the end. With `--most-seconds` a build ends in order and the same command goes on. What stands in `measured.json`
beside a store is not measured again. With `--grow` each scale goes on with the store of the one before it, whose
files are its first ones: what was read and filtered there is not done again, and CPU is what all tasks took, each once.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from aya.store import Store
from benchmarks.parts.measured import quiet_environment
from benchmarks.stand_in import write_stand_in

TICK = 0.5
BUILD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from aya.__main__ import main; main()"
"""`aya`, which can be interrupted also where this runs in the background."""
MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--scales", type=float, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--most-seconds", type=float, default=float("inf"))
    parser.add_argument("--grow", action="store_true", help="go on with the store of the scale before")
    asked = parser.parse_args()
    heads = ("scale", "rows", "kept", "CPU s", "µs/row", "wall s", "MiB", "one", "disk MiB")
    print("".join(f"{head:>11}" for head in heads), flush=True)
    before: Path | None = None
    for scale in asked.scales:
        folder = asked.out / f"{scale:g}"
        report = folder / "measured.json"
        if not report.exists():
            if asked.grow and before and (before / "store").exists():
                grow(before, folder)
            recipe = write_stand_in(asked.recipe, folder, scale=scale)
            if not measure(recipe, folder, workers=asked.workers, most_seconds=asked.most_seconds):
                print(f"{scale:>8g}  ended after {asked.most_seconds:g} s; the same command goes on")
                return
        print(line(scale, json.loads(report.read_text())))
        before = folder


def grow(before: Path, folder: Path) -> None:
    """Take over the store of a smaller scale and its whole files; what was judged together there is judged anew."""
    for path in sorted(before.glob("*/*.parquet")):
        target = folder / path.relative_to(before)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path != max(path.parent.glob("*.parquet")) and not target.exists():  # the last one has fewer rows
            os.link(path, target)
    (before / "store").rename(folder / "store")
    for kind in ("summarise", "partition", "settle", "conclude", "arrange", "gather"):
        shutil.rmtree(folder / "store" / "work" / kind, ignore_errors=True)
    (folder / "grown").touch()


def line(scale: float, found: dict[str, Any]) -> str:
    """Return one size as a line of the table."""
    cost = found["cpu"] / found["rows"] * 1e6
    sizes = [found[name] / MIB for name in ("memory", "largest", "disk")]
    numbers = (found["rows"], found["kept"], found["cpu"], cost, found["wall"], *sizes)
    return f"{scale:>11g}" + "".join(f"{number:>11,.0f}" for number in numbers)


def measure(recipe: Path, folder: Path, *, workers: int, most_seconds: float) -> bool:
    """Build a stand-in and write what it took; return False if it was ended before."""
    path, store = folder / "part.json", folder / "store"
    so_far = json.loads(path.read_text()) if path.exists() else {"cpu": 0.0, "wall": 0.0, "memory": 0, "largest": 0}
    command = [sys.executable, "-c", BUILD, "build", str(recipe), "--store", str(store), "--workers", str(workers)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen([*command, "--quiet"], env=quiet_environment(), stdout=subprocess.DEVNULL)
    while process.poll() is None:
        sizes = memory_of(process.pid)
        so_far["memory"], so_far["largest"] = max(so_far["memory"], sum(sizes)), max(so_far["largest"], *sizes, 0)
        if time.monotonic() - started > most_seconds:
            process.send_signal(signal.SIGINT)
            process.wait()
        time.sleep(TICK)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    so_far["cpu"] += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    so_far["wall"] += time.monotonic() - started
    path.write_text(json.dumps(so_far))
    if time.monotonic() - started > most_seconds and process.returncode:
        return False
    if process.returncode:
        raise SystemExit(f"{recipe}: exit code {process.returncode}")
    found: dict[str, Any] = so_far | _counted(Store(store))
    if (folder / "grown").exists():
        found["cpu"] = sum(seconds for _, seconds, _ in found["passes"].values())
    (folder / "measured.json").write_text(json.dumps(found, indent=1))
    return True


def _counted(store: Store) -> dict[str, Any]:
    record = store.record(store.latest().name)
    files = {path.stat().st_ino: path.stat().st_size for path in store.path.rglob("*") if path.is_file()}
    return {
        "rows": sum(record.counts[0].rows_in.values()),
        "kept": json.loads((store.latest() / "manifest.json").read_text())["num_kept"],
        "disk": sum(files.values()),
        "passes": {step.name: [step.num_tasks, round(step.task_seconds, 2), step.bytes] for step in record.passes},
        "stages": {count.stage: [sum(count.rows_in.values()), round(count.seconds, 2)] for count in record.counts},
    }


def memory_of(pid: int) -> list[int]:
    """Return the bytes that a process and each of its descendants hold for themselves."""
    found: list[int] = []
    with contextlib.suppress(OSError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        found.append(next(int(row.split()[1]) * 1024 for row in status if row.startswith("RssAnon")))
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  # names, many times a second
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += memory_of(int(child))
    return found


if __name__ == "__main__":
    main()
