"""The screen of each task: fields, questions, what a record shows, and what an answer says.

Argilla puts plain fields into its page as HTML, so they are escaped; suggestions and answers go through its editor and
are not. Nothing that is shown is ever read back as data.
"""

import html
import json
from collections.abc import Mapping
from typing import Any, Final

from annotation.tables import JUDGED, JUDGEMENTS, QUESTIONS, THUMBS
from annotation.wording import Labels, guidelines, wording
from aya import judgement

Item = Mapping[str, Any]

FIELDS: Final = {
    "original": ("slot",),
    "reannotation": ("prompt", "completion"),
    "feedback": ("prompt_before", "prompt", "completion_before", "completion"),
    "postedit": ("prompt_source", "completion_source"),
    "comparison": ("prompt", "completion_before", "completion"),
    "harm": ("prompt", "completion"),
}
ASKED: Final = QUESTIONS | JUDGED
_TEXTS: Final = ("prompt", "completion", "reason")


def dataset(task: str, *, language: str, overlap: int) -> dict[str, Any]:
    """Return what makes the data set of a task: its own settings, `fields` and `questions`."""
    labels = _labels(task, language)
    return {
        "guidelines": guidelines(task, language=language),
        "distribution": {"strategy": "overlap", "min_submitted": overlap},
        "fields": [_field(name, labels, required=name == FIELDS[task][0]) for name in FIELDS[task]],
        "questions": [_question(name, labels, language) for name in ASKED[task]],
    }


def _labels(task: str, language: str) -> Labels:
    """Return what stands above the fields; of judgements in their own words."""
    labels = wording(language).labels
    if task not in JUDGEMENTS:
        return labels
    words = judgement.words(language)
    last = words.second if task == "comparison" else words.answer
    shown = {"prompt": words.request, "completion_before": words.first, "completion": last}
    return labels.model_copy(update=shown)


def _field(name: str, labels: Labels, *, required: bool) -> dict[str, Any]:
    text = {"type": "text", "use_markdown": False}
    return {"name": name, "title": _title(name, labels), "required": required, "settings": text}


def _title(name: str, labels: Labels) -> str:
    return str(getattr(labels, "todo" if name == "slot" else name))


def _question(name: str, labels: Labels, language: str) -> dict[str, Any]:
    if name in JUDGEMENTS:
        return _judgement(name, language)
    if name in _TEXTS:
        settings: dict[str, Any] = {"type": "text", "use_markdown": False}
    elif name == "approved":
        options = [{"value": thumb, "text": getattr(labels, thumb)} for thumb in THUMBS]
        settings = {"type": "label_selection", "options": options}
    else:
        settings = {"type": "rating", "options": [{"value": number} for number in range(1, 6)]}
    return {"name": name, "title": getattr(labels, name), "required": name != "reason", "settings": settings}


def _judgement(task: str, language: str) -> dict[str, Any]:
    words = judgement.words(language).of(task)
    options = [{"value": value, "text": words.choices[value]} for value in judgement.CHOICES[task]]
    settings = {"type": "label_selection", "options": options}
    return {"name": task, "title": words.task, "required": True, "settings": settings}


def record(item: Item, *, questions: Mapping[str, str]) -> dict[str, Any]:
    """Return the record that shows an item; `questions` are Argilla's ids by name."""
    texts = {name: item[name] for name in ("prompt", "completion") if name in questions}
    suggestions = [{"question_id": questions[name], "value": text} for name, text in texts.items() if text]
    shown = {name: html.escape(text, quote=False) for name in FIELDS[item["task"]] if (text := _shown(item, name))}
    return {"external_id": item["id"], "fields": shown, "suggestions": suggestions}


def _shown(item: Item, name: str) -> str:
    if name == "slot":
        labels = wording(item["language"]).labels
        return labels.about.format(topic=item["topic"]) if item["topic"] else labels.slot
    column = {"prompt_source": "prompt_before", "completion_source": "completion_before"}.get(name, name)
    return item[column] or ""


def answer(item: Item, values: Mapping[str, Any] | None) -> str:
    """Return the values of a response as JSON: question -> answer, a text that was not touched as it was shown."""
    said = {name: value["value"] for name, value in (values or {}).items() if name in ASKED[item["task"]]}
    for name in ("prompt", "completion"):
        said[name] = restored(said.get(name), shown=item[name] or "")
    if said.get("reason"):
        said["reason"] = said["reason"].removesuffix("\n")
    return json.dumps({name: said[name] for name in ASKED[item["task"]] if name in said}, ensure_ascii=False)


def restored(text: str | None, *, shown: str) -> str:
    """Return a text as it was typed: the editor adds one line break to the end of several lines."""
    if text is None or text in (shown, f"{shown}\n"):
        return shown
    return text.removesuffix("\n")
