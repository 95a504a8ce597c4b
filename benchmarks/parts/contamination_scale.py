"""`aya decontaminate` over millions of rows: CPU time, private memory and scratch space of one process.

Rows are those of `benchmarks.parts.recombined`, of three sentences on average. The items are so many of their
sentences that about a share `planted` of the rows hold one, and sentences written backwards, which none does, to make
up 20,000.
"""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.parts.leaky import ITEMS
from benchmarks.parts.measured import ROOT, quiet_environment
from benchmarks.parts.pool import pool
from benchmarks.parts.recombined import write_recombined
from benchmarks.scale import Step, Watch
from dedup.decontaminate import decontaminate, decontaminate_files

SENTENCES = 3
"""In a row, on average."""
TARGET = 203_000_000


def run(cache: Path, rows: int, planted: float) -> Step:
    """Take such rows out of so many, in this process."""
    folder = cache / "scale" / "decontaminated"
    shutil.rmtree(folder, ignore_errors=True)
    files = write_recombined(cache / "scale" / f"texts-{pool()[0]}", rows=rows)
    items = _items(cache / "scale" / f"items-{planted:g}.parquet", planted)
    decontaminate(pa.table({"text": ["A text."]}), str(items))  # loads the compiled code
    folder.mkdir(parents=True)
    watch = Watch(folder / ".verdicts")
    report = decontaminate_files(files, str(items), out=folder, columns=["text"])
    watch.step("decontaminated", rows)
    watch.steps[0]["gone"] = sum(row["rows"] for row in report["sets"])
    shutil.rmtree(folder)
    return watch.steps[0]


def _items(path: Path, planted: float) -> Path:
    draw = random.Random(0)
    sentences = sorted({sentence for group in pool()[1] for sentence in group.sentences})
    chosen = draw.sample(sentences, min(ITEMS, len(sentences)))
    num = round(planted / SENTENCES * len(sentences))
    texts = chosen[:num] + [text[::-1] for text in chosen[num:]]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": list(map(str, range(len(texts)))), "text": texts}), path)
    return path


def main(cache: Path, sizes: list[int], planted: float) -> None:
    """Run each size in a process of its own, and say what `TARGET` rows would cost at the same rate."""
    print(f"{'rows':>12}{'CPU s':>9}{'wall s':>9}{'µs/row':>8}{'private MiB':>13}{'scratch MiB':>13}{'gone':>10}")
    for rows in sizes:
        command = [sys.executable, "-m", "benchmarks.parts.contamination_scale", str(cache.absolute())]
        done = subprocess.run(
            [*command, str(rows), str(planted)], cwd=ROOT, env=quiet_environment(), stdout=subprocess.PIPE, check=True
        )
        step: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        each, scratch = step["cpu_s"] / rows, step["scratch_mib"] / rows * TARGET / 1024
        print(
            f"{rows:>12,}{step['cpu_s']:9.1f}{step['wall_s']:9.1f}{each * 1e6:8.2f}{step['private_mib']:13,.0f}"
            f"{step['scratch_mib']:13,.1f}{step['gone']:10,}"
        )
        print(
            f"{TARGET:>12,} such rows: {each * TARGET:,.0f} CPU s, {scratch:.1f} GiB of scratch, "
            "if both grow with the rows and memory does not"
        )


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
