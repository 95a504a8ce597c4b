"""How far `aya dedup` carries: real texts by the million, and the keys of hundreds of millions through grouping.

    python -m benchmarks.scale                                      # 100,000 texts, a million keys
    python -m benchmarks.scale --rows 1000000 10000000 --keys 0     # 5 GB of texts, 3 GB of scratch
    python -m benchmarks.scale --rows 0 --keys 203000000            # keys alone: 25 GB of scratch
    python -m benchmarks.scale --rows 0 --keys 0 --added 1000000    # texts kept, then another hundredth

Each size runs in a process of its own, after a small one that loads the compiled code. `private MiB` is the most that
the process holds for itself (`RssAnon`); pages of the flat files that the system keeps at hand are not in it, it takes
them back when others want them. A run ends at 8 GiB of private memory or 25 GiB of scratch space. The last lines put
together what as many texts as there are keys would cost.
"""

import argparse
import contextlib
import faulthandler
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.parts.environments import CACHE
from benchmarks.parts.keys import texts_of, write_keys
from benchmarks.parts.measured import ROOT, quiet_environment
from benchmarks.parts.meter import cpu
from benchmarks.parts.recombined import write_recombined
from dedup.banding import sketch_limits
from dedup.frames import near_duplicates
from dedup.grouping import group
from dedup.near import Near, find_in_files
from dedup.scores import score
from dedup.settled import settled, write_settled

NEAR = Near(columns=("text",))
CURVE = 10
"""Points of a curve for the signing of texts."""
MOST_PRIVATE, MOST_SCRATCH = 8 * 1024, 25 * 1024
"""MiB at which a run is ended."""

Step = dict[str, float | str]


class Watch:
    """Takes down CPU time and the most private memory and scratch space of each step; ends the process at a limit."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.steps = folder, list[Step]()
        self._cpu, self._wall, self._private, self._scratch = cpu(), time.monotonic(), 0.0, 0.0
        threading.Thread(target=self._look, daemon=True).start()

    def step(self, name: str, rows: int) -> None:
        """Note that a step has ended that went up to so many rows."""
        now, wall = cpu(), time.monotonic()
        step: Step = {"step": name, "rows": rows, "cpu_s": now - self._cpu, "wall_s": wall - self._wall}
        scratch = max(self._scratch, scratch_mib(self.folder))
        self.steps.append(step | {"private_mib": self._private, "scratch_mib": scratch})
        self._cpu, self._wall, self._private, self._scratch = now, wall, 0.0, 0.0

    def _look(self) -> None:
        for number in itertools.count():
            self._private = max(self._private, private_mib())
            if number % 10 == 0:
                self._scratch = max(self._scratch, scratch_mib(self.folder))
            if self._private > MOST_PRIVATE or self._scratch > MOST_SCRATCH:
                after = (
                    f" after '{self.steps[-1]['step']}' of {self.steps[-1]['cpu_s']:.0f} CPU s" if self.steps else ""
                )
                print(
                    f"ended at {self._private:,.0f} MiB private, {self._scratch:,.0f} scratch{after}", file=sys.stderr
                )
                faulthandler.dump_traceback()
                os._exit(1)
            time.sleep(0.05)


def private_mib() -> float:
    """Return the memory that this process holds for itself."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def scratch_mib(folder: Path) -> float:
    """Return the size of the files in a folder, some of which may be gone at any moment."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total / 2**20


def warm_up() -> None:
    """Load the compiled code."""
    texts = [f"A text that is long enough, one of {number // 2}." for number in range(40)]
    near_duplicates(pa.table({"text": texts}), columns=["text"])
    with tempfile.TemporaryDirectory() as name:
        for start, stop in ((0, 39), (39, 40)):
            path = Path(name) / f"{start}.parquet"
            pq.write_table(pa.table({"text": texts[start:stop]}), path)
            find_in_files([path], Path(name) / "kept", NEAR)


def run_texts(cache: Path, rows: int) -> list[Step]:
    """Dedup files with so many rows of text."""
    folder = cache / "scale" / "kept"
    shutil.rmtree(folder, ignore_errors=True)
    files = write_recombined(cache / "scale" / "texts", rows=rows)
    watch, signed, noted = Watch(folder), 0, 0

    def tell(what: str, done: int, _: int) -> None:
        nonlocal signed, noted
        signed = done if what == "rows signed" else signed
        if what != "rows signed" or signed - noted >= rows // CURVE or signed == rows:
            watch.step(what, signed)
            noted = signed

    verdict = find_in_files(files, folder, NEAR, tell=tell)
    watch.step("verdict", rows)
    watch.steps[-1]["gone"] = len(verdict.row)
    shutil.rmtree(folder)
    return watch.steps


def run_keys(cache: Path, rows: int) -> list[Step]:
    """Group so many rows by their keys, then compare what is alike with short texts in place of the true ones."""
    folder = cache / "scale" / f"keys-{rows}"
    catalogue = write_keys(folder, rows=rows, bands=NEAR.banding[0])
    watch = Watch(folder)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        grouped = group(catalogue.kept(), sketch_limits(NEAR.threshold), scratch=Path(scratch))
        watch.step("grouped", rows)
        watch.steps[-1] |= {"pairs": len(grouped.pairs), "copies": rows - len(grouped.rows_M)}
        groups, found = score(grouped, NEAR.threshold, texts_of, NEAR.grams, scratch=Path(scratch))
        watch.step("compared, short texts", rows)
    write_settled(folder, settled(grouped.copy_of_N, groups, found))
    watch.step("written", rows)
    watch.steps[-1]["gone"] = len(found.rows)
    (folder / "settled.npz").unlink()
    return watch.steps


def run_added(cache: Path, rows: int) -> list[Step]:
    """Dedup files with so many rows of text, texts kept, then add another hundredth."""
    folder = cache / "scale" / "added"
    shutil.rmtree(folder, ignore_errors=True)
    files = write_recombined(cache / "scale" / "texts", rows=rows + rows // 100)
    old, new = files[:-1], files[-1:]
    watch = Watch(folder)
    find_in_files(old, folder, NEAR, keep_texts=True)
    watch.step("first", rows)
    for what in ("new", "again"):

        def tell(step: str, done: int, _: int, what: str = what) -> None:
            watch.step(f"{what}: {step}", done)

        find_in_files(new, folder, NEAR, keep_texts=True, tell=tell)
        watch.step(f"{what}: verdict", rows + rows // 100)
    shutil.rmtree(folder)
    return watch.steps


RUNS = {"texts": run_texts, "keys": run_keys, "added": run_added}


def run(kind: str, rows: int, cache: Path) -> list[Step]:
    """Run one size in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--one", kind, str(rows), "--cache", str(cache.absolute())]
    done = subprocess.run(command, cwd=ROOT, env=quiet_environment(), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{kind} {rows}: exit code {done.returncode}")
    steps: list[Step] = json.loads(done.stdout.splitlines()[-1])
    for step in steps:
        rest = "".join(f"  {name} {step[name]:,}" for name in ("pairs", "copies", "gone") if name in step)
        print(
            f"{kind:6}{step['step']:>22}{step['rows']:>13,}{float(step['cpu_s']):10.1f}{float(step['wall_s']):9.1f}"
            f"{step['private_mib']:13,.0f}{step['scratch_mib']:13,.0f}{rest}"
        )
    print(f"{kind:6}{'all':>22}{rows:>13,}{_cpu(steps):10.1f}  {_cpu(steps) / rows * 1e6:.2f} µs a row")
    return steps


def together(texts: dict[int, list[Step]], keys: dict[int, list[Step]]) -> None:
    """Print what the sizes say of one another, and of as many texts as there are keys."""
    if len(texts) > 1:
        few, many = min(texts), max(texts)
        ratio = _cpu(texts[many]) / many / (_cpu(texts[few]) / few)
        print(f"a row of {many:,} costs {ratio:.2f} times one of {few:,}")
    if texts and keys:
        size, num = max(texts), max(keys)
        signed, compared = (_cpu(texts[size], name) / size * num for name in ("signed", "compared"))
        grouped = _cpu(keys[num], "grouped")
        print(
            f"{num:,} such texts: sign {signed:,.0f} + group {grouped:,.0f} (measured) + compare {compared:,.0f} "
            f"= {signed + grouped + compared:,.0f} CPU s"
        )


def _cpu(steps: list[Step], name: str = "") -> float:
    return sum(float(step["cpu_s"]) for step in steps if str(step["step"]).startswith(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000], help="sizes of texts; 0: none")
    parser.add_argument("--keys", type=int, nargs="*", default=[1_000_000], help="sizes of keys; 0: none")
    parser.add_argument(
        "--added",
        type=int,
        nargs="*",
        default=[0],
        help="sizes in whole millions of texts to which a hundredth is added",
    )
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--json", type=Path, help="write everything to this file")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "ROWS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        warm_up()
        print(json.dumps(RUNS[asked.one[0]](asked.cache, int(asked.one[1]))))
        return
    print(f"{'':6}{'step':>22}{'rows':>13}{'CPU s':>10}{'wall s':>9}{'private MiB':>13}{'scratch MiB':>13}")
    texts, keys = ({num: run(kind, num, asked.cache) for num in sizes if num} for kind, sizes in _sizes(asked))
    together(texts, keys)
    for num in asked.added:
        if num:
            run("added", num, asked.cache)
    if asked.json:
        asked.json.write_text(json.dumps({"texts": texts, "keys": keys}, indent=1))


def _sizes(asked: argparse.Namespace) -> list[tuple[str, list[int]]]:
    return [("texts", asked.rows), ("keys", asked.keys)]


if __name__ == "__main__":
    main()
