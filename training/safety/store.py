"""The store of a distillation: a folder of its own, closed to others, whose card says who may have it and for what."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from aya.card import table as markdown
from aya.table import publish, write
from training.safety.items import Item
from training.safety.settings import Distillation

TAUGHT, DROPPED, HELD_OUT, REPORT = "distilled.parquet", "dropped.parquet", "held_out.parquet", "report.json"
TASK = "safety"
FACTS = (
    "method", "model", "model_revision", "model_license", "terms", "preamble", "decoding", "item", "judge", "verdict",
)  # fmt: skip
"""Columns for provenance."""
_TEXT = ("key", "inputs", "targets", "language", "license", "origin", "task_type", "kind")
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXT),
        ("harmful", pa.bool_()),
        *((name, pa.string()) for name in FACTS),
        ("drop", pa.string()),
        ("evidence", pa.string()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A request with its answer: kept if `drop` is None."""

    item: Item
    targets: str
    origin: str
    facts: Mapping[str, str | None]
    drop: str | None = None
    evidence: str | None = None

    def columns(self) -> dict[str, Any]:
        """Return the values of all columns."""
        return {
            "key": self.item.id,
            "inputs": self.item.prompt,
            "targets": self.targets,
            "language": self.item.language,
            "license": self.item.license,
            "origin": self.origin,
            "task_type": TASK,
            "kind": self.item.kind,
            "harmful": self.item.kind == "unsafe",
            **{name: self.facts.get(name) for name in FACTS},
            "drop": None if self.drop is None else f"training.distilled: {self.drop}",
            "evidence": self.evidence,
        }


def write_store(
    out: Path, plan: Distillation, rows: Sequence[Row], held_out: Sequence[Item], report: Mapping[str, Any]
) -> None:
    """Write the files of a store; the same rows give the same bytes. The card comes first, the report last."""
    out.chmod(0o700)
    publish(out / "README.md", lambda path: path.write_text(card(plan, rows, held_out), encoding="utf-8"))
    ordered = sorted(rows, key=lambda row: row.item.id)
    write(_table([row for row in ordered if row.drop is None]), out / TAUGHT)
    write(_table([row for row in ordered if row.drop is not None]), out / DROPPED)
    write(_table([Row(item=item, targets="", origin=item.origin, facts={}) for item in held_out]), out / HELD_OUT)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    publish(out / REPORT, lambda path: path.write_text(text, encoding="utf-8"))


def _table(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist([row.columns() for row in rows], schema=_SCHEMA)


def card(plan: Distillation, rows: Sequence[Row], held_out: Sequence[Item]) -> str:
    """Return the card of a store, Markdown."""
    kept = [row for row in rows if row.drop is None]
    codes = sorted({row.item.language for row in kept} | {item.language for item in held_out})
    lines = [
        (
            code,
            sum(row.item.language == code and row.item.kind == "unsafe" for row in kept),
            sum(row.item.language == code and row.item.kind == "safe" for row in kept),
            sum(item.language == code for item in held_out),
        )
        for code in codes
    ]
    licences = sorted({row.item.license for row in rows} | {item.license for item in held_out})
    return f"""# {plan.name}: refusals for requests that harm

**Who may have this.** The requests ask for things that hurt people. They are here so that models learn to refuse, and
so that refusals can be measured. Give this folder only to people who need it for that and have read this page; do not
publish it, do not mirror it, and show nobody its texts without asking first. In a release its requests that harm lie
in the configuration `harmful`, which is loaded by its name alone. Who reads them for their work should do so for four
hours a day at most, and may stop at any time.

- `{TAUGHT}`: what is taught, as the source `training.distilled` of a recipe reads it, without answers found harmful.
- `{HELD_OUT}`: requests to measure with. They are never taught, in no language, and nothing that is like them.
- `{DROPPED}`: answers that left, each with its reason; some of them are harmful. `answers.sqlite` holds them too.

Requests under {", ".join(licences) or "no licence"}.

{markdown(("language", "refusals taught", "answers to safe look-alikes taught", "held out"), lines)}"""
