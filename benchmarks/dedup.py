"""Near duplicates side by side: aya and seven other ways, on the same corpus, against all true pairs.

Each run is a process of its own, and the contenders take turns, so that they meet the same machine:

    python -m benchmarks.dedup --rows 20000 --rounds 2

The corpus and the truth are made once and kept in the cache folder, where each peer gets an environment of its own too.
Slow peers run in the first round alone when there are many rows.
"""

import argparse
import json
import os
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from benchmarks.parts import environments, truth
from benchmarks.parts.corpus import write_corpus
from benchmarks.parts.environments import CACHE, OURS, Environment, Peer
from benchmarks.parts.measured import Cost, measure
from benchmarks.parts.pool import is_unsegmented
from benchmarks.parts.quality import NEARLY, Quality, by_script, first_of_each, quality

MODULE = "benchmarks.parts.dedup_contenders"
WITH = ("numpy", "pyarrow")
PEERS = {
    "daft": Peer(("daft==0.7.26", "scipy", *WITH)),
    "rensa": Peer(("rensa==0.5.0", *WITH)),
    "gaoya": Peer(("gaoya==0.2.2", *WITH)),
    "datasketch": Peer(("datasketch==2.0.0", *WITH)),
    "text-dedup": Peer(("text-dedup==0.4.1", *WITH), python=(3, 12)),
    "datatrove": Peer(("datatrove[processing]==0.10.1", "spacy", "orjson", *WITH)),
}
CONTENDERS = (
    "aya",
    "aya-frame",
    "aya-stage",
    "daft",
    "daft-fast",
    "rensa",
    "gaoya",
    "datasketch",
    "text-dedup",
    "datatrove",
)
SLOW = ("datasketch", "text-dedup", "datatrove")
MANY = 50_000
WARM = 500


class Corpus(NamedTuple):
    """Rows, and what is true of them."""

    folder: Path
    num: int
    pairs: truth.Pairs
    unsegmented: npt.NDArray[np.bool_]
    scripts: npt.NDArray[np.str_]


def corpus(cache: Path, *, rows: int, seed: int, form: truth.Form) -> Corpus:
    """Return a corpus and its true pairs, from the cache if they are there."""
    data = "data" if os.environ.get("AYA_DATA") else "packages"
    folder = cache / "corpora" / f"{data}-{rows}-{seed}"
    if not (folder / "rows.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_corpus(folder / "part.tmp", rows=rows, seed=seed).rename(folder / "rows.parquet")
    table = pq.read_table(folder / "rows.parquet", columns=["text", "script"])
    known = folder / f"pairs-{form}.npz"
    if not known.exists():
        np.savez(known, *truth.pairs(table["text"].to_pylist(), least=NEARLY, form=form))
    scripts = table["script"].to_pylist()
    with np.load(known) as stored:
        pairs = truth.Pairs(*(stored[name] for name in stored.files))
    unsegmented = np.array([is_unsegmented(script) for script in scripts])
    return Corpus(folder, len(scripts), pairs, unsegmented, np.array(scripts))


def environment(name: str, cache: Path) -> Environment:
    """Return where a contender runs."""
    if name.startswith("aya"):
        return OURS._replace(versions={"aya": version("aya")} | OURS.versions)
    peer = name.removesuffix("-fast")
    return environments.environment(peer, PEERS[peer], cache)


class Outcome:
    """What one contender did in all rounds."""

    def __init__(self, name: str, where: Environment) -> None:
        self.name, self.where, self.reason = name, where, where.reason
        self.costs: list[Cost] = []
        self.quality: Quality | None = None
        self.by_script: dict[str, tuple[int, float, float]] = {}

    def run(self, rows: Corpus, warm: Corpus, limit: float) -> None:
        """Run once more."""
        assert self.where.python
        found = measure(self.where.python, MODULE, self.name, warm=warm.folder, path=rows.folder, limit=limit)
        if isinstance(found, str):
            self.reason = found
            return
        cost, labels = found
        self.costs.append(cost)
        if self.quality is None:
            labels = labels if self.name.startswith("aya") else first_of_each(labels)
            groups, kept = labels if labels.ndim == 2 else (labels, labels)
            self.quality = quality(groups, kept, rows.pairs, rows.unsegmented)
            self.by_script = by_script(groups, rows.pairs, rows.scripts)

    def cpu_us(self, rows: Corpus) -> float:
        """Return the median of CPU microseconds a row."""
        return median(cost.cpu_s for cost in self.costs) / rows.num * 1e6

    def as_json(self, rows: Corpus) -> dict[str, object]:
        """Return all of it for a file."""
        found: dict[str, object] = {"name": self.name, "versions": self.where.versions, "reason": self.reason}
        if self.costs and self.quality:
            found |= {"cpu_us_a_row": self.cpu_us(rows), "costs": [cost._asdict() for cost in self.costs]}
            found |= {"quality": self.quality._asdict(), "by_script": self.by_script}
        return found


HEAD = (
    f"{'':11}{'version':>9}{'CPU µs/row':>11}{'least-most':>15}{'ratio':>7}{'MiB':>6}"
    f"{'pair R':>8}{'row R':>7}{'unseg.':>7}{'settled':>8}{'unseg.':>7}"
    f"{'row P':>7}{'unseg.':>7}{'P@.7':>7}{'kept .8':>8}{'gone':>8}{'largest':>8}"
)


def line(outcome: Outcome, rows: Corpus, ours: float) -> str:
    """Return a contender's line of the table."""
    if not outcome.costs or outcome.quality is None:
        return f"{outcome.name:11}{outcome.reason}"
    found, median_us = outcome.quality, outcome.cpu_us(rows)
    all_us = [cost.cpu_s / rows.num * 1e6 for cost in outcome.costs]
    cost = f"{median_us:11.1f}{f'{min(all_us):.1f}-{max(all_us):.1f}':>15}{median_us / ours:7.1f}"
    recall = f"{found.pair_recall:8.4f}{found.row_recall:7.4f}{found.row_recall_unsegmented:7.4f}"
    settled = f"{found.settled:8.4f}{found.settled_unsegmented:7.4f}"
    precision = f"{found.row_precision:7.4f}{found.row_precision_unsegmented:7.4f}{found.row_precision_nearly:7.4f}"
    rest = f"{found.removed_alike:8.4f}{found.removed:8}{found.largest:8}"
    name = f"{outcome.name:11}{next(iter(outcome.where.versions.values())):>9}"
    return f"{name}{cost}{max(cost.peak_mib for cost in outcome.costs):6.0f}{recall}{settled}{precision}{rest}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--form", choices=("NFKC", "NFKD"), default="NFKC", help="of the texts that the truth compares")
    parser.add_argument("--only", choices=CONTENDERS, nargs="*", default=CONTENDERS)
    parser.add_argument("--limit", type=float, default=3000, help="seconds for one run")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--json", type=Path, help="write everything to this file")
    asked = parser.parse_args()
    rows = corpus(asked.cache, rows=asked.rows, seed=asked.seed, form=asked.form)
    warm = corpus(asked.cache, rows=WARM, seed=asked.seed + 1, form=asked.form)
    alike = int((rows.pairs.jaccard >= 0.8).sum())
    print(
        f"{rows.folder.name}: {rows.num:,} rows, {len(rows.pairs.a):,} pairs of .7 and more, "
        f"{alike:,} of .8 ({asked.form})"
    )
    outcomes = [Outcome(name, environment(name, asked.cache)) for name in asked.only]
    for number in range(asked.rounds):
        for outcome in outcomes:
            if not outcome.reason and not (number and rows.num > MANY and outcome.name in SLOW):
                outcome.run(rows, warm, asked.limit)
    ours = next((outcome.cpu_us(rows) for outcome in outcomes if outcome.costs), float("nan"))
    print(HEAD, *(line(outcome, rows, ours) for outcome in outcomes), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps([outcome.as_json(rows) for outcome in outcomes], indent=1))


if __name__ == "__main__":
    main()
