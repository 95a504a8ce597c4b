"""Filters on real machine output: rates by model, and precision and recall on 200 rows that were read and labelled.

    AYA_DATA=... python -m benchmarks.synthesis

Outputs of ten open models to M-IFEval's prompts in Spanish and French, of eight GPT-3 class models to 252 user tasks,
and GPT-4 role play. `docs/synthesis_labels.csv` names the rows that were read, drawn by stratum (what the first version
of the filters said of them); each counts for as many rows as its stratum has for one that was read. What nobody
looked at before are human texts, whole and cut at any letter: XQuAD's paragraphs, eight sentences of NTREX-128.
"""

import csv
import gzip
import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from aya.stage import load, names
from aya.table import records
from aya.text import digest, graphemes
from benchmarks.parts.measured import ROOT

LABELS = ROOT / "docs" / "synthesis_labels.csv"
STRATA = {"refusal": 64, "language": 187, "truncation": 283, "repetition": 629, "none": 6276}
"""Rows of each stratum in the data."""
FILTERS: Mapping[str, tuple[str, ...]] = {
    "other_language": ("collection.language_id", "collection.script"),
    "degenerate": ("collection.repetition",),
    "refusal": ("synthesis.refusal",),
    "cut_off": ("synthesis.truncation",),
}
LANGUAGES = {"es": "spa", "fr": "fra"}


def machine_output(data: Path) -> pa.Table:
    """Return the outputs as records; `source` is the model."""
    return records(row | {"script": "Latn"} for rows in (_mifeval, _gpt3, _gpt4) for row in rows(data / "synthetic"))


def _mifeval(folder: Path) -> Iterator[dict[str, Any]]:
    for row in pl.read_parquet(folder / "mifeval_model_responses.parquet").iter_rows(named=True):
        id_ = digest("mif", row["language"], row["model"], str(row["row"]))
        facts = {"language": LANGUAGES[row["language"]], "source": row["model"].partition("__")[2]}
        yield {"id": id_, "inputs": row["prompt"], "targets": row["response"]} | facts


def _gpt3(folder: Path) -> Iterator[dict[str, Any]]:
    for row in pl.read_parquet(folder / "self_instruct_predictions.parquet").iter_rows(named=True):
        said = json.loads(row["json"])
        response = said.get("response")
        (choice, *_) = (response.get("choices") if isinstance(response, dict) else None) or [{"text": response or ""}]
        facts = {"language": "eng", "source": f"GPT-3 {row['model']}"}
        prompt = said.get("prompt") or str(said.get("instruction"))
        yield {
            "id": digest("si", row["model"], str(row["row"])),
            "inputs": prompt,
            "targets": choice.get("text"),
        } | facts


def _gpt4(folder: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(folder / "gpteacher_roleplay.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            prompt = f"{row['instruction']}\n{row.get('input', '')}".strip()
            facts = {"language": "eng", "source": "GPT-4 role play"}
            yield {"id": digest("gt", str(number)), "inputs": prompt, "targets": row["response"]} | facts


def judged(table: pa.Table) -> dict[str, list[bool]]:
    """Return for every filter which rows it would drop."""
    found = {}
    for what, stages in FILTERS.items():
        drops = [load(names("STAGES")[name])()(table)["drop"].to_pylist() for name in stages]
        found[what] = [any(reasons) for reasons in zip(*drops, strict=True)]
    return found


def scores(table: pa.Table, found: Mapping[str, list[bool]]) -> dict[str, dict[str, float]]:
    """Return precision and recall of every filter on the labelled rows, weighted by stratum."""
    places = {id_: at for at, id_ in enumerate(table["id"].to_pylist())}
    with LABELS.open(encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    drawn = Counter(row["stratum"] for row in read)
    made = {}
    for what in FILTERS:
        weight: Counter[tuple[bool, bool]] = Counter()
        for row in read:
            verdict = found[what][places[row["id"]]], row[what] == "1"
            weight[verdict] += STRATA[row["stratum"]] / drawn[row["stratum"]]  # type: ignore[assignment]  # of floats
        right, wrong, missed = weight[True, True], weight[True, False], weight[False, True]
        made[what] = {"precision": right / (right + wrong), "recall": right / (right + missed)}
    return made


def rates(table: pa.Table, found: Mapping[str, list[bool]]) -> pl.DataFrame:
    """Return the share of rows that every filter would drop, by model and language."""
    columns = {name: table[name].to_pylist() for name in ("source", "language")}
    frame = pl.DataFrame({**columns, **found})
    shares = [pl.col(what).mean().round(3) for what in FILTERS]
    return frame.group_by("source", "language").agg(pl.len().alias("rows"), *shares).sort("source", "language")


def paragraphs(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield languages with texts of people: of NTREX-128 eight sentences each, in a line or in a line each."""
    squad = pl.read_parquet(data / "eval" / "xquad.parquet")
    for (language,), rows in sorted(squad.group_by("language")):
        yield f"XQuAD {language}", rows["context"].unique().sort().to_list()
    documents = pl.read_parquet(data / "parallel" / "ntrex128.parquet").partition_by("doc", maintain_order=True)
    for language in documents[0].columns[2:]:
        parts = [
            lines[language].to_list()[start : start + 8] for lines in documents for start in range(0, len(lines), 8)
        ]
        yield language, [" \n"[number % 2].join(part) for number, part in enumerate(parts)]


def cuts(texts: list[str], least: int = 220) -> tuple[float, float]:
    """Return the share of texts cut at a random letter that is found, and that of whole ones."""
    long, draw = [letters for text in texts if len(letters := graphemes(text)) > least + 80], random.Random(0)
    cut = ["".join(letters[: draw.randrange(least, len(letters) - 5)]) for letters in long]
    stage = load(names("STAGES")["synthesis.truncation"])()
    found = [
        stage(records({"id": str(number), "targets": text} for number, text in enumerate(some)))["drop"]
        for some in (cut, ["".join(letters) for letters in long])
    ]
    broken, whole = (1 - drops.null_count / len(drops) for drops in found)
    return broken, whole


def main() -> None:
    table = machine_output(Path(os.environ["AYA_DATA"]))
    found = judged(table)
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=60):
        print(rates(table, found))
    shares = {language: cuts(texts) for language, texts in paragraphs(Path(os.environ["AYA_DATA"]))}
    for language, (broken, whole) in shares.items():
        print(f"{language:12} found of texts cut off {broken:.2f}, of whole ones {whole:.3f}")
    for what, score in scores(table, found).items():
        print(f"{what:15} precision {score['precision']:.2f}  recall {score['recall']:.2f}")


if __name__ == "__main__":
    main()
