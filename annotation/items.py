"""What may be asked: blank slots, rows of a version, and what others wrote."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from annotation.campaign import Campaign
from aya import languages
from aya.errors import UserError
from aya.text import digest, hash64

Item = dict[str, Any]

PEOPLE_FIRST: Final = 4.0
RESOURCES: Final = {"low": 2.0, "mid": 1.0, "high": 0.0, None: 2.0}
"""Of a language; one without a level has even less data. What people wrote comes before all that was generated."""

_COLUMNS: Final = (
    "id", "inputs", "targets", "language", "script", "source", "dataset_name", "task_type", "origin", "license",
    "parent_id", "drop",
)  # fmt: skip
_SOURCES: Final = ("source_inputs", "source_targets")
WORST: Final = "worst"
"""What the score is called by which translations are handed out."""
CHECKS: Final = "translation."
"""How reasons of checks of translations begin."""
_AT_ONCE: Final = 1_000  # rows that become Python's at a time
EMPTY: Final = dict.fromkeys(
    ("prompt_before", "completion_before", "record_id", "parent", "author", "topic", "gold"), None
)


def priority(origin: str, language: str) -> float:
    """Return the priority of an item: people's contributions before generated ones, low-resource languages first."""
    return PEOPLE_FIRST * (origin == "human") + RESOURCES[languages.get(language).resource]


def slots(campaign: Campaign) -> Iterator[Item]:
    """Yield the blank slots of a campaign."""
    if campaign.tasks.original is None:
        return
    for code in campaign.languages:
        for topic in campaign.topics or (None,):
            for number in range(campaign.tasks.original.slots):
                yield EMPTY | {
                    "id": digest(campaign.name, "original", code, topic or "", str(number)),
                    "task": "original",
                    "language": code,
                    "script": languages.get(code).script,
                    "prompt": "",
                    "completion": "",
                    "source": "campaign",
                    "dataset_name": campaign.name,
                    "origin": "human",
                    "license": campaign.license,
                    "topic": topic,
                    "priority": priority("human", code),
                    "harmful": False,
                }


def rows_of(campaign: Campaign, version: Path) -> Iterator[Item]:
    """Yield items of the kept rows of a version: those of the campaign's languages, a fair sample where they are many.

    A translation whose source text is in the version, beside it or as a row of its own, is post-edited where the
    campaign does so, the worst by their score first; else re-annotated.
    """
    rows = _rows(campaign, version)
    for code in campaign.languages:
        left = {"postedit": 0, "reannotation": 0}
        for name in left:
            said = getattr(campaign.tasks, name)
            left[name] = said.most if said else 0
        own = rows.filter(pc.equal(rows["language"], code)).sort_by([(WORST, "descending"), ("id", "ascending")])
        parents = _parents(own, rows) if campaign.tasks.postedit else {}
        for row in (row for batch in own.to_batches(max_chunksize=_AT_ONCE) for row in batch.to_pylist()):
            if not any(left.values()):
                break
            item = _item(campaign, row, parents)
            if item is not None and left[item["task"]]:
                left[item["task"]] -= 1
                yield item


def _rows(campaign: Campaign, version: Path) -> pa.Table:
    """Return the rows that may be asked about, `WORST` being the score of the task or null."""
    try:
        manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{version}: no version of a collection: {error}") from error
    kept = [version / file["path"] for file in manifest["files"] if file["path"].startswith("data/")]
    if not kept:
        raise UserError(f"{version} has no rows")
    postedit = campaign.tasks.postedit
    gone = [version / file["path"] for file in manifest["files"] if file["path"].startswith("dropped/")]
    tables = [_read(path, postedit.worst if postedit else WORST) for path in kept]
    if postedit and postedit.dropped:
        checked = [_read(path, postedit.worst) for path in gone]
        tables += [rows.filter(pc.fill_null(pc.starts_with(rows["drop"], CHECKS), False)) for rows in checked]
    return pa.concat_tables(tables)


def _read(path: Path, worst: str) -> pa.Table:
    """Return the columns that are wanted of a file; those that it lacks are null."""
    file = pq.ParquetFile(path)
    there = set(file.schema_arrow.names)
    rows = file.read(columns=[name for name in (*_COLUMNS, *_SOURCES, worst) if name in there])
    columns = {name: rows[name] for name in _COLUMNS}
    columns |= {name: rows[name] if name in there else pa.nulls(len(rows), pa.large_string()) for name in _SOURCES}
    columns[WORST] = rows[worst].cast(pa.float32()) if worst in there else pa.nulls(len(rows), pa.float32())
    return pa.table(columns)


def _parents(own: pa.Table, rows: pa.Table) -> dict[str, dict[str, Any]]:
    """Return the rows from which translations were made, by id: those that are there and in another language."""
    made = own.filter(pc.equal(own["origin"], "translation"))
    above = rows.filter(pc.is_in(rows["id"], made["parent_id"].combine_chunks()))
    texts = above.filter(pc.not_equal(above["language"], own["language"][0])) if len(own) else above
    return {row["id"]: row for row in texts.select(["id", "inputs", "targets"]).to_pylist()}


def _item(campaign: Campaign, row: Mapping[str, Any], parents: Mapping[str, Mapping[str, Any]]) -> Item | None:
    """Return the item of a row; None if no task of the campaign takes it."""
    if not (row["inputs"] or "").strip():
        return None
    parent = _source_of(row, parents) if campaign.tasks.postedit else None
    reannotation = campaign.tasks.reannotation
    if parent is None and (reannotation is None or row["origin"] not in reannotation.origins):
        return None
    task = "reannotation" if parent is None else "postedit"
    shown = {} if parent is None else {"prompt_before": parent["inputs"], "completion_before": parent["targets"]}
    return EMPTY | shown | {
        "id": digest(campaign.name, task, row["id"]),
        "task": task,
        "language": row["language"],
        "script": row["script"],
        "prompt": row["inputs"],
        "completion": row["targets"] or "",
        "source": row["source"],
        "dataset_name": row["dataset_name"],
        "origin": row["origin"],
        "license": row["license"],
        "record_id": row["id"],
        "topic": row["task_type"],
        "priority": priority(row["origin"], row["language"]) + _urgency(row[WORST]),
        "harmful": bool({row["dataset_name"], row["source"]} & {*campaign.harmful.datasets}),
    }  # fmt: skip


def _source_of(row: Mapping[str, Any], parents: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the texts that a translation was made from: those beside it, else those of its parent."""
    if row["origin"] != "translation":
        return None
    beside = {"inputs": row["source_inputs"], "targets": row["source_targets"]}
    found = beside if beside["inputs"] else parents.get(row["parent_id"], beside)
    return found if (found["inputs"] or "").strip() else None


def _urgency(score: float | None) -> float:
    """Return what a score adds to the priority of a row: less than 1, more for a worse one, nothing without one."""
    return 0.0 if score is None or score <= 0 else score / (1 + score)


def follow(campaign: Campaign, item: Mapping[str, Any], response: Mapping[str, Any]) -> Item | None:
    """Return what others are asked about an answer: to edit an original, to judge an edit; None if nothing.

    Answers to gold items are judged by their right answers alone.
    An answer that its writer changes later is another item: the old one is taken back.
    """
    values = json.loads(response["values"])
    task = "reannotation" if item["task"] == "original" else "feedback"
    texts = {name: values.get(name) or "" for name in ("prompt", "completion")}
    same = all(texts[name] == item[name] for name in texts)
    if item["task"] == "feedback" or item["gold"] or same or not texts["prompt"].strip():
        return None
    if not _wanted(campaign, task, response["id"]):
        return None
    before = {} if task == "reannotation" else {f"{name}_before": item[name] for name in texts}
    return {**item, **EMPTY, **texts, **before} | {
        "id": digest(campaign.name, task, response["id"], *texts.values()),
        "task": task,
        "source": "campaign",
        "origin": "human",
        "topic": item["topic"],
        "record_id": item["record_id"],
        "parent": response["id"],
        "author": response["annotator"],
        "priority": priority("human", item["language"]),
    }


def _wanted(campaign: Campaign, task: str, id_: str) -> bool:
    """Return whether an answer is among the share that is followed up."""
    if task == "reannotation":
        share = campaign.tasks.reannotation.originals if campaign.tasks.reannotation else 0.0
    else:
        share = campaign.tasks.feedback.share if campaign.tasks.feedback else 0.0
    return hash64(id_) < share * 2**64
