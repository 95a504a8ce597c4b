"""Mixtures side by side: aya, `datasets.interleave_datasets` and a shuffled numpy array of all draws.

Each run is a process of its own, and the contenders take turns, so that they meet the same machine:

    python benchmarks/mixture.py --draws 1000000 --groups 600 --rounds 3
"""

import argparse
import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

CONTENDERS = ("aya", "numpy", "datasets", "datasets-iterable")
SLICE = 65_536


def amounts(groups: int, draws: int) -> tuple[list[int], list[float]]:
    """Return sizes and weights: sizes as unlike as those of languages are, weights their square roots."""
    sizes = np.random.default_rng(0).lognormal(6, 2, groups)
    sizes = np.maximum(1, sizes / sizes.sum() * draws).astype(np.int64)
    weights = np.sqrt(sizes)
    return sizes.tolist(), (weights / weights.sum()).tolist()


def with_aya(groups: int, draws: int) -> tuple[int, float, float]:
    from collection.mixture import Mixture

    sizes, weights = amounts(groups, draws)
    names = {f"s{i:05}": weight for i, weight in enumerate(weights)}
    rows = {(name, "d", "yor"): size for name, size in zip(names, sizes, strict=True)}
    plan = Mixture(weights=names, total=draws, seed=1).plan(rows)
    counts = np.zeros(groups, np.int64)
    for piece in plan.batches(SLICE):
        counts += np.bincount(piece.group, minlength=groups)
    start = time.process_time()
    again = type(plan).model_validate_json(plan.model_dump_json())
    again.draws(draws * 9 // 10, min(draws, draws * 9 // 10 + 850))
    return int(counts.sum()), _worst(counts, weights), time.process_time() - start


def with_numpy(groups: int, draws: int) -> tuple[int, float, float]:
    """Write out every draw (an order of the rows for each epoch) and shuffle all of it."""

    def build() -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(1)
        sizes, weights = amounts(groups, draws)
        quotas = np.floor(np.asarray(weights) * draws).astype(np.int64)
        quotas[: draws - quotas.sum()] += 1
        rows = [
            np.concatenate([random.permutation(size) for _ in range(-(-quota // size))] or [np.empty(0, np.int64)])
            for size, quota in zip(sizes, quotas.tolist(), strict=True)
        ]
        row = np.concatenate([part[:quota] for part, quota in zip(rows, quotas.tolist(), strict=True)])
        order = random.permutation(draws)
        return np.repeat(np.arange(groups), quotas)[order], row[order]

    group, _ = build()
    start = time.process_time()
    build()[0][draws * 9 // 10 :][:850]  # nothing but the whole can be kept or made again
    resumed = time.process_time() - start
    return len(group), _worst(np.bincount(group, minlength=groups), amounts(groups, draws)[1]), resumed


def with_datasets(groups: int, draws: int) -> tuple[int, float, float]:
    from datasets import Dataset, interleave_datasets

    sizes, weights = amounts(groups, draws)
    parts = [Dataset.from_dict({"group": [i] * size}) for i, size in enumerate(sizes)]

    def build() -> np.ndarray:
        # Without shuffling inside the parts, which is another index array for each of them.
        mixed = interleave_datasets(parts, probabilities=weights, seed=1, stopping_strategy="all_exhausted")
        return np.asarray(mixed.with_format("numpy")[:draws]["group"])

    group = build()
    start = time.process_time()
    build()
    return len(group), _worst(np.bincount(group, minlength=groups), weights), time.process_time() - start


def with_datasets_iterable(groups: int, draws: int) -> tuple[int, float, float]:
    from datasets import Dataset, interleave_datasets

    sizes, weights = amounts(groups, draws)
    parts = [Dataset.from_dict({"group": [i] * size}).to_iterable_dataset() for i, size in enumerate(sizes)]
    mixed = interleave_datasets(parts, probabilities=weights, seed=1, stopping_strategy="all_exhausted")
    counts = np.zeros(groups, np.int64)
    for row in mixed.take(draws):
        counts[row["group"]] += 1
    start = time.process_time()
    next(iter(mixed.skip(int(counts.sum()) * 9 // 10)))
    return int(counts.sum()), _worst(counts, weights), time.process_time() - start


def _worst(counts: np.ndarray, weights: list[float]) -> float:
    """Return how far the worst group is from its weight, in draws."""
    return float(np.abs(counts - np.asarray(weights) * counts.sum()).max())


RUNS: dict[str, Callable[[int, int], tuple[int, float, float]]] = {
    "aya": with_aya,
    "numpy": with_numpy,
    "datasets": with_datasets,
    "datasets-iterable": with_datasets_iterable,
}


def run(name: str, groups: int, draws: int) -> dict[str, float]:
    importlib.import_module({"aya": "collection.mixture", "numpy": "numpy"}.get(name, "datasets"))
    start = time.process_time()
    drawn, worst, resumed = RUNS[name](groups, draws)
    spent = time.process_time() - start - resumed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"draws": drawn, "cpu_s": spent, "peak_mib": peak, "worst": worst, "resume_s": resumed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=CONTENDERS, nargs="*", default=CONTENDERS)
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run(asked.one, asked.groups, asked.draws)))
        return
    print(f"{'':18}{'draws':>12}{'CPU s':>9}{'M/s':>8}{'peak MiB':>10}{'worst group off by':>20}{'resume s':>10}")
    for _ in range(asked.rounds):
        for name in asked.only:
            command = [sys.executable, __file__, "--one", name]
            sizes = ["--draws", str(asked.draws), "--groups", str(asked.groups)]
            out = subprocess.run([*command, *sizes], check=True, capture_output=True, text=True).stdout
            row = json.loads(out.splitlines()[-1])
            print(
                f"{name:18}{row['draws']:>12,}{row['cpu_s']:>9.2f}{row['draws'] / row['cpu_s'] / 1e6:>8.2f}"
                f"{row['peak_mib']:>10.0f}{row['worst']:>20.1f}{row['resume_s']:>10.4f}"
            )


if __name__ == "__main__":
    main()
