"""Templates: filled, named by their words, in their language, safe from what is filled in."""

import re
import string
from pathlib import Path

import pytest

import synthesis
from aya import languages
from aya.table import records
from collection.language_id import LanguageId
from synthesis.prompting import answer_in, listed, prompt

FOLDER = Path(synthesis.__path__[0]) / "prompts"
TEMPLATES = sorted(FOLDER.glob("*/*.txt"))
LANGUAGES = [
    "amh",
    "ara",
    "deu",
    "eng",
    "fra",
    "hin",
    "mya",
    "por",
    "rus",
    "spa",
    "swa",
    "tel",
    "tha",
    "tur",
    "yor",
    "zho",
]


def test_a_value_is_never_read_as_a_template() -> None:
    asked = prompt("reverse", "hau", text="Ó ná $text {{ x }} $100.")
    assert asked.text.endswith("\n\nÓ ná $text {{ x }} $100.")
    assert "in Hausa" in asked.text
    assert re.fullmatch(r"reverse/eng@[0-9a-f]{16}", asked.template)


def test_a_paragraph_is_one_line() -> None:
    first, *_ = prompt("judge", "tel", prompt="p", first="a", second="b").text.split("\n\n")
    assert "\n" not in first
    assert "[సమాధానం A]\na\n" in prompt("judge", "tel", prompt="p", first="a", second="b").text
    assert "[Answer A]\na\n" in prompt("judge", "hau", prompt="p", first="a", second="b").text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_template_is_of_a_known_language_and_has_the_fields_of_the_english_one(path: Path) -> None:
    assert languages.get(path.stem).code == path.stem
    words = [one.read_text("utf-8") for one in (path, path.with_name("eng.txt"))]
    fields = [sorted({*string.Template(one).get_identifiers()} - {"language"}) for one in words]
    assert fields[0] == fields[1]


@pytest.mark.parametrize("method", sorted({path.parent.name for path in TEMPLATES}))
def test_methods_are_asked_in_the_same_languages(method: str) -> None:
    assert sorted(path.stem for path in FOLDER.glob(f"{method}/*.txt")) == LANGUAGES


def test_operations_and_topics_are_there_for_the_languages_of_their_templates() -> None:
    operations = listed("evolve/operations")
    assert sorted(operations) == sorted(listed("persona/topic")) == LANGUAGES
    assert {tuple(one) for one in operations.values()} == {("constraint", "deepen", "concrete", "reason", "breadth")}
    assert all(text.count("$topic") == 1 for text in listed("persona/topic").values())


def test_every_file_is_in_its_language_and_script() -> None:
    texts = {str(path): (path.stem, string.Template(path.read_text("utf-8"))) for path in TEMPLATES}
    rows = {
        name: (code, template.safe_substitute(dict.fromkeys(template.get_identifiers(), "")))
        for name, (code, template) in texts.items()
    }
    for code, operations in listed("evolve/operations").items():
        rows[f"operations {code}"] = (code, " ".join(operations.values()))
    rows |= {f"wish {code}": (code, text) for code, text in listed("answer_in").items()}
    table = records(
        {"id": name, "inputs": "", "targets": text, "language": code, "script": languages.get(code).script}
        for name, (code, text) in rows.items()
    )
    judged = LanguageId(field="targets")(table)
    assert {row["id"]: row["drop"] for row in judged.to_pylist() if row["drop"]} == {}
    scored = [row["id"] for row in judged.to_pylist() if row["lid_score"] is not None]
    assert len(scored) > 0.7 * len(rows)  # so they were judged


def test_the_wish_for_a_language_is_in_its_script() -> None:
    for code in listed("answer_in"):
        assert languages.get(code).code == code
    assert {*LANGUAGES} <= {*listed("answer_in")}
    assert answer_in("yor") == "Jọ̀wọ́ dáhùn ní èdè Yorùbá."
    assert answer_in("bam") == "Please answer in Bambara."
