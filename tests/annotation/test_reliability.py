import numpy as np
import pytest

from annotation.agreement import Label
from annotation.answers import answers
from annotation.reliability import dawid_skene, gold_scores
from tests.diary import Diary


def simulated(shares_right: dict[str, float], *, units: int = 300) -> tuple[list[Label], dict[str, str]]:
    random = np.random.default_rng(7)
    truth = {f"{unit:03d}": str(random.choice(["up", "down"])) for unit in range(units)}
    other = {"up": "down", "down": "up"}
    labels = [
        Label(unit, rater, value if random.random() < share else other[value])
        for unit, value in truth.items()
        for rater, share in shares_right.items()
    ]
    return labels, truth


def test_raters_are_known_from_their_answers_alone() -> None:
    shares = {"sure": 0.95, "good": 0.8, "guessing": 0.5, "contrary": 0.1}
    labels, truth = simulated(shares)
    found = dawid_skene(labels)
    assert found.accuracy == pytest.approx(shares, abs=0.06)
    right = sum(found.values[unit] == value for unit, value in truth.items())
    assert right / len(truth) > 0.95  # the majority of the same four is right in fewer
    assert all(0.5 <= sure <= 1.0 for sure in found.confidence.values())


def test_crowd_kit_finds_the_same_raters() -> None:
    """What crowd-kit 1.4.2's `DawidSkene(n_iter=100, tol=1e-6)` says of these labels; all 300 values are ours too.

    It has no label added to each row, so its figures lie a little farther from one half.
    """
    labels, _ = simulated({"sure": 0.95, "good": 0.8, "guessing": 0.5, "contrary": 0.1})
    theirs = {"sure": 0.9505, "good": 0.8234, "guessing": 0.5, "contrary": 0.0737}
    assert dawid_skene(labels).accuracy == pytest.approx(theirs, abs=0.006)


def test_full_agreement_is_kept() -> None:
    labels = [Label(f"{unit}", rater, "ab"[unit % 2]) for unit in range(10) for rater in "xyz"]
    found = dawid_skene(labels)
    assert found.values == {f"{unit}": "ab"[unit % 2] for unit in range(10)}
    assert min(found.accuracy.values()) > 0.99


def test_the_order_of_labels_does_not_matter() -> None:
    labels, _ = simulated({"a": 0.9, "b": 0.7, "c": 0.6}, units=40)
    assert dawid_skene(labels) == dawid_skene(labels[::-1])


def test_nobody_has_no_consensus() -> None:
    assert dawid_skene([]).values == {}


def test_gold_items_are_compared_normalised_and_counted_by_question() -> None:
    diary = Diary()
    item = diary.item("reannotation", gold='{"approved": "down", "completion": "ሰላም"}')
    diary.answer(item, "abebe", approved="down", completion=" ሰላም ")
    diary.answer(item, "bisi", approved="up", completion="ሰላም")
    diary.answer(diary.item("reannotation"), "bisi", approved="up")
    found = gold_scores(answers(diary.items, diary.responses))
    assert [(score.annotator, score.right, score.asked) for score in found] == [("bisi", 1, 2), ("abebe", 2, 2)]
