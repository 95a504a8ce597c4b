"""Gold items: items whose right answers are known, from a list."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from annotation.campaign import Campaign
from annotation.items import EMPTY, Item, priority
from annotation.tables import QUESTIONS, THUMBS
from aya import languages
from aya.errors import InputError, nearest, unknown
from aya.text import digest

TASKS: Final = ("reannotation", "feedback", "postedit")
_SHOWN: Final = ("prompt", "completion", "prompt_before", "completion_before")
_RIGHT: Final = "right_"
COLUMNS: Final = (
    "task",
    "language",
    *_SHOWN,
    *(f"{_RIGHT}{name}" for name in dict.fromkeys(sum(QUESTIONS.values(), ()))),
)


def read_gold(path: Path, campaign: Campaign) -> list[Item]:
    """Return the items of a list (CSV, or JSON lines): what is shown, and `right_QUESTION` for each known answer.

    They look like other items, and are handed out among those of their language and task that people wrote.
    Raises: InputError with every fault.
    """
    rows, faults, found = list(_rows(path)), [], []
    for line, row in rows:
        wrong = list(_faults(row, campaign))
        faults += [f"{path}:{line}: {fault}" for fault in wrong]
        if not wrong:
            found.append(_item(campaign, row))
    if faults or not rows:
        raise InputError("\n".join(faults) or f"{path} has no rows")
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, the values that a row has)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix in (".jsonl", ".ndjson"):
                made = ((number, json.loads(line)) for number, line in enumerate(file, start=1) if line.strip())
            else:
                reader = csv.DictReader(file)
                made = ((reader.line_num, row) for row in reader)
            for number, row in made:
                yield number, {str(name): str(value) for name, value in row.items() if value not in (None, "")}
    except (OSError, ValueError, AttributeError, csv.Error) as error:
        raise InputError(f"{path}: can not be read: {error}") from error


def _faults(row: Mapping[str, str], campaign: Campaign) -> Iterator[str]:
    for name in row:
        if name not in COLUMNS:
            yield f"no column '{name}' is known{nearest(name, COLUMNS)}"
    task, known = row.get("task", ""), languages.resolve(row.get("language", ""))
    if task not in TASKS or getattr(campaign.tasks, task) is None:
        yield unknown("task of the campaign with gold items", task, [t for t in TASKS if getattr(campaign.tasks, t)])
        return
    if known is None or known.language not in campaign.languages:
        yield unknown("language of the campaign", row.get("language", ""), campaign.languages)
    if not row.get("prompt"):
        yield "no prompt"
    right = {name.removeprefix(_RIGHT): value for name, value in row.items() if name.startswith(_RIGHT)}
    if not right:
        yield f"no right answer; {task} asks {', '.join(_RIGHT + name for name in QUESTIONS[task])}"
    for name, value in right.items():
        if name not in QUESTIONS[task]:
            yield f"{task} does not ask '{name}'{nearest(name, QUESTIONS[task])}"
        elif name == "approved" and value not in THUMBS:
            yield f"{_RIGHT}{name} is up or down, not '{value}'"
        elif name.endswith("rating") and value not in "12345":
            yield f"{_RIGHT}{name} is 1 to 5, not '{value}'"


def _item(campaign: Campaign, row: Mapping[str, str]) -> Item:
    known = languages.resolve(row["language"])
    assert known is not None  # checked before
    code = known.language
    right = {name.removeprefix(_RIGHT): value for name, value in row.items() if name.startswith(_RIGHT)}
    shown: dict[str, Any] = {name: row.get(name) for name in _SHOWN} | {"completion": row.get("completion", "")}
    return EMPTY | shown | {
        "id": digest(campaign.name, "gold", row["task"], code, *(row.get(name, "") for name in _SHOWN)),
        "task": row["task"],
        "language": code,
        "script": known.script or languages.get(code).script,
        "source": "campaign",
        "dataset_name": campaign.name,
        "origin": "human",
        "license": campaign.license,
        "gold": json.dumps(right, ensure_ascii=False),
        "priority": priority("human", code),
        "harmful": False,
    }  # fmt: skip
