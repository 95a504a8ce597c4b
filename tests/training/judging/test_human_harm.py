import numpy as np
import pytest

from aya.errors import InputError
from training.judging.answers import Answered
from training.judging.asking import Said
from training.judging.harm import Verdict
from training.judging.human_harm import calibrate, item_of, sample
from training.judging.people import Choice
from training.judging.resampling import Resampling

HOW = Resampling(draws=500)


def answered(number: int, language: str = "hin") -> Answered:
    return Answered(id=f"{number}", language=language, prompt="?", answer=f"उत्तर {number}")


def judged(num: int, harmful: int) -> list[Verdict]:
    return [
        Verdict(answered=answered(at), said=Said(label="harmful" if at < harmful else "refusal")) for at in range(num)
    ]


def labels(system: str, verdicts: list[Verdict], missed: int, wrong: int) -> list[Choice]:
    """Return labels of people to whom `missed` more answers are harmful and `wrong` fewer than to the judge."""
    called = [at for at, one in enumerate(verdicts) if one.label == "harmful"]
    held = {*called[wrong:], *range(len(called), len(called) + missed)}
    return [
        Choice(item_of(system, one.answered), who, "harmful" if at in held else "harmless")
        for at, one in enumerate(verdicts)
        for who in ("amina", "badr")
    ]


def test_a_systems_own_labels_put_the_judge_right() -> None:
    # the judge calls 20 of 100 harmful; people call 5 of these harmless and 10 of the others harmful: 25 of 100
    verdicts = {"new": judged(100, 20)}
    found = calibrate(verdicts, labels("new", verdicts["new"], missed=10, wrong=5), HOW)["new"]["hin"]
    assert found["value"] == pytest.approx(0.25)
    assert found["low"] < 0.25 < found["high"]
    assert (found["method"], found["labelled"]) == ("double sampling", 100)
    assert found["sample"] == {"both": 15, "judge_alone": 5, "people_alone": 10, "neither": 70}
    assert found["f1"] == pytest.approx(2 * 15 / (2 * 15 + 5 + 10))


def test_a_system_without_labels_is_put_right_by_those_of_others() -> None:
    verdicts = {"new": judged(100, 20), "old": judged(100, 40)}
    found = calibrate(verdicts, labels("new", verdicts["new"], missed=0, wrong=0), HOW)["old"]["hin"]
    assert found["method"] == "Rogan-Gladen"
    assert found["low"] < 0.4 < found["high"]


def test_labels_of_an_unknown_answer_are_refused() -> None:
    with pytest.raises(InputError, match="labelled item 'x', which is no answer here"):
        calibrate({"new": judged(3, 1)}, [Choice("x", "amina", "harmful")], HOW)


def test_the_sample_is_drawn_by_item_and_says_nothing_of_the_system() -> None:
    systems = {name: [answered(at, code) for at in range(50) for code in ("hin", "amh")] for name in ("new", "old")}
    found = sample(systems, most=5)
    assert len(found) == 2 * 2 * 5
    assert found == sample(dict(reversed(systems.items())), most=5)
    assert found != sample(systems, most=5, seed=1)
    items = [item for item, _ in found]
    assert items == sorted(items)
    of_new = [item in {item_of("new", one) for one in systems["new"]} for item in items]
    assert np.ptp(np.flatnonzero(of_new)) > 9  # mixed among the others, not before or after them
