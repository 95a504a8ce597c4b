import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import RecipeError
from aya.stage import About
from collection.templates import Templates

ABOUT = About(name="names", license="Unicode-3.0", revision="48.2", citation="Unicode CLDR")

FILE = """\
tasks:
  - task: territory
    task_type: question answering
    when: "kind == 'territory' and code != 'ZZ'"
    language: locale
    templates:
      eng:
        - {id: plain, inputs: "What is {{ english }} called in {{ language_name }}?", targets: "{{ name }}"}
        - {id: say, inputs: "Say {{ english }} in {{ language_name }} ({{ language_endonym }}).", targets: "{{ name }}"}
      yor:
        - {id: plain, inputs: "Kí ni orúkọ {{ english }} ní èdè Yorùbá?", targets: "{{ name }}"}
      ara:
        - {id: plain, inputs: "ما اسم {{ english }} بالعربية؟", targets: "{{ name }}"}
      srp:
        - {id: plain, inputs: "Како се каже {{ english }} на српском?", targets: "{{ name }}"}
      srp_Latn:
        - {id: plain, inputs: "Kako se kaže {{ english }} na srpskom?", targets: "{{ name }}"}
      zho_Hant:
        - {id: plain, inputs: "{{ english }} 用中文怎麼說？", targets: "{{ name }}"}
  - task: back
    when: "kind == 'territory' and locale == 'te'"
    language: locale
    templates:
      tel:
        - id: english
          inputs: |
            {{ name }} ని ఇంగ్లీషులో ఏమంటారు?

            సమాధానం:
          targets: "{{ english }}"
          target_language: eng
          origin: human
          dataset_name: cldr
          sub_dataset_name: back
          task_type: translation
"""

ITEM = {"_key": "NG", "kind": "territory", "code": "NG", "english": "Nigeria", "name": "Nàìjíríà", "locale": "yo"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, FILE)


def written(folder: Path, text: str) -> Path:
    path = folder / "cldr.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def one_task(folder: Path, templates: str, **task: str) -> Path:
    """Write a file of one task with English templates."""
    settings = "".join(f"    {name}: {value}\n" for name, value in task.items())
    return written(folder, f"tasks:\n  - task: t\n{settings}    templates:\n      eng:\n{templates}")


def make(path: Path, *items: dict[str, Any], about: About = ABOUT, **settings: Any) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for item in items for name in item)
    table = pa.table({name: [item.get(name) for item in items] for name in names})
    rows: list[dict[str, Any]] = Templates(paths=(path,), **settings)(table, about=about, part="part").to_pylist()
    return rows


@pytest.mark.parametrize(
    ("locale", "template", "inputs", "language"),
    [
        ("yo", "yor/plain", "Kí ni orúkọ Nigeria ní èdè Yorùbá?", ("yor", "Latn")),
        ("ar", "ara/plain", "ما اسم Nigeria بالعربية؟", ("ara", "Arab")),
        ("sr", "srp/plain", "Како се каже Nigeria на српском?", ("srp", "Cyrl")),
        ("sr-Latn", "srp_Latn/plain", "Kako se kaže Nigeria na srpskom?", ("srp", "Latn")),
        ("zh_Hant_TW", "zho_Hant/plain", "Nigeria 用中文怎麼說？", ("zho", "Hant")),
    ],
)
def test_the_prompt_is_in_the_language_of_the_item(
    file: Path, locale: str, template: str, inputs: str, language: tuple[str, str]
) -> None:
    (row,) = make(file, ITEM | {"locale": locale})
    assert row["template_id"] == f"cldr/territory/{template}"
    assert (row["inputs"], row["targets"]) == (inputs, "Nàìjíríà")
    assert (row["language"], row["script"]) == language
    assert (row["task_type"], row["origin"], row["drop"]) == ("question answering", "template", None)


def test_english_stands_in_and_knows_the_name_of_the_language(file: Path) -> None:
    (row,) = make(file, ITEM | {"locale": "my"}, seed=1)
    assert row["inputs"] in {"What is Nigeria called in Burmese?", "Say Nigeria in Burmese (မြန်မာ)."}
    assert row["language"] == "mya"
    (simplified,) = make(file, ITEM | {"locale": "zh"})
    assert simplified["template_id"].startswith("cldr/territory/eng/")


def test_a_template_may_say_all_of_its_record(file: Path) -> None:
    (_, row) = make(file, ITEM | {"locale": "te", "name": "నైజీరియా"})
    assert row["template_id"] == "cldr/back/tel/english"
    assert row["inputs"] == "నైజీరియా ని ఇంగ్లీషులో ఏమంటారు?\n\nసమాధానం:"
    assert (row["language"], row["script"]) == ("eng", "Latn")
    assert (row["task_type"], row["origin"]) == ("translation", "human")
    assert (row["dataset_name"], row["sub_dataset_name"]) == ("cldr", "back")


def test_provenance_holds_a_hash_of_the_text(tmp_path: Path) -> None:
    hashes = set()
    for text in ("{{ name }}", "{{ name }}", "{{ name }}."):
        path = one_task(tmp_path, f'        - {{id: a, inputs: "?", targets: "{text}"}}\n', language="locale")
        story = json.loads(make(path, ITEM)[0]["provenance"])
        hashes.add(story["template_hash"])
        assert story["prompt_language"] == "eng"
    assert len(hashes) == 2


def test_each_item_gets_as_many_templates_as_wanted(file: Path) -> None:
    items = [ITEM | {"_key": str(index), "locale": "am"} for index in range(200)]
    rows = make(file, *items)
    assert [row["drop"] for row in rows] == [None] * 200
    assert 60 < sum(row["template_id"].endswith("/say") for row in rows) < 140
    assert [row["id"] for row in make(file, *items, seed=7)] != [row["id"] for row in rows]
    assert len(make(file, *items, per_item=2)) == len(make(file, *items, per_item=9)) == 400


@given(cut=st.integers(0, 20))
def test_the_cut_does_not_matter(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = written(tmp_path_factory.mktemp("templates"), FILE)
    items = [ITEM | {"_key": str(index), "locale": ("yo", "te", "xx", "en")[index % 4]} for index in range(20)]
    table = pa.Table.from_pylist(items)
    stage = Templates(paths=(path,))
    pieces = [stage(piece, about=ABOUT, part="p") for piece in (table[:cut], table[cut:])]
    assert pa.concat_tables(pieces).equals(stage(table, about=ABOUT, part="p"))


def test_the_same_items_give_the_same_records_after_pickling(file: Path) -> None:
    stage = Templates(paths=(file,))
    table = pa.Table.from_pylist([ITEM, ITEM | {"_key": "b", "locale": "th"}])
    again: Templates = pickle.loads(pickle.dumps(stage))
    assert again(table, about=ABOUT, part="p").equals(stage(table, about=ABOUT, part="p"))


def test_an_item_that_fits_no_task_is_dropped_with_a_reason(file: Path) -> None:
    (row,) = make(file, ITEM | {"kind": "unit"})
    assert row["drop"] == "collection.templates: no template for this item"
    assert (row["language"], row["template_id"]) == ("yor", None)


def test_a_faulty_item_meets_no_template(file: Path) -> None:
    rows = make(
        file, ITEM | {"_fault": "invalid UTF-8", "_evidence": '{"byte": 7}'}, ITEM | {"_key": "b", "_fault": None}
    )
    assert [row["drop"] for row in rows] == ["collection.source: invalid UTF-8", None]
    assert json.loads(rows[0]["evidence"]) == {"byte": 7}


@pytest.mark.parametrize(
    ("targets", "reason", "message"),
    [
        ("{{ nme }}", "undefined variable", "'nme' is undefined"),
        ("{{ nothing }}", "null value", "a null is printed"),
        ("{{ 'a' * 10**9 }}", "output too large", "a text of more than"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "too slow", "more loops"),
        ("{{ name.format }}", "refused by the sandbox", "unsafe"),
        ("{{ 1 / 0 }}", "error", "division by zero"),
        ("{% if nothing %}a{% endif %}", "empty targets", "the completion is empty"),
    ],
)
def test_a_template_that_fails_on_an_item_says_why(tmp_path: Path, targets: str, reason: str, message: str) -> None:
    path = one_task(tmp_path, f'        - {{id: a, inputs: "?", targets: "{targets}"}}\n', language="locale")
    (row,) = make(path, ITEM | {"nothing": None})
    assert row["drop"] == f"collection.templates: {reason}"
    evidence = json.loads(row["evidence"])
    assert evidence["template_id"] == row["template_id"] == "cldr/t/eng/a"
    assert message in evidence["message"]
    assert (row["inputs"], row["targets"], row["language"]) == (None, None, "yor")


def test_a_slow_template_fails_alone(tmp_path: Path) -> None:
    loop = "{% for a in range(90) %}{% for b in range(999) %}{{ x ~ x }}{% endfor %}{% endfor %}"
    loop = f"{{% if name == 'slow' %}}{loop}{{% endif %}}"
    path = one_task(tmp_path, f'        - {{id: a, inputs: "?", targets: "{loop}fast"}}\n', language="locale")
    items = [ITEM | {"_key": str(index), "name": "slow" if index == 3 else "n", "x": "a"} for index in range(9)]
    rows = make(path, *items, seconds=0.02)
    assert [row["drop"] for row in rows] == [None] * 3 + ["collection.templates: too slow"] + [None] * 5


def test_a_condition_that_fails_is_a_reason_of_its_task(tmp_path: Path) -> None:
    path = one_task(tmp_path, '        - {id: a, inputs: "?", targets: "a"}\n', language="locale", when="knd == 1")
    (row,) = make(path, ITEM)
    assert (row["drop"], row["template_id"]) == ("collection.templates: undefined variable", "cldr/t")


def test_a_language_nobody_knows_is_a_reason(file: Path) -> None:
    (row,) = make(file, ITEM | {"locale": "xx"})
    assert row["drop"] == "collection.source: unknown language"


def test_an_item_of_a_language_that_is_not_wanted_makes_one_record(file: Path) -> None:
    about = ABOUT.model_copy(update={"languages": ("amh", "eng")})
    (row,) = make(file, ITEM | {"locale": "te"}, about=about)
    assert (row["drop"], row["language"]) == ("collection.source: language not wanted", "tel")


def test_a_language_without_templates_where_there_is_no_english(tmp_path: Path) -> None:
    path = written(tmp_path, FILE.replace("kind == 'territory' and locale == 'te'", "kind == 'unit'"))
    (row,) = make(path, ITEM | {"kind": "unit", "locale": "th"})
    assert row["drop"] == "collection.templates: no template in this language"


def test_the_target_language_may_be_a_column(tmp_path: Path) -> None:
    path = one_task(
        tmp_path,
        '        - {id: a, inputs: "{{ name }}", targets: "{{ english }}", target_language: into}\n'
        '        - {id: b, inputs: "{{ english }}", targets: "{{ name }}", language: hin}\n',
        language="locale",
        per_item="2",
    )
    rows = make(path, ITEM | {"into": "am"})
    assert [row["language"] for row in rows] == ["amh", "hin"]


def test_the_language_of_the_source_stands_in(tmp_path: Path) -> None:
    path = one_task(tmp_path, '        - {id: a, inputs: "{{ language_name }}", targets: "{{ name }}"}\n')
    about = ABOUT.model_copy(update={"language": "amh", "origin": "translation"})
    (row,) = make(path, ITEM, about=about)
    assert (row["inputs"], row["language"], row["origin"]) == ("Amharic", "amh", "translation")


FAULTS = """\
tasks:
  - task: one
    wen: "kind == 1"
    when: "kind =="
    templates:
      eng:
        - {id: a, inputs: "?"}
      yo:
        - {id: a, inputs: "?", targets: "a", answr_choices: "a"}
  - task: two
    templates: {}
"""

MORE_FAULTS = """\
tasks:
  - task: one
    when: "kind =="
    templates:
      eng:
        - id: a
          inputs: |
            one
            {{ name | uppr }}
          targets: "{{ name"
        - {id: a, inputs: "?", targets: "{% include 'x' %}"}
      yo:
        - {id: a, inputs: "?", targets: "a", language: yorr}
      srp_Cyril: []
  - task: one
    templates:
      eng:
        - {id: a, inputs: "{% if x %}", targets: "a{% endif %}"}
"""


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            FAULTS,
            [
                ":3: no setting 'wen'; did you mean 'when'?",
                ":7: 'targets' is missing",
                ":9: no setting 'answr_choices'; did you mean 'answer_choices'?",
                ":11: 'templates': Dictionary should have at least 1 item",
            ],
        ),
        (
            MORE_FAULTS,
            [
                ":3: 'when': unexpected 'end of template'",
                ":9: 'inputs': no filter 'uppr'; did you mean 'upper'?",
                ":10: 'targets': unexpected end of template",
                ":11: 'a' stands here a second time",
                ":11: 'targets': 'include' is not allowed",
                ":13: 'yo' is written 'yor' here",
                ":13: no language 'yorr'; did you mean",
                ":14: 'srp_Cyril' is written 'srp_Cyrl' here",
                ":14: no template for 'srp_Cyril'",
                ":15: 'one' stands here a second time",
                ":18: 'inputs': Unexpected end of template",
                ":18: 'targets': Encountered unknown tag 'endif'",
            ],
        ),
        ("tasks: [", ["cldr.yaml:"]),
        ("", ["'tasks' is missing"]),
        ("tasks:\n  - task: a\n    task: b\n    templates: {eng: []}\n", [":3: key 'task' stands here a second time"]),
        (
            "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b ["
            + "*a, " * 99
            + "]\nc: &c ["
            + "*b, " * 99
            + "]\nd: [*c, *c, *c]",
            ["aliases"],
        ),
    ],
)
def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path, text: str, faults: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(RecipeError) as caught:
        Templates(paths=(path,))
    for fault in faults:
        assert fault in str(caught.value)
    assert all(line.startswith(f"{path}:") for line in caught.value.faults)


def test_a_word_that_yaml_takes_for_something_else_is_a_text(tmp_path: Path) -> None:
    path = one_task(tmp_path, "        - {id: no, inputs: 012, targets: yes}\n", language="locale")
    (row,) = make(path, ITEM)
    assert (row["template_id"], row["inputs"], row["targets"]) == ("cldr/t/eng/no", "012", "yes")


def test_a_missing_file_is_told_with_the_nearest_name(file: Path) -> None:
    with pytest.raises(RecipeError, match=r"no file or folder '.*cldrr\.yaml'; did you mean 'cldr\.yaml'\?"):
        Templates(paths=(file.with_name("cldrr.yaml"),))


def test_two_files_of_one_name_are_a_fault(file: Path) -> None:
    other = file.parent / "other" / file.name
    other.parent.mkdir()
    other.write_text(FILE, encoding="utf-8")
    with pytest.raises(RecipeError, match="rename the file"):
        Templates(paths=(file.parent,))


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    for text in ("first", "second"):
        path = one_task(tmp_path, f"        - {{id: a, inputs: '?', targets: {text}}}\n", language="locale")
        assert make(path, ITEM)[0]["targets"] == text


def test_no_items_give_no_records(file: Path) -> None:
    table = pa.Table.from_pylist([ITEM]).slice(0, 0)
    assert Templates(paths=(file,))(table, about=ABOUT, part="p").num_rows == 0


def test_the_examples_of_the_documentation_are_right(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
    path = written(tmp_path, text.split("```yaml\n")[1].split("```")[0])
    rows = make(path, ITEM | {"locale": "ha"}, ITEM | {"_key": "b", "locale": "ar"})
    assert [row["inputs"] for row in rows] == [
        "What is Nigeria called in Hausa?",
        "Please tell me the Hausa name of this place: Nigeria\n\nAnswer with the name only.",
        "ما اسم Nigeria بالعربية؟",
    ]


def test_the_templates_that_come_along_are_right() -> None:
    folder = Path(__file__).parents[2] / "recipes" / "templates"
    assert Templates(paths=(folder,)).tasks()
