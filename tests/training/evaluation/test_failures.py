import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aya.evaluation_failures import detectors, report
from tests.training.evaluation.worksheets import ROWS, choices, texts
from training.evaluation.answers import Answer
from training.evaluation.failures import failures
from training.evaluation.items import items_of
from training.evaluation.run import Done, Given, evaluate
from training.evaluation.topics import units
from training.model import Model


def answered(said: Sequence[str], rows: Sequence[dict[str, Any]], **changes: Any) -> Done:
    """Return what a model said to rows, in their order."""
    items = items_of(texts(id="{{ loop_id }}", **changes), [{**row, "loop_id": n} for n, row in enumerate(rows)])
    return Done(texts(), items, {(item.key, "plain"): Answer(text=said[int(item.id)]) for item in items})


WAYS = {
    "empty": " \u200b",
    "echo": str(ROWS[0]["q"]),
    "wrong language": "The capital of Nigeria has been the city of Abuja since the year 1991.",
    "repetition": "Àbújá ni olú-ìlú wa o. " * 12,
    "refusal": "I'm sorry, but I can't help with that. Nàìjíríà",
    "off topic": "Ẹja wà nínú omi, ẹyẹ wà lójú ọ̀run.",
    "": "Olú-ìlú Nàìjíríà ni Àbújá.",
}


@pytest.mark.parametrize(("kind", "text"), WAYS.items())
def test_each_way_to_fail_is_told_from_the_others(kind: str, text: str) -> None:
    others = [{**ROWS[0], "q": f"Ọjọ́ wo ni ọjọ́ {n}?", "right": f"Ọjọ́ {n}"} for n in range(3)]
    done = answered([text, *(str(row["right"]) for row in others)], [ROWS[0], *others])
    samples = failures(done, detectors())["samples"]
    failed = {name for name, some in samples.items() if "yor_Latn:0" in str(some)}
    assert kind in failed if kind else failed == {"otherwise"}  # fails in no way: the rest is shown by its figure


def test_rates_are_by_language_and_group_with_intervals() -> None:
    done = answered(["", "", "", "中国的首都是北京。"], [ROWS[0], ROWS[0], ROWS[1], ROWS[3]])
    rates = failures(done, detectors())["kinds"]["empty"]
    assert {name: rate["value"] for name, rate in rates["language"].items()} == {
        "yor_Latn": 100, "ara_Arab": 100, "zho_Hans": 0
    }  # fmt: skip
    assert rates["resource"]["low"]["value"] == 100
    assert rates["all"]["all"]["value"] == pytest.approx(200 / 3)
    assert rates["language"]["zho_Hans"]["high"] > 50  # one answer is no proof


def test_a_translation_is_to_be_in_its_own_language() -> None:
    english = "The capital of Nigeria has been the city of Abuja since the year 1991."
    for code, kind in (("eng", 0), ("yor", 100)):
        done = answered([english], [ROWS[0]], answers_in=code)
        assert failures(done, detectors())["kinds"]["wrong language"]["all"]["all"]["value"] == kind


def test_letters_of_scripts_without_spaces_are_taken_in_pairs() -> None:
    assert units("北京 is big") == ["is", "big", "北京"]
    assert units("กขค") == ["กข", "ขค"]


def test_of_choices_the_first_is_counted_and_the_surest_mistakes_are_shown() -> None:
    task = choices(answer="1")
    items = items_of(task, ROWS[:2])
    answers = {
        (item.key, question.prompt): Answer(scores=(-1.0, -9.0) if item.language == "yor" else (-5.0, -4.0))
        for item in items for question in item.questions
    }  # fmt: skip
    found = failures(Done(task, items, answers), {})
    assert found["kinds"]["first choice"]["language"]["yor_Latn"]["value"] == 100
    assert found["kinds"]["first choice"]["language"]["ara_Arab"]["value"] == 0
    sample = found["samples"]["wrong"]["yor_Latn"][0]
    assert (sample["why"], sample["answer"], sample["right"]) == (
        "likelier by 8.0 nats", ROWS[0]["right"], [ROWS[0]["wrong"]]
    )  # fmt: skip
    assert list(found["samples"]["wrong"]) == ["yor_Latn"]


def test_a_page_says_all_of_a_run_and_runs_no_script(model: Model, tmp_path: Path) -> None:
    hostile = [{**row, "q": f"<script>alert(1)</script>{row['q']}"} for row in ROWS]
    evaluate(model, [Given(task=choices(), rows=hostile), Given(task=texts(), rows=ROWS)], tmp_path, name="<b>mine</b>")
    errors = report(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert set(errors) == {"answers", "capitals"}
    assert "<script" not in page
    assert "&lt;b&gt;mine" in page
    assert re.search(r"script-src|default-src 'none'", page)
    assert "Yoruba" in page
    assert "low resource" in page
