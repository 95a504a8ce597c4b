from collections.abc import Sequence

import numpy as np
import pytest

from aya.intervals import wilson
from tests.training.evaluation.worksheets import choices, texts
from training.evaluation.figures import Group, Sheet, figures, said
from training.evaluation.items import Item, Question
from training.evaluation.measures import measures_of


def sheet(right: Sequence[tuple[str, str, Sequence[int]]]) -> Sheet:
    """Return (language and script, cluster, right by each prompt) as a sheet of accuracies."""
    items, numbers = [], []
    for place, (tongue, cluster, values) in enumerate(right):
        language, script = tongue.split("_")
        questions = tuple(Question(f"p{number}", "?", ("a", "b")) for number in range(len(values)))
        items.append(
            Item(
                key=f"{tongue}:{place}", id=str(place), language=language, script=script, answers_in=tongue,
                cluster=cluster, questions=questions, answer=0, references=(),
            )
        )  # fmt: skip
        numbers.append([[float(value), 1.0] for value in values])
    return Sheet(measure=measures_of(choices())[0], items=items, numbers=np.array(numbers))


def test_a_language_has_the_median_of_its_prompts() -> None:
    found = figures(sheet([("yor_Latn", "a", (1, 0, 1)), ("yor_Latn", "b", (0, 0, 1))]))
    told = said(found[Group("language", "yor_Latn")])
    assert told["prompts"] == {"p0": 50, "p1": 0, "p2": 100}
    assert told["value"] == 50
    assert told["interval"] == "bootstrap"


def test_a_group_has_the_mean_of_its_languages_however_large() -> None:
    rows = [("yor_Latn", str(n), (1,)) for n in range(30)] + [("amh_Ethi", str(n), (0,)) for n in range(3)]
    found = figures(sheet(rows))
    assert found[Group("all", "all")].value == 50
    assert found[Group("resource", "low")].value == 50
    assert found[Group("script", "Ethi")].value == 0
    assert found[Group("class", "2")].languages == 2
    assert {group.name for group in found if group.kind == "family"} == {"Atlantic-Congo", "Afro-Asiatic"}


def test_single_answers_have_the_interval_of_wilson() -> None:
    found = figures(sheet([("yor_Latn", str(n), (n < 7,)) for n in range(10)]))
    told = said(found[Group("language", "yor_Latn")])
    assert (told["low"] / 100, told["high"] / 100) == pytest.approx(wilson(7, 10))
    assert told["interval"] == "Wilson"


def test_items_that_hang_together_widen_the_interval() -> None:
    apart = figures(sheet([("yor_Latn", str(n), (n % 2, n % 2)) for n in range(100)]))
    joined = figures(sheet([("yor_Latn", str(n // 10), (n // 10 % 2, n // 10 % 2)) for n in range(100)]))
    widths = [
        np.subtract(*[said(found[Group("all", "all")])[end] for end in ("high", "low")]) for found in (apart, joined)
    ]
    assert widths[1] > 2.5 * widths[0]  # sqrt(10) = 3.2 for 10 clusters


def test_translations_of_an_item_are_drawn_together() -> None:
    """Two languages that agree on every item know no more than one."""
    rows = [(tongue, str(n), (n % 2, n % 2)) for n in range(40) for tongue in ("yor_Latn", "amh_Ethi")]
    found = figures(sheet(rows))
    assert (found[Group("all", "all")].draws == found[Group("language", "yor_Latn")].draws).all()


def test_that_all_are_right_is_no_proof() -> None:
    told = said(figures(sheet([("yor_Latn", str(n), (1, 1)) for n in range(5)]))[Group("all", "all")])
    assert told["high"] == 100
    assert told["low"] == pytest.approx(100 * wilson(5, 5)[0])


def test_measures_of_texts_come_from_the_task() -> None:
    assert [measure.name for measure in measures_of(texts())] == ["chrf++", "f1"]
