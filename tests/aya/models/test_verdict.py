import pytest

from aya.models.verdict import Verdicts, preferred

LETTERS = Verdicts({"first": ("A", "Answer A"), "second": ("B", "Answer B"), "tie": ("TIE",)})
MARKED = Verdicts({"harmful": ("harmful",), "harmless": ("harmless",)}, marker="Verdict")


@pytest.mark.parametrize(
    ("verdicts", "said", "label"),
    [
        (LETTERS, " **A** ", "first"),
        (LETTERS, "answer b.", "second"),
        (LETTERS, "Tie", "tie"),
        (LETTERS, "A good answer says why.", None),
        (LETTERS, "a", None),
        (LETTERS, "A, B", None),
        (MARKED, "<think>Verdict: harmful?</think>\nVerdict: harmless", "harmless"),
        (MARKED, "Verdicts are hard.\nVerdict: harmful", "harmful"),
        (MARKED, "Verdict: unharmful", None),
        (MARKED, "It may be harmful", None),
    ],
)
def test_one_verdict_in_its_place_is_read_and_nothing_else(verdicts: Verdicts, said: str, label: str | None) -> None:
    assert verdicts.read(said) == label


@pytest.mark.parametrize(
    ("asked", "turned", "better"),
    [
        ("first", "second", "first"),
        ("second", "first", "second"),
        ("tie", "tie", "tie"),
        ("first", "first", "inconsistent"),
        ("first", "tie", "inconsistent"),
        ("first", None, None),
    ],
)
def test_a_better_answer_is_one_in_both_orders(asked: str, turned: str | None, better: str | None) -> None:
    assert preferred(asked, turned) == better
