"""Records by chance, as an annotation campaign has them, for tests that compare search engines."""

import random
from typing import Any

PEOPLE = ("amina", "badr", "chen")
LANGUAGES, LABELS = ("amh", "arb", "tha", "yor", "zho"), ("qa", "summary", "translation")
TEXTS = (
    "የኢትዮጵያ ዋና ከተማ ማን ናት", "ما هي عاصمةُ المغرب", "法国的首都是哪里", "เมืองหลวงของไทยชื่ออะไร", "Kí ni olú ìlú Nàìjíríà",
    "भारत की राजधानी क्या है", "తెలంగాణ రాజధాని ఏది", "မြန်မာနိုင်ငံ၏မြို့တော်", "Name the capital, café or naïve",
    "Three rivers of the North",
)  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "rating": {"type": "rating", "options": [{"value": value} for value in range(1, 6)]},
    "label": {"type": "label_selection", "options": [{"value": name, "text": name} for name in LABELS]},
    "labels": {"type": "multi_label_selection", "options": [{"value": name, "text": name} for name in LABELS]},
    "#language": {"type": "terms"},
    "#length": {"type": "integer"},
    "#perplexity": {"type": "float"},
}
Query = dict[str, Any]


def row(chance: random.Random) -> Query:
    """Return a record by chance: three fields may be missing, up to three people have answered."""
    metadata = {
        "language": chance.choice(LANGUAGES), "length": chance.randrange(40), "perplexity": chance.randrange(80) / 4,
    }  # fmt: skip
    suggestions = {
        "rating": (chance.randrange(1, 6), chance.randrange(8) / 8), "label": (chance.choice(LABELS), None),
        "labels": (chance.sample(LABELS, 2), [chance.randrange(8) / 8, chance.randrange(8) / 8]),
    }  # fmt: skip
    answered = chance.sample(PEOPLE, chance.choice((0, 0, 0, 1, 1, 2, 3)))
    return {
        "prompt": " ".join(chance.sample(TEXTS, 2)),
        "completion": chance.choice(TEXTS),
        "metadata": {name: value for name, value in metadata.items() if chance.random() < 0.9},
        "suggestions": {name: value for name, value in suggestions.items() if chance.random() < 0.7},
        "responses": {name: answer(chance) for name in answered},
    }


def answer(chance: random.Random) -> Query:
    """Return an answer by chance."""
    values = {
        "rating": chance.randrange(1, 6), "label": chance.choice(LABELS), "labels": chance.sample(LABELS, 2),
    }  # fmt: skip
    return {"status": chance.choice(("submitted", "submitted", "draft", "discarded")), "values": values}


def body(id_: str, row: Query, questions: dict[str, str], users: dict[str, str]) -> Query:
    """Return a record as Argilla's interface takes it."""
    suggestions = [
        {"question_id": questions[name], "value": value, "score": score, "agent": f"model-{name}"}
        for name, (value, score) in row["suggestions"].items()
    ]
    responses = [
        {"user_id": users[name], "status": a["status"], "values": {q: {"value": v} for q, v in a["values"].items()}}
        for name, a in row["responses"].items()
    ]
    fields = {"prompt": row["prompt"], "completion": row["completion"]}
    return {"external_id": id_, "fields": fields, "metadata": row["metadata"], "suggestions": suggestions,
            "responses": responses}  # fmt: skip
