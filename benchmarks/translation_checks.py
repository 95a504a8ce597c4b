"""Do the checks of translations tell corrupted from good ones? NTREX-128 and Winogrande in African languages.

    python -m benchmarks.translation_checks DATA --json checks.jsonl
    python -m benchmarks.translation_checks DATA --only yor tha --winogrande

DATA (or AYA_DATA) is a folder with `parallel/ntrex128.parquet`, sentences by professionals in 127 languages, and
`tasks/winogrande_african.parquet`, items translated by people and by a machine. Each language is a run of its own: in
3 of 100 rows each a corruption is made, all checks run over all rows, and the area under the ROC curve (AUC) is that of
a corruption against the rows without any. The checks see nothing but that run.
"""

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.stats import rankdata

from aya import languages
from aya.stage import load, names, run_global
from aya.table import put, records
from benchmarks.parts.corruptions import KINDS, corrupted
from collection.confusable import relatives

STAGES = (
    "collection.language_id", "translation.spans", "translation.copied", "translation.loops", "translation.numbers",
    "translation.names", "translation.length_ratio", "translation.spelling", "translation.match",
    "translation.outliers",
)  # fmt: skip

CHECKS = (
    ("wrong language", "spelling_z", -1),
    ("wrong language", "language_id", -1),
    ("truncation", "length_z", -1),
    ("repetition", "loops", 1),
    ("copy", "copied", 1),
    ("swapped rows", "match_z", -1),
    ("swapped rows", "names_kept", -1),
    ("dropped number", "numbers_kept", -1),
)
"""A corruption, the score that is there for it, and whether high ones are bad (1) or low ones."""

LEAST = 0.95
SAME = {"eng-GB", "eng-IN", "eng-US"}
OTHERS = ("hau", "swa", "spa", "rus", "arb", "hin", "vie", "tur", "fra", "amh", "zho-CN", "tha", "ind", "zul")
FIRST = ("amh", "arb", "mya", "zho-CN", "hin", "tha", "tel", "yor")

Values = npt.NDArray[np.float64]


def main() -> None:
    asked = _arguments()
    if asked.data is None:
        print("no data: give the folder, or set AYA_DATA")
        return
    done = []
    tasks = list(winogrande(asked.data) if asked.winogrande else ntrex(asked.data, asked.rows))
    for name, sources, texts, others in tasks:
        if asked.only and name.split()[0] not in asked.only:
            continue
        done.append(measured(name, sources, texts, others))
        if asked.json:
            with asked.json.open("a") as file:
                file.write(json.dumps(done[-1]) + "\n")
    print(report(done))


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = os.environ.get("AYA_DATA")
    asked.add_argument("data", type=Path, nargs="?", default=Path(known) if known else None)
    asked.add_argument("--only", nargs="*", help="columns of NTREX-128, or languages of Winogrande")
    asked.add_argument("--rows", type=int, help="rows of a language")
    asked.add_argument("--winogrande", action="store_true", help="Winogrande instead of NTREX-128")
    asked.add_argument("--json", type=Path, help="append a line for each language")
    return asked.parse_args()


def ntrex(data: Path, rows: int | None) -> Iterator[tuple[str, list[str], list[str], list[list[str]]]]:
    """Yield each language with its sources, its translations, and those of other languages."""
    table = pq.read_table(data / "parallel/ntrex128.parquet").slice(0, rows)
    found = [name for name in table.column_names if name not in {"line", "doc", "eng", *SAME}]
    for name in [*FIRST, *sorted(set(found) - {*FIRST})]:
        others = [table[other].to_pylist() for other in OTHERS if other != name]
        yield name, table["eng"].to_pylist(), table[name].to_pylist(), others


def winogrande(data: Path) -> Iterator[tuple[str, list[str], list[str], list[list[str]]]]:
    """Yield each language twice: as people and as a machine translated it."""
    table = pq.read_table(data / "tasks/winogrande_african.parquet")
    for code in sorted(set(table["language"].to_pylist())):
        for who in ("human", "machine"):
            own = _of(table, code, who).sort_by("qid")
            others = [_of(table, other, who).sort_by("qid")["sentence"].to_pylist() for other in ("af", "zu", "ts")]
            others = [texts for texts in others if texts != own["sentence"].to_pylist() and len(texts) == len(own)]
            yield f"{code} {who}", own["en_sentence"].to_pylist(), own["sentence"].to_pylist(), others


def _of(table: pa.Table, code: str, who: str) -> pa.Table:
    return table.filter(pc.and_(pc.equal(table["language"], code), pc.equal(table["translation"], who)))


def measured(
    name: str, sources: Sequence[str], texts: Sequence[str], others: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Return the AUC of every check, of all together, and the rows a CPU-second of every stage."""
    made = corrupted(sources, texts, others, share=0.03, seed=name)
    table, speed = judged(name, sources, made.texts)
    kinds = np.array(made.kinds)
    found: dict[str, Any] = {"language": name, "rows": len(texts), "speed": speed, "auc": {}, "together": {}}
    for kind, column, sign in CHECKS:
        scores = sign * (_verified(table) if column == "language_id" else _column(table, column, sign))
        found["auc"][f"{kind}: {column}"] = auc(scores[kinds == kind], scores[kinds == ""])
        if kind == "dropped number":  # harder: against rows of which source and translation have numbers
            there = np.array(table["numbers_kept"].is_valid().to_pylist()) & (kinds == "")
            found["auc"][f"{kind}: {column}, against rows with numbers"] = auc(scores[kinds == kind], scores[there])
    total = np.nan_to_num(np.array(table["translation_fault"].to_pylist(), float))
    for kind in KINDS:
        found["together"][kind] = auc(total[kinds == kind], total[kinds == ""])
    found["together"]["any"] = auc(total[kinds != ""], total[kinds == ""])
    gone = np.array(table["drop"].is_valid().to_pylist())
    found["dropped"] = {kind or "good": round(float(gone[kinds == kind].mean()), 4) for kind in ("", *KINDS)}
    return found


def judged(name: str, sources: Sequence[str], texts: Sequence[str]) -> tuple[pa.Table, dict[str, int]]:
    """Return the rows with all scores, and rows a CPU-second by stage."""
    code = name.split()[0]
    known = languages.resolve(code)
    language, script = (known.language, known.script) if known else (code, None)
    rows = [
        {"id": f"{code}{row:06}", "inputs": text, "language": language, "script": script}
        for row, text in enumerate(texts)
    ]
    table = put(records(rows), "source_inputs", list(sources), pa.large_string())
    table = put(table, "source_targets", [None] * len(table), pa.large_string())
    speed = {}
    for stage in STAGES:
        made = load(names("STAGES")[stage])(**({"field": "inputs"} if stage == "collection.language_id" else {}))
        started = time.process_time()
        table = run_global(made, table) if hasattr(made, "settle") else made(table)
        speed[stage] = round(len(table) / max(time.process_time() - started, 1e-6))
    return table, speed


def _column(table: pa.Table, name: str, sign: int) -> Values:
    """Return a score; a row without one is neither good nor bad, so as good as can be."""
    best = -sign * 1e3 if name.endswith("_z") else float(sign < 0)
    return np.array([best if value is None else value for value in table[name].to_pylist()], np.float64)


def _verified(table: pa.Table) -> Values:
    """Return how sure identification is of the declared language (or a relative); 0 where it says nothing."""
    found = zip(*(table[name].to_pylist() for name in ("language", "lid_language", "lid_score")), strict=True)
    return np.array([0.0 if score is None else score if _right(*codes) else -score for *codes, score in found])


def _right(declared: str, found: str) -> bool:
    return found == declared or (declared in languages.codes() and found in relatives(declared))


def auc(bad: Values, good: Values) -> float:
    """Return the share of pairs of a bad and a good row in which the bad one has the higher score; ties count half."""
    if not len(bad) or not len(good):
        return float("nan")
    ranks = rankdata(np.concatenate([bad, good]))[: len(bad)]
    return round(float((ranks.sum() - len(bad) * (len(bad) + 1) / 2) / (len(bad) * len(good))), 4)


def report(done: Sequence[Mapping[str, Any]]) -> str:
    """Return macro averages over languages, and where a check is below `LEAST`, as Markdown."""
    lines = [f"{len(done)} languages", "", "| corruption: score | macro AUC | below .95 |", "|---|---|---|"]
    for part in ("auc", "together"):
        for name in done[0][part]:
            values = {one["language"]: one[part][name] for one in done if not np.isnan(one[part][name])}
            low = sorted((value, code) for code, value in values.items() if value < LEAST)
            shown = ", ".join(f"{code} {value:.2f}".replace("0.", ".") for value, code in low[:12])
            more = f" and {len(low) - 12} more" if len(low) > 12 else ""
            label = name if part == "auc" else f"{name}: all scores"
            lines.append(f"| {label} | {fmean(values.values()):.3f} | {shown}{more} |")
    lines += ["", "| stage | rows a CPU-second |", "|---|---|"]
    lines += [f"| {stage} | {_middle(one['speed'][stage] for one in done):,.0f} |" for stage in done[0]["speed"]]
    dropped = {kind: fmean(one["dropped"][kind] for one in done) for kind in done[0]["dropped"]}
    lines += ["", "left by default: " + ", ".join(f"{kind} {share:.1%}" for kind, share in dropped.items())]
    return "\n".join(lines)


def _middle(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


if __name__ == "__main__":
    main()
