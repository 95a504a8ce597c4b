"""Judging answers in a campaign: which of two is better, whether one is harmful; items in, choices out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from annotation.answers import answers, without
from annotation.book import Book
from annotation.campaign import Campaign
from annotation.items import EMPTY, Item, priority
from annotation.tables import JUDGEMENTS
from aya.text import digest

Judgement = Literal["comparison", "harm"]
SHOWN: Final = {"comparison": ("answer_1", "answer_2"), "harm": ("answer",)}
"""The columns of a row that hold what is judged; in an item they are `completion_before` and `completion`."""


def items(
    campaign: Campaign, rows: Iterable[Mapping[str, Any]], *, task: Judgement, harmful: bool = False
) -> Iterator[Item]:
    """Yield the items of rows with `item`, `language`, `script`, `prompt` and the answers of `SHOWN`.

    Whose answers they are is not said and not asked. `harmful` ones are shown to those who agreed to see such content.
    """
    for row in rows:
        *before, last = (row[name] for name in SHOWN[task])
        yield EMPTY | {
            "id": digest(campaign.name, task, row["item"]),
            "task": task,
            "language": row["language"],
            "script": row["script"],
            "prompt": row["prompt"],
            "completion_before": before[0] if before else None,
            "completion": last,
            "source": "campaign",
            "dataset_name": campaign.name,
            "origin": "synthetic",
            "license": campaign.license,
            "record_id": row["item"],
            "priority": priority("synthetic", row["language"]),
            "harmful": harmful,
        }


def chosen(book: Book) -> Iterator[tuple[str, str, str]]:
    """Yield (item of the rows, annotator, choice) of all judgements that nobody took back, oldest first."""
    gone = [row["annotator"] for row in book.people().to_pylist() if row["withdrawn"]]
    for answer in without(answers(book.items(), book.responses()), gone):
        if answer.item.task in JUDGEMENTS and answer.item.record_id is not None:
            yield answer.item.record_id, answer.annotator, str(answer.values[answer.item.task])


def write_campaign(folder: Path, *, task: Judgement, languages: Sequence[str], overlap: int) -> Path:
    """Write the file of a campaign with this task alone, and return its path; the server's address can be edited."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub("[^a-z0-9]+", "-", folder.absolute().name.lower()).strip("-")[:40]
    about = {
        "name": name or task,
        "languages": list(languages),
        "license": "CC0-1.0",
        "citation": f"The people who judged answers in {folder.absolute().name}",
        "server": {"url": "http://127.0.0.1:6900", "key_file": "owner.json"},
        "tasks": {task: {"overlap": overlap}},
    }
    path = folder / "campaign.yaml"
    path.write_text(yaml.safe_dump(about, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
