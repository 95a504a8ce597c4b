"""A campaign as data sets: in the form of the released Aya Dataset, and as records of a collection."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from annotation import demographics
from annotation.release_filters import Policy, Verdict
from aya import languages
from aya.table import canonical, publish, records, write
from aya.text import digest

DEFAULT: Final = pa.schema(
    [(name, pa.string()) for name in ("inputs", "targets", "language", "language_code", "annotation_type", "user_id")]
)
"""The columns of the released Aya Dataset."""


def released(verdicts: Iterable[Verdict]) -> pa.Table:
    """Return the contributions that stay, in the released form; `language` is the English name."""
    rows = [
        {
            "inputs": verdict.contribution.answer.prompt,
            "targets": verdict.contribution.answer.completion,
            "language": languages.get(verdict.contribution.answer.item.language).name,
            "language_code": verdict.contribution.answer.item.language,
            "annotation_type": verdict.contribution.annotation_type,
            "user_id": verdict.contribution.answer.annotator,
        }
        for verdict in verdicts
        if verdict.reason is None
    ]
    return pa.Table.from_pylist(rows, schema=DEFAULT)


def as_records(verdicts: Iterable[Verdict], *, license_: str | None) -> pa.Table:
    """Return every contribution as a record; one that the policy leaves out has its reason in `drop`.

    `license_` is that of what people wrote; an edit keeps the licence of what was edited.
    """
    return records(_record(verdict, license_) for verdict in verdicts)


def export(
    folder: Path, verdicts: Sequence[Verdict], people: pa.Table, *, policy: Policy, license_: str | None, k: int = 5
) -> dict[str, int]:
    """Write data, demographics, records (also those left out, with the reason) and policy; return rows by file.

    `demographics/groups.json` counts people, for the card of a release (`aya release prepare --demographics`).
    """
    contributed = defaultdict[str, set[str]](set)
    for verdict in verdicts:
        if verdict.reason is None:
            contributed[verdict.contribution.answer.annotator].add(verdict.contribution.answer.item.language)
    tables = {
        "data/train.parquet": released(verdicts),
        "demographics/train.parquet": demographics.release(people, contributed=contributed, k=k),
        "records.parquet": as_records(verdicts, license_=license_),
    }
    for name, table in tables.items():
        write(table, folder / name)
    documents = {
        "demographics/groups.json": {"groups": demographics.groups(tables["demographics/train.parquet"])},
        "policy.json": policy.model_dump() | {"k": k},
    }
    for name, document in documents.items():
        _publish(folder / name, canonical(document) + "\n")
    return {name: table.num_rows for name, table in tables.items()}


def _publish(path: Path, text: str) -> None:
    publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _record(verdict: Verdict, license_: str | None) -> dict[str, object]:
    contribution, item = verdict.contribution, verdict.contribution.answer.item
    answer = contribution.answer
    return {
        "id": digest("annotation", answer.id),
        "inputs": answer.prompt,
        "targets": answer.completion,
        "language": item.language,
        "script": item.script,
        "source": "campaign",
        "dataset_name": item.dataset_name or "campaign",
        "task_type": item.task,
        "split": "train",
        "origin": "human",
        "license": license_ if contribution.is_original else item.license or license_,
        "parent_id": digest("annotation", item.parent) if item.parent else item.record_id,
        "provenance": canonical({"annotator": answer.annotator, "item": item.id, "response": answer.id}),
        "drop": verdict.reason,
        "evidence": canonical(verdict.evidence) if verdict.evidence else None,
    }
