from pathlib import Path

import pytest

from aya.evaluation_data import rows_of
from aya.evaluation_file import load_tasks, ready
from training.evaluation.items import Item, items_of

REAL = {
    "afriqa": 10, "afrisenti": 12, "americasnli": 10, "mgsm": 11, "mmlu_african": 12, "sib200": 181, "tata": 8,
    "winogrande_african": 11, "xcopa": 11, "xquad": 12, "xwinograd": 6,
}  # fmt: skip
"""Tasks of which the data is at hand, with their languages and scripts."""


def items(name: str, data: Path) -> list[Item]:
    (written,) = load_tasks([name])
    task = written.task
    examples = rows_of(task.shots.rows, [data]) if task.shots else ()
    return items_of(task, rows_of(task.rows, [data]), examples, limit=2)


@pytest.mark.realdata
@pytest.mark.parametrize("name", REAL)
def test_a_task_that_comes_with_aya_reads_its_data(real_data: Path, name: str) -> None:
    found = items(name, real_data)
    assert len({item.tongue for item in found}) == REAL[name]
    assert all(question.text for item in found for question in item.questions)


@pytest.mark.realdata
def test_shots_of_an_exam_are_of_its_language_and_subject(real_data: Path) -> None:
    (item, *_) = [item for item in items("mmlu_african", real_data) if item.language == "zul"]
    (question,) = item.questions
    assert question.text.count("Answer:") == 6
    assert question.text.startswith("The following are multiple choice questions (with answers) about ")
    assert question.choices == ("A", "B", "C", "D")


@pytest.mark.parametrize("name", ready())
def test_a_task_says_what_it_is(name: str) -> None:
    (written,) = load_tasks([name])
    assert written.task.name == name
    assert written.task.about
    assert written.task.license


def test_the_published_tasks_have_five_prompts() -> None:
    for written in load_tasks(["xcopa", "xnli", "xstorycloze", "xwinograd"]):
        assert len(written.task.prompts) == 5
