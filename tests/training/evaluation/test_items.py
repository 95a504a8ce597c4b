import re

import pytest

from aya.errors import InputError
from tests.training.evaluation.worksheets import ROWS, choices, texts
from training.evaluation.items import items_of
from training.evaluation.templates import parsed, parts


def test_an_item_is_asked_in_every_way_of_its_task() -> None:
    items = items_of(choices(), ROWS)
    assert [item.key for item in items] == [
        "amh_Ethi:5", "ara_Arab:1", "tel_Telu:2", "tha_Thai:4", "yor_Latn:0", "zho_Hans:3"
    ]  # fmt: skip
    chinese = items[-1]
    assert chinese.questions[1].text == "Chinese: 中国的首都是哪里？"
    assert chinese.questions[0].choices == ("中国的首都是北京。", "భారతదేశ రాజధాని న్యూఢిల్లీ.")
    assert chinese.answer == 0


def test_labels_are_numbers_of_choices_in_their_order() -> None:
    task = choices(choices="Yes ||| No", labels=[1, 0], answer="{{ n }}")
    assert [item.answer for item in items_of(task, ROWS)] == [0, 0, 1, 1, 1, 0]


def test_a_limit_draws_the_same_items_of_all_languages() -> None:
    rows = [{**ROWS[place], "id": number} for number in range(20) for place in (0, 1, 5)]
    items = items_of(choices(id="{{ id }}"), rows, limit=3)
    drawn = {language: {item.id for item in items if item.language == language} for language in ("yor", "ara", "amh")}
    assert len(drawn["yor"]) == 3
    assert drawn["yor"] == drawn["ara"] == drawn["amh"]
    assert drawn["yor"] != {item.id for item in items_of(choices(id="{{ id }}"), rows, limit=3, seed=1)}


def test_shots_are_the_first_rows_of_the_same_language_and_kind() -> None:
    task = choices(
        shots={"num": 2, "rows": {"files": "dev.jsonl"}, "same": ["{{ n }}"]}, preamble="{{ language_name }} questions"
    )
    dev = [{**ROWS[0], "q": f"Q{number}", "right": f"R{number}", "n": number % 2} for number in range(6)]
    (item,) = items_of(task, [ROWS[0]], dev)
    assert item.questions[0].text == f"Yoruba questions\n\nQ0\nR0\n\nQ2\nR2\n\n{ROWS[0]['q']}"
    with pytest.raises(InputError, match="row 0: 0 examples of ara_Arab, 1, not 2"):
        items_of(task, [ROWS[1]], dev)


@pytest.mark.parametrize(
    ("changes", "row", "fault"),
    [
        ({}, {"l": "yor"}, "capitals: row 0: '{{ q }}': 'q' is undefined"),
        ({}, {"l": "yoruba-x"}, "row 0: no language 'yoruba-x'"),
        ({"answer": "2"}, ROWS[0], "row 0: '2' is the number of no choice, 0 to 1"),
        ({"labels": ["yes", "no"], "answer": "yess"}, ROWS[0], "no label 'yess'; did you mean 'yes'?"),
        ({"choices": "{{ right }} ||| "}, ROWS[0], "needs two choices or more, none of them empty"),
        ({"language": "{{ l.mro() }}"}, ROWS[0], "row 0"),
    ],
)
def test_a_row_that_can_not_be_asked_is_named(changes: dict[str, object], row: dict[str, object], fault: str) -> None:
    with pytest.raises(InputError, match=re.escape(fault)):
        items_of(choices(**changes), [row])


def test_a_template_parts_lists_of_either_spelling() -> None:
    assert parsed('["a", "b"]') == parsed("['a', 'b']") == ["a", "b"]
    assert parts("{{ x | parsed | join('|||') }}", {"x": "['é', 'ù']"}, place="here") == ("é", "ù")


def test_a_text_has_references_and_no_answer() -> None:
    item = items_of(texts(references="{{ right }} ||| {{ wrong }}"), ROWS[:1])[0]
    assert item.references == (ROWS[0]["right"], ROWS[0]["wrong"])
    assert item.answer is None
    assert item.questions[0].choices == ()
