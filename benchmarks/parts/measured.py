"""Run a contender in a process of its own and take down what it costs.

The parent calls `measure`; the process that it starts is this module, in the contender's own environment:
`python -m benchmarks.parts.measured MODULE NAME WARM INPUT OUT`. It runs the contender on a small input first, so that
imports, compiled code and models are there, and then on the input. CPU time is user and system time, helpers included.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aya.__main__ import MEMORY
from benchmarks.parts.meter import cpu, laps, peak_mib

ROOT = Path(__file__).resolve().parents[2]
# Set on some machines for old versions of numpy; they slow a current one.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class Cost(NamedTuple):
    """What one run cost."""

    cpu_s: float
    start_s: float
    """CPU time before: imports and the small input."""
    wall_s: float
    peak_mib: float
    """Of the largest process of the tree."""
    index_s: float = 0.0
    """CPU time for an index, not counted in `cpu_s`."""


def quiet_environment() -> dict[str, str]:
    """Return this process's environment without what would slow numpy."""
    return {key: value for key, value in os.environ.items() if key not in UNSET}


def measure(python: Path, module: str, name: str, *, warm: Path, path: Path, limit: float) -> tuple[Cost, Any] | str:
    """Return what `module.CONTENDERS[name]` cost and its result, an array; or why there is none."""
    environment = quiet_environment() | (MEMORY if name.startswith("aya") else {})  # as the command has it
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        out = Path(folder) / "result"
        command: list[str | Path] = [
            python,
            "-m",
            "benchmarks.parts.measured",
            module,
            name,
            warm.absolute(),
            path.absolute(),
            out,
        ]
        environment["HF_HOME"] = folder
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=limit, check=False
            )
        except subprocess.TimeoutExpired:
            return f"not done after {limit:.0f} s"
        if done.returncode:
            return str((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
        return Cost(**json.loads(out.with_suffix(".json").read_text())), np.load(out.with_suffix(".npy"))


def main() -> None:
    """Run one contender, as said at the top."""
    module, name, warm, path, out = sys.argv[1:]
    run = importlib.import_module(module).CONTENDERS[name]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        for work in ("warm", "run"):
            (Path(folder) / work).mkdir()
        run(Path(warm), Path(folder) / "warm")
        laps.clear()
        start, wall = cpu(), time.monotonic()
        result = run(Path(path), Path(folder) / "run")
        indexed = laps.get("index", start)
        cost = Cost(cpu() - indexed, start, time.monotonic() - wall, peak_mib(), indexed - start)
    np.save(Path(out).with_suffix(".npy"), result)
    Path(out).with_suffix(".json").write_text(json.dumps(cost._asdict()))


if __name__ == "__main__":
    main()
