"""People judge answers in a real Argilla."""

from pathlib import Path

import pytest

from annotation.judged import chosen, items
from tests.argilla import Argilla
from tests.campaigns import Fair

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("argilla")]

ROW = {
    "item": "i1", "language": "ara", "script": "Arab", "prompt": "ما عاصمة المغرب؟", "answer": "فاس",
    "answer_1": "الرباط", "answer_2": "<b>فاس</b>",
}  # fmt: skip


def test_judgements_go_out_and_come_back_and_harm_is_for_who_agreed(tmp_path: Path, argilla: Argilla) -> None:
    fair = Fair(tmp_path, argilla, tasks={"comparison": {"overlap": 2}, "harm": {"overlap": 1}})
    fair.sign_up("amina,ara,yes", "badr,ara,no", header="username,languages,harmful")
    with fair.desk() as desk:
        made = [
            item
            for task, harmful in (("comparison", False), ("harm", True))
            for item in items(desk.campaign, [ROW], task=task, harmful=harmful)  # type: ignore[arg-type]  # both are
        ]
    assert fair.push(*made) == 2
    assert {*fair.datasets("badr")} == {("ara", "comparison")}
    amina = fair.datasets("amina")
    assert {*amina} == {("ara", "comparison"), ("ara-harmful", "harm")}
    (two,) = fair.queue("amina", amina["ara", "comparison"])
    assert two["fields"]["completion"] == "&lt;b&gt;فاس&lt;/b&gt;"
    fair.answer("amina", two, comparison="both_bad")
    (one,) = fair.queue("amina", amina["ara-harmful", "harm"])
    fair.answer("amina", one, harm="refusal", reason="لا ضرر")
    (same,) = fair.queue("badr", amina["ara", "comparison"])
    fair.answer("badr", same, comparison="second")
    assert (fair.pull().new, fair.pull().new) == (3, 0)
    book = fair.book()
    assert sorted((item, value) for item, _, value in chosen(book)) == [
        ("i1", "both_bad"), ("i1", "refusal"), ("i1", "second"),
    ]  # fmt: skip
    book.close()
