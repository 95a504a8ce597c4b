import tarfile
from pathlib import Path

import pyarrow as pa
import pytest

from aya.errors import RecipeError
from aya.stage import About
from collection import promptsource
from collection.template_files import Task, is_promptsource
from collection.templates import Templates

ABOUT = About(name="xcopa", license="CC-BY-4.0", revision="1", citation="Ponti et al. 2020", language="ita")

FILE = """\
dataset: xcopa
subset: it
templates:
  aaaa-1: !Template
    answer_choices: '{{choice1}} ||| {{choice2}}'
    id: aaaa-1
    jinja: '{{ premise }} {% if question == "cause" %}Why?{% else %}And then?{% endif %}

      - {{ answer_choices | join("\\n- ") }} ||| {% if label != -1 %}{{ answer_choices[label] }}{% endif %}'
    metadata: &id001 !TemplateMetadata
      choices_in_prompt: true
      languages: []
      metrics: [Accuracy]
      original_task: true
    name: why
    reference: ''
  bbbb-2: !Template
    answer_choices: null
    id: bbbb-2
    jinja: "{% if label != -1 %}ما الأرجح؟ {{ choice1 }} أم {{ choice2 }}||| {{ [choice1, choice2][label] }}{% endif %}"
    metadata: !TemplateMetadata
      languages: [ar]
      original_task: false
    name: arabic
    reference: ''
  cccc-3: !Template
    answer_choices: はい ||| いいえ
    id: cccc-3
    jinja: "{{ premise }} この文は原因ですか。||| {{ answer_choices[0 if question == 'cause' else 1] }}"
    metadata: *id001
    name: japanese
    reference: ''
"""

ITEMS = pa.table(
    {
        "_key": ["0", "1"],
        "premise": ["L'uomo aprì il rubinetto.", "Le termiti ||| invasero la casa."],
        "choice1": ["Il gabinetto si riempì d'acqua.", "Le termiti sparirono."],
        "choice2": ["Dell'acqua fluì dal beccuccio.", "Le termiti rosero il legno."],
        "question": ["effect", "cause"],
        "label": [1, -1],
    }
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "templates.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def ids(tasks: tuple[Task, ...]) -> list[str]:
    return [item.id for task in tasks for listed in task.templates.values() for item in listed]


def test_a_file_is_read_as_it_is(file: Path) -> None:
    assert is_promptsource(file)
    tasks = promptsource.read(file)
    assert ids(tasks) == [f"promptsource/xcopa/it/{name}" for name in ("aaaa-1", "cccc-3", "bbbb-2")]
    assert list(tasks[0].templates) == [("eng", None), ("ara", None)]
    arabic = tasks[0].templates["ara", None][0]
    assert arabic.facts == {"dataset_name": "xcopa", "sub_dataset_name": "it"}
    assert (arabic.story["template_name"], arabic.story["prompt_language"]) == ("arabic", "ara")


def test_only_the_original_task_if_so_wanted(file: Path) -> None:
    assert ids(promptsource.read(file, original_task=True)) == [
        "promptsource/xcopa/it/aaaa-1",
        "promptsource/xcopa/it/cccc-3",
    ]


def test_answer_choices_and_separators_make_records(file: Path) -> None:
    made = Templates(paths=(file,), per_item=9)(ITEMS, about=ABOUT, part="p").to_pylist()
    first, second = made[0], made[1]
    assert first["inputs"] == (
        "L'uomo aprì il rubinetto. And then?\n- Il gabinetto si riempì d'acqua.\n- Dell'acqua fluì dal beccuccio."
    )
    assert first["targets"] == "Dell'acqua fluì dal beccuccio."
    assert (second["inputs"], second["targets"]) == ("L'uomo aprì il rubinetto. この文は原因ですか。", "いいえ")
    assert made[3]["inputs"] == "Le termiti ||| invasero la casa. この文は原因ですか。"
    assert {row["language"] for row in made} == {"ita"}
    assert [row["drop"] for row in made] == [None, None, "collection.templates: empty targets", None]


def test_a_prompt_in_the_language_of_the_item_comes_first(file: Path) -> None:
    about = ABOUT.model_copy(update={"language": "arb"})
    made = Templates(paths=(file,))(ITEMS, about=about, part="p").to_pylist()
    assert {row["template_id"] for row in made} == {"promptsource/xcopa/it/bbbb-2"}
    assert made[0]["inputs"].startswith("ما الأرجح؟ Il gabinetto")
    assert [row["drop"] for row in made] == [None, "collection.templates: does not apply"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("| join(", "| joyn(", ":7: no filter 'joyn'; did you mean 'join'?"),
        ("languages: [ar]", "languages: [xx]", "no language 'xx'"),
        ("dataset: xcopa", "dataset:\n", "'dataset'"),
        ("!TemplateMetadata\n      languages: [ar]", "!Metadata\n      languages: [ar]", ":21: could not determine"),
        ("name: why", "name: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("    name: why", "   name: why", "templates.yaml:15: "),
    ],
)
def test_a_fault_names_file_and_line(file: Path, old: str, new: str, fault: str) -> None:
    file.write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        promptsource.read(file)
    assert str(file) in str(caught.value)
    assert fault in str(caught.value)


@pytest.mark.realdata
@pytest.mark.slow
def test_every_published_template_can_be_compiled(real_data: Path, tmp_path: Path) -> None:
    with tarfile.open(real_data / "instruct" / "promptsource_templates.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    tasks = Templates(paths=(tmp_path,)).tasks()
    assert (len(tasks), len(ids(tasks))) == (430, 4912)


@pytest.mark.realdata
@pytest.mark.parametrize("language", ["id", "it", "sw", "ta", "vi", "zh"])
def test_published_templates_render_published_rows(real_data: Path, tmp_path: Path, language: str) -> None:
    json = pytest.importorskip("pyarrow.json")
    with tarfile.open(real_data / "instruct" / "promptsource_templates.tar.gz") as archive:
        archive.extractall(tmp_path, filter=lambda item, path: item if f"xcopa/{language}/" in item.name else None)
    rows = json.read_json(real_data / "eval" / "xcopa" / language / f"val.{language}.jsonl")
    items = rows.append_column("_key", pa.array([str(index) for index in range(len(rows))]))
    made = Templates(paths=(tmp_path,), per_item=100)(items, about=ABOUT, part="val")
    assert len(made) >= 100
    assert set(made["drop"].to_pylist()) <= {None, "collection.templates: does not apply"}
