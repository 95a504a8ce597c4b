"""A page of samples: generated rows to read, by language, with the figures beside those of people."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aya import languages
from aya.page import filled, save
from aya.text import hash64

SAMPLES = 20
"""Rows of a language that are shown, drawn by their key."""
FIGURES = {
    "distinct_1": "different words (letters, in scripts without spaces)",
    "distinct_2": "different pairs of them",
    "self_bleu": "each text found again in the others (self-BLEU; less is more varied)",
    "vendi": "wholly different texts (Vendi, by text)",
}


def write_samples(out: Path, report: Mapping[str, Any], path: Path) -> None:
    """Write the page of what `synthesize` wrote to a folder; the same rows give the same page."""
    made = pa.concat_tables([pq.read_table(file) for file in sorted(out.glob("*.parquet"))])
    shown = [(code, _language(code, made, report)) for code in sorted(set(made["language"].to_pylist()))]
    page = filled(
        "samples.html",
        files("synthesis"),
        styles=["samples.css"],
        title=report["method"],
        kind="samples",
        report=report,
        languages=shown,
        figures=FIGURES.items(),
    )
    save(page, path)


def _language(code: str, made: pa.Table, report: Mapping[str, Any]) -> dict[str, Any]:
    facts = languages.get(code)
    rows = made.filter(pc.equal(made["language"], code)).to_pylist()
    drawn = sorted(rows, key=lambda row: hash64(row["_key"]))[:SAMPLES]
    figures = report["languages"].get(code, {})
    return {"name": facts.name, "bcp47": facts.bcp47, "rows": drawn, "figures": figures}
