"""Seeds in eight languages, and a model that does what it is asked, for tests of methods."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from synthesis.teachers import Teacher
from tests.model_server import Body, ModelServer, prompt_of

SEEDS = [  # written for this test
    {"id": "a", "inputs": "አዲስ አበባ የት ናት?", "targets": "አዲስ አበባ በኢትዮጵያ መሃል ላይ ትገኛለች።", "language": "am"},
    {"id": "b", "inputs": "ما عاصمة مصر؟", "targets": "عاصمة مصر هي القاهرة.", "language": "arb"},
    {"id": "c", "inputs": "ရန်ကုန်ဆိုတာ ဘာလဲ။", "targets": "ရန်ကုန်သည် မြန်မာနိုင်ငံ၏ အကြီးဆုံးမြို့ ဖြစ်သည်။", "language": "my"},
    {"id": "d", "inputs": "中国的首都是哪里？", "targets": "中国的首都是北京。", "language": "zh"},
    {"id": "e", "inputs": "भारत की राजधानी क्या है?", "targets": "भारत की राजधानी नई दिल्ली है।", "language": "hi"},
    {"id": "f", "inputs": "เมืองหลวงของไทยคือเมืองอะไร", "targets": "เมืองหลวงของไทยคือกรุงเทพมหานคร", "language": "th"},
    {"id": "g", "inputs": "తెలంగాణ రాజధాని ఏది?", "targets": "తెలంగాణ రాజధాని హైదరాబాదు.", "language": "te"},
    {"id": "h", "inputs": "Kí ni olú-ìlú Nàìjíríà?", "targets": "Olú-ìlú Nàìjíríà ni Àbújá.", "language": "yo"},
]


def write_seeds(folder: Path, rows: list[dict[str, Any]] | None = None, name: str = "seeds.jsonl") -> str:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows or SEEDS), "utf-8")
    return str(path)


FOLDER = files("synthesis").joinpath("prompts")
OPENINGS = {
    " ".join(path.read_text("utf-8").partition("$")[0].split()): path.parent.name
    for path in Path(str(FOLDER)).glob("*/*.txt")
}
"""The method of every template, by its words up to the first field."""


def asked_for(text: str) -> str:
    """Return the method whose template a prompt is of; nothing if it is of none."""
    flat = " ".join(text.split())
    return next((method for opening, method in OPENINGS.items() if flat.startswith(opening)), "")


def obliging(body: Body) -> str:
    """Do what each template asks, in any language; the better of two answers is the longer one."""
    text = prompt_of(body)
    method = asked_for(text)
    if method == "self_instruct":
        return "1. Name a river.\n2. Name a river!\n3. Explain how bread is baked at home."
    if method == "judge":
        first, second = re.split(r"^\[.+ [AB]\]$", text.rpartition("\n\n")[0], flags=re.MULTILINE)[1:]
        return "TIE" if len(first.strip()) == len(second.strip()) else "AB"[len(second.strip()) > len(first.strip())]
    if method == "rate":
        return "4"
    if method == "evolve":
        return f"Evolved: {text.splitlines()[-1]}"
    if method == "paraphrase":
        return f"In other words: {text.splitlines()[-1]}"
    if method in ("reverse", "persona"):
        return "A request."
    return f"{body['model']} says {'more ' * (len(body['model']) % 7)}to {text.splitlines()[0]} ({body['seed']})"


def teacher(server: ModelServer, name: str = "owl", **more: Any) -> Teacher:
    return Teacher(name=name, at=server.url, revision="r1", license="Apache-2.0", terms="any use", **more)
