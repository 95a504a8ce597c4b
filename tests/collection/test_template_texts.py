"""The texts of the templates in `recipes/`: what can be checked of 38 languages without reading them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from aya import languages, text
from aya.recipe import load_recipe
from aya.stage import About
from aya.text import SCRIPT_MEMBERS
from collection.catalogues import Gettext
from collection.cldr import Cldr
from collection.template_files import read
from collection.templates import Templates

FOLDER = Path(__file__).parents[2] / "recipes" / "templates"
FILES = sorted(FOLDER.rglob("*.yaml"))
PACKAGES = ("cldr.yaml", "gettext.yaml")
COLUMNS = {
    "cldr.yaml": {"locale", "kind", "code", "name", "english", "endonym"},
    "gettext.yaml": {"locale", "message", "translation", "context", "app"},
}
FACTS = {"language_name", "language_endonym"}

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
LABEL = re.compile(r": '([^']*)'")
BRACKETS = ("{}", "()", "[]", "«»", "「」", "『』", "（）")
QUOTES = {language: pair for pair, codes in {"„“": "deu ces bul", "„”": "pol ron hun", "”": "swe fin"}.items()
    for language in codes.split()}  # fmt: skip
"""How quotes open and close where that is not “ and ”."""


class Written(NamedTuple):
    """One text of a template, as it stands in its file."""

    where: str
    language: str
    text: str

    @property
    def literal(self) -> str:
        """What is written for a reader: without Jinja, but with the labels that Jinja chooses from."""
        labels = [label for code in JINJA.findall(self.text) for label in LABEL.findall(code)]
        return "\n".join([JINJA.sub("", self.text), *labels])


def raw(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def written(path: Path) -> Iterator[Written]:
    for task in raw(path)["tasks"]:
        for language, templates in task["templates"].items():
            for template in templates:
                where = f"{path.name} {task['task']} {language} {template['id']}"
                yield Written(f"{where} inputs", language, template["inputs"])
                yield Written(f"{where} targets", language, template["targets"])


TEXTS = [item for path in FILES for item in written(path)]


def in_languages(*codes: str) -> list[Written]:
    return [item for item in TEXTS if item.language.partition("_")[0] in codes]


def wrong(pattern: str, texts: list[Written]) -> list[str]:
    """Name the texts whose literal part has something of the pattern."""
    return [f"{item.where}: {item.text}" for item in texts if re.search(pattern, item.literal)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_without_a_fault(path: Path) -> None:
    assert read(path)


@pytest.mark.parametrize("path", sorted(set(FILES) - {FOLDER / "loop.yaml"}), ids=lambda path: path.name)
def test_every_task_has_two_english_prompts_for_all_other_languages(path: Path) -> None:
    """The loop alone has none: it takes the languages that it asks in."""
    assert [task["task"] for task in raw(path)["tasks"] if len(task["templates"].get("eng", ())) < 2] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_the_package_sources_are_asked_about_in_a_dozen_languages_and_more(name: str) -> None:
    counts = {task["task"]: len(task["templates"]) for task in raw(FOLDER / name)["tasks"]}
    assert {task for task, count in counts.items() if count < 12} <= {"message_in_context"}  # its context is English


@pytest.mark.parametrize("name", PACKAGES)
def test_templates_of_the_package_sources_read_only_their_columns(name: str) -> None:
    tasks = read(FOLDER / name)
    conditions = {column for task in tasks if task.condition for column in task.condition.reads}
    programs = {
        column
        for task in tasks
        for templates in task.templates.values()
        for template in templates
        for column in template.program.reads
    }
    assert conditions <= COLUMNS[name]
    assert programs <= COLUMNS[name] | FACTS


@pytest.mark.parametrize("name", PACKAGES)
def test_english_prompts_name_the_language_they_ask_for(name: str) -> None:
    prompts = [item for item in written(FOLDER / name) if item.language == "eng" and item.where.endswith("inputs")]
    assert [item.where for item in prompts if "language_name" not in item.text] == []


def test_template_ids_are_unique_over_all_files() -> None:
    ids = [
        template.id
        for path in FILES
        for task in read(path)
        for templates in task.templates.values()
        for template in templates
    ]
    assert len(ids) == len(set(ids))


def test_languages_are_written_with_the_registry_code() -> None:
    codes = {item.language.partition("_")[0] for item in TEXTS}
    assert sorted(codes) == sorted({languages.get(code).code for code in codes})


def test_texts_are_in_the_script_of_their_language() -> None:
    foreign = []
    for item in TEXTS:
        found = languages.resolve(item.language)
        shares = text.script_shares(re.sub(r"%\(\w+\)s|\{\w+\}|ISO [\d-]+|\([A-E]\)", "", item.literal))
        assert found is not None
        own = SCRIPT_MEMBERS.get(found.script, frozenset({found.script}))
        if shares and sum(shares.get(script, 0) for script in own) < 0.9:
            foreign.append(f"{item.where}: {item.text}")
    assert foreign == []


def test_brackets_are_closed() -> None:
    signs = [(pair[0], pair[1]) for pair in BRACKETS]
    assert [item.where for item in TEXTS for a, b in signs if item.text.count(a) != item.text.count(b)] == []


def test_quotes_are_those_of_the_language_and_closed() -> None:
    open_ = []
    for item in TEXTS:
        pair = QUOTES.get(item.language, "“”")
        counts = [item.text.count(sign) for sign in pair]
        strange = [sign for sign in "„“”" if sign not in pair and sign in item.text]
        if strange or (counts[0] % 2 if len(counts) == 1 else counts[0] != counts[1]):
            open_.append(f"{item.where}: {item.text}")
    assert open_ == []


def test_there_is_no_stray_white_space() -> None:
    assert wrong(r"\A\s|\s\Z(?<!\A\s)|[ \t]\n|  ", [item for item in TEXTS if not JINJA.search(item.text)]) == []
    assert [item.where for item in TEXTS if re.search(r"\A\s|\s\Z|[ \t]\n|  ", item.text)] == []


def test_french_has_unbreakable_spaces_before_double_signs_and_inside_quotes() -> None:
    assert wrong(r"[ \w][?!;»]|\w:(?!\w)| :|« |«\w", in_languages("fra")) == []


def test_arabic_script_has_its_own_question_mark_and_comma() -> None:
    assert wrong(r"[?,;]", in_languages("ara", "fas", "urd", "arq", "ary")) == []


def test_greek_asks_with_a_semicolon() -> None:
    assert wrong(r"\?", in_languages("ell")) == []


def test_chinese_and_japanese_have_full_width_signs() -> None:
    assert wrong(r"[?,;:!]|(?<!\d)\.", in_languages("zho", "jpn")) == []


def test_hindi_bengali_and_urdu_end_sentences_with_their_own_sign() -> None:
    assert wrong(r"\.(?!\w)", in_languages("hin", "ben", "urd")) == []


def test_thai_has_no_full_stop() -> None:
    assert wrong(r"[.?](?!\w)", in_languages("tha")) == []


def test_spanish_opens_what_it_closes() -> None:
    spanish = in_languages("spa")
    assert [item.where for item in spanish if item.literal.count("¿") != item.literal.count("?")] == []


# -- at work ---------------------------------------------------------------------------------------


def rendered(name: str, source: Any, *codes: str) -> list[dict[str, Any]]:
    """Return the records that a package source gives for the languages of some parts."""
    stage = Templates.model_validate({"paths": [FOLDER / name], "seed": 7})
    about = About(
        name=name.partition(".")[0], **{key: source.facts()[key] for key in ("license", "revision", "citation")}
    )
    parts = {part.name: part for part in source.parts()}
    tables = [stage(items, about=about, part=code) for code in codes for items in source.read(parts[code])]
    return [row for table in tables for row in table.to_pylist()]


@pytest.mark.parametrize(("name", "source"), [("cldr.yaml", Cldr()), ("gettext.yaml", Gettext())])
def test_every_task_makes_records_and_none_fails(name: str, source: Any) -> None:
    rows = rendered(name, source, "fr", "am", "th", "te")
    assert {row["drop"] for row in rows} <= {None, "collection.templates: no template for this item"}
    made = {row["template_id"].split("/")[1] for row in rows if row["drop"] is None}
    assert made == {task["task"] for task in raw(FOLDER / name)["tasks"]}


def test_french_names_are_asked_for_in_french_and_amharic_ones_in_english() -> None:
    rows = [row for row in rendered("cldr.yaml", Cldr(), "fr", "am") if row["drop"] is None]
    assert {(row["language"], row["template_id"].split("/")[2]) for row in rows} == {
        ("fra", "fra"),
        ("amh", "eng"),
        ("eng", "eng"),
    }


def test_a_country_is_called_as_its_language_calls_it() -> None:
    rows = rendered("cldr.yaml", Cldr(), "te")
    names = {row["targets"] for row in rows if json.loads(row["provenance"])["key"] == "te/territory/TH"}
    assert "థాయిలాండ్" in " ".join(names)


def test_placeholders_of_a_message_come_back_in_its_translation() -> None:
    rows = rendered("gettext.yaml", Gettext(), "ja", "ar")
    asked = [row for row in rows if str(row["template_id"]).startswith("gettext/placeholders/")]
    assert len(asked) > 100
    kept = [set(PLACEHOLDER.findall(row["targets"])) <= set(PLACEHOLDER.findall(row["inputs"])) for row in asked]
    assert sum(kept) / len(kept) > 0.99


def test_the_quickstart_has_no_fault() -> None:
    assert [entry.about.name for entry in load_recipe(FOLDER.parent / "quickstart.yaml").sources] == ["cldr", "gettext"]


@pytest.mark.realdata
def test_the_recipe_over_real_data_has_no_fault(real_data: Path) -> None:
    assert len(load_recipe(FOLDER.parent / "real.yaml", data=real_data).sources) == 12
