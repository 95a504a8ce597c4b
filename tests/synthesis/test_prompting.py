"""Templates: filled, named by their words, safe from what is filled in."""

import re
import string
from pathlib import Path

import pytest

import synthesis
from aya import languages
from synthesis.prompting import answer_in, listed, prompt

FOLDER = Path(synthesis.__path__[0]) / "prompts"
TEMPLATES = sorted(FOLDER.glob("*/*.txt"))


def test_a_value_is_never_read_as_a_template() -> None:
    asked = prompt("reverse", "yor", text="Ó ná $text {{ x }} $100.")
    assert asked.text.endswith("\n\nÓ ná $text {{ x }} $100.")
    assert "in Yoruba" in asked.text
    assert re.fullmatch(r"reverse/eng@[0-9a-f]{16}", asked.template)


def test_a_paragraph_is_one_line() -> None:
    first, *_ = prompt("judge", "tel", prompt="p", first="a", second="b").text.split("\n\n")
    assert "\n" not in first
    assert "[Answer A]\na\n" in prompt("judge", "tel", prompt="p", first="a", second="b").text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_template_is_of_a_known_language_and_has_the_fields_of_the_english_one(path: Path) -> None:
    assert languages.get(path.stem).code == path.stem
    fields = [set(string.Template(one.read_text("utf-8")).get_identifiers()) - {"language"} for one in _pair(path)]
    assert fields[0] == fields[1]


def _pair(path: Path) -> list[Path]:
    return [path, path.with_name("eng.txt")]


def test_the_wish_for_a_language_is_in_its_script() -> None:
    for code in listed("answer_in"):
        assert languages.get(code).code == code
    assert answer_in("yor") == "Jọ̀wọ́ dáhùn ní èdè Yorùbá."
    assert answer_in("bam") == "Please answer in Bambara."
