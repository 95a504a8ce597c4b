"""Evaluation items in training rows, side by side: aya, four ways in Python, and datatrove's filter.

Each run is a process of its own, and the contenders take turns, so that they meet the same machine:

    python -m benchmarks.contamination --rows 5000 --rounds 2

One row in twenty (`--planted`) holds one of up to 20,000 items, in all languages of the pool; their index is not in
the cost of a row. `beside` are rows found that hold no item on purpose, `windows` those of them in which a plain search
for every run of letters finds one too: quotations and set phrases. `noted` are rows of which aya says what they
hold, but that it is not enough for them to go. `aya-runs` is the search alone, without the verdict and the report.
"""

import argparse
import json
import os
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.parts import contamination_scale, environments
from benchmarks.parts.environments import CACHE, OURS, Environment, Peer
from benchmarks.parts.leaky import KINDS, write_leaky
from benchmarks.parts.measured import Cost, measure
from benchmarks.parts.pool import is_unsegmented

MODULE = "benchmarks.parts.contamination_contenders"
PEERS = {
    "pyahocorasick": Peer(("pyahocorasick==2.3.1", "regex", "numpy", "pyarrow")),
    "datatrove": Peer(("datatrove[processing]==0.10.1", "spacy", "orjson", "numpy", "pyarrow")),
}
CONTENDERS = ("aya", "aya-runs", "word-13-grams", "word-13-split", "pyahocorasick", "char-windows", "datatrove")
WARM, WARM_PLANTED = 100, 0.05


def environment(name: str, cache: Path) -> Environment:
    """Return where a contender runs; those in plain Python run where aya does."""
    if name in PEERS:
        return environments.environment(name, PEERS[name], cache)
    return OURS._replace(
        versions={"aya": version("aya")} if name.startswith("aya") else {"python": OURS.versions["python"]}
    )


class Outcome:
    """What one contender did in all rounds."""

    def __init__(self, name: str, where: Environment) -> None:
        self.name, self.where, self.reason = name, where, where.reason
        self.costs: list[Cost] = []
        self.found = np.zeros(0, np.int8)

    def run(self, folder: Path, warm: Path, limit: float) -> None:
        """Run once more."""
        assert self.where.python
        measured = measure(self.where.python, MODULE, self.name, warm=warm, path=folder, limit=limit)
        if isinstance(measured, str):
            self.reason = measured
        else:
            self.costs.append(measured[0])
            self.found = measured[1]


def corpus(cache: Path, *, rows: int, planted: float, seed: int) -> Path:
    """Return the folder of a corpus, from the cache if it is there."""
    data = "data" if os.environ.get("AYA_DATA") else "packages"
    folder = cache / "corpora" / f"leaky-{data}-{rows}-{planted}-{seed}"
    if not (folder / "rows.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_leaky(folder, rows=rows, planted=planted, seed=seed)
    return folder


def shares(found: npt.NDArray[np.int8], folder: Path, plain: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Return the share of planted rows found, by kind and for scripts without spaces, and the counts beside."""
    table = pq.read_table(folder / "rows.parquet", columns=["planted", "script"])
    planted = table["planted"].is_valid().to_numpy()
    unsegmented = np.array([is_unsegmented(script) for script in table["script"].to_pylist()])
    hit = found == 2
    of_kind = {kind: (_mean(hit[pc.equal(table["planted"], kind).to_numpy() == 1])) for kind in KINDS}
    return {
        "found": _mean(hit[planted]),
        "unsegmented": _mean(hit[planted & unsegmented]),
        **of_kind,
        "beside": int((hit & ~planted).sum()),
        "windows": int((hit & ~planted & plain).sum()),
        "noted": int(((found == 1) & ~planted).sum()),
    }


def _mean(hit: npt.NDArray[np.bool_]) -> float:
    return float(hit.mean()) if len(hit) else float("nan")


def line(outcome: Outcome, folder: Path, num: int, ours: float, plain: npt.NDArray[np.bool_]) -> str:
    """Return a contender's line of the table."""
    if not outcome.costs:
        return f"{outcome.name:15}{outcome.reason}"
    costs = [cost.cpu_s / num * 1e6 for cost in outcome.costs]
    found = shares(outcome.found, folder, plain)
    parts = "".join(f"{found[name]:8.4f}" for name in ("found", "unsegmented", *KINDS))
    counts = "".join(f"{found[name]:8.0f}" for name in ("beside", "windows", "noted"))
    index = median(cost.index_s for cost in outcome.costs)
    return (
        f"{outcome.name:15}{next(iter(outcome.where.versions.values())):>8}{median(costs):11.1f}"
        f"{f'{min(costs):.1f}-{max(costs):.1f}':>15}{median(costs) / ours:7.1f}{index:8.1f}"
        f"{max(cost.peak_mib for cost in outcome.costs):6.0f}{parts}{counts}"
    )


HEAD = (
    f"{'':15}{'version':>8}{'CPU µs/row':>11}{'least-most':>15}{'ratio':>7}{'index s':>8}{'MiB':>6}{'found':>8}"
    f"{'unseg.':>8}{'as is':>8}{'dressed':>8}{'broken':>8}{'beside':>8}{'windows':>8}{'noted':>8}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--planted", type=float, default=0.05, help="share of rows that hold an item on purpose")
    parser.add_argument(
        "--scale", type=int, nargs="+", metavar="ROWS", help="only run `aya decontaminate`, over so many"
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=CONTENDERS, nargs="*", default=CONTENDERS)
    parser.add_argument("--limit", type=float, default=3000, help="seconds for one run")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--json", type=Path, help="write everything to this file")
    asked = parser.parse_args()
    if asked.scale:
        contamination_scale.main(asked.cache, asked.scale, asked.planted)
        return
    folder = corpus(asked.cache, rows=asked.rows, planted=asked.planted, seed=asked.seed)
    warm = corpus(asked.cache, rows=WARM, planted=WARM_PLANTED, seed=asked.seed + 1)
    num, items = (pq.read_metadata(folder / name).num_rows for name in ("rows.parquet", "items.parquet"))
    print(f"{folder.name}: {num:,} rows, {items:,} items")
    outcomes = [Outcome(name, environment(name, asked.cache)) for name in asked.only]
    for _ in range(asked.rounds):
        for outcome in outcomes:
            if not outcome.reason:
                outcome.run(folder, warm, asked.limit)
    done = [outcome for outcome in outcomes if outcome.costs]
    ours = median(cost.cpu_s for cost in done[0].costs) / num * 1e6 if done else float("nan")
    plain = next((outcome.found == 2 for outcome in done if outcome.name == "char-windows"), np.zeros(num, np.bool_))
    print(HEAD, *(line(outcome, folder, num, ours, plain) for outcome in outcomes), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps([as_json(outcome, folder, plain) for outcome in outcomes], indent=1))


def as_json(outcome: Outcome, folder: Path, plain: npt.NDArray[np.bool_]) -> dict[str, object]:
    """Return all of a contender for a file."""
    found: dict[str, object] = {"name": outcome.name, "versions": outcome.where.versions, "reason": outcome.reason}
    if outcome.costs:
        found["costs"] = [cost._asdict() for cost in outcome.costs]
        found |= shares(outcome.found, folder, plain)
    return found


if __name__ == "__main__":
    main()
