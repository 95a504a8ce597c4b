"""The contributions of a campaign that count: submitted, not taken back, each with where it comes from."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from annotation.standing import Row, Standing

KINDS: Final = {
    "original": "original-annotations",
    "reannotation": "re-annotations",
    "feedback": "feedback-improvements",
    "postedit": "post-edits",
}
"""What the kinds of contributions are called; the first two as in the released Aya Dataset."""

SCHEMA: Final = pa.schema(
    [
        (name, pa.string())
        for name in (
            "response", "inputs", "targets", "language", "annotation_type", "task", "dataset_name", "license",
            "parent_id", "annotator", "item", "edited_from", "authors",
        )
    ]
)  # fmt: skip


def accepted(now: Standing, *, terms: str, tasks: frozenset[str], unchanged: bool) -> pa.Table:
    """Return a row for each contribution of these tasks, sorted by response.

    `unchanged`: whether an edit counts that changed nothing. `terms` is the licence of what people wrote from nothing;
    an edit keeps the licence of what was edited. Whoever withdrew is left out with all that others made of their texts.
    """
    return pa.Table.from_pylist(list(_rows(now, terms, tasks, unchanged)), SCHEMA)


def _rows(now: Standing, terms: str, tasks: frozenset[str], unchanged: bool) -> Iterator[dict[str, Any]]:
    for id_ in sorted(now.responses):
        response = now.responses[id_]
        item = now.items.get(response["item"])
        if item is None or item["task"] not in tasks or item["gold"] or not counts(now, response, item):
            continue
        values = json.loads(response["values"])
        texts = {name: values.get(name) or "" for name in ("prompt", "completion")}
        same = all(texts[name] == item[name] for name in texts)
        if not texts["prompt"].strip() or not texts["completion"].strip() or (same and not unchanged):
            continue
        yield {
            "response": id_,
            "inputs": texts["prompt"],
            "targets": texts["completion"],
            "language": f"{item['language']}-{item['script']}",
            "annotation_type": KINDS[item["task"]],
            "task": item["task"],
            "dataset_name": item["dataset_name"],
            "license": item["license"] or terms,
            "parent_id": item["record_id"],
            "annotator": response["annotator"],
            "item": item["id"],
            "edited_from": item["parent"],
            "authors": " ".join(dict.fromkeys([response["annotator"], *now.authors(item)])),
        }


def counts(now: Standing, response: Row, item: Row) -> bool:
    """Return whether a response counts: submitted, on another's text, nobody in its line having withdrawn."""
    line = [response["annotator"], *now.authors(item)]
    return response["status"] == "submitted" and response["annotator"] != item["author"] and not now.withdrawn & {*line}
