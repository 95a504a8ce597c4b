"""A small task for tests: capital cities in six scripts, with a wrong answer beside the right one."""

from typing import Any

from tests.workshop import QUESTIONS
from training.evaluation.task import Task

ROWS = [
    {"q": row["q"], "right": row["a"], "wrong": QUESTIONS[number - 1]["a"], "l": row["l"], "n": number % 2}
    for number, row in enumerate(QUESTIONS)
]


def choices(**changes: Any) -> Task:
    """Return a task of choices over the rows, with two prompts."""
    said = {
        "name": "capitals",
        "kind": "choice",
        "rows": {"files": "capitals.jsonl"},
        "language": "{{ l }}",
        "prompts": [{"name": "plain", "text": "{{ q }}"}, {"name": "named", "text": "{{ language_name }}: {{ q }}"}],
        "choices": "{{ right }} ||| {{ wrong }}",
        "answer": "0",
    }
    return Task.model_validate(said | changes)


def texts(**changes: Any) -> Task:
    """Return a task of texts over the rows."""
    said = {
        "name": "answers",
        "kind": "generate",
        "rows": {"files": "capitals.jsonl"},
        "language": "{{ l }}",
        "prompts": [{"name": "plain", "text": "{{ q }}"}],
        "references": "{{ right }}",
        "decoding": {"sample": False, "most": 8},
        "measures": ["chrf++", "f1"],
    }
    return Task.model_validate(said | changes)
