from pathlib import Path

import polars as pl
import pytest

from annotation.agreement import Label, Level, agreement, agreements
from annotation.answers import answers
from tests.diary import Diary

# Krippendorff 2011, section E: four observers, twelve units, values 1 to 5, `.` is missing.
OBSERVERS = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]


def textbook() -> list[Label]:
    return [
        Label(f"{unit:02d}", f"observer {rater}", float(value))
        for rater, line in enumerate(OBSERVERS)
        for unit, value in enumerate(line.split())
        if value != "."
    ]


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_the_textbook(level: Level, alpha: float) -> None:
    found = agreement(textbook(), level=level, draws=200)
    assert found.alpha == pytest.approx(alpha, abs=5e-4)
    assert (found.units, found.raters, found.values) == (11, 4, 40)
    assert found.low is not None
    assert found.high is not None
    assert found.low < alpha < found.high <= 1.0


def test_alpha_is_right_by_hand() -> None:
    # Units aa, ab, bb: 6 values, 3 a and 3 b; observed disagreement 2/6, expected 2*3*3/(6*5) = 3/5.
    labels = [
        Label(unit, rater, value) for unit, pair in numbered(["aa", "ab", "bb"]) for rater, value in numbered(pair)
    ]
    found = agreement(labels, level="nominal", draws=50)
    assert found.alpha == pytest.approx(1 - (2 / 6) / (3 / 5))
    assert found.share_alike == pytest.approx(2 / 3)


def numbered(values: list[str] | str) -> list[tuple[str, str]]:
    return [(str(number), value) for number, value in enumerate(values)]


def test_one_value_alone_has_no_alpha() -> None:
    found = agreement([Label("u", "a", "up"), Label("u", "b", "up")], level="nominal")
    assert (found.alpha, found.low, found.high, found.share_alike) == (None, None, None, 1.0)


def test_units_with_one_value_do_not_count() -> None:
    assert agreement([Label("u", "a", "up"), Label("v", "b", "down")], level="nominal").units == 0


def test_the_order_of_labels_does_not_matter() -> None:
    assert agreement(textbook(), level="ordinal", draws=50) == agreement(textbook()[::-1], level="ordinal", draws=50)


def test_agreement_is_told_by_language_and_question() -> None:
    diary = Diary()
    for language in ("yor", "tha"):
        for verdicts in (("up", "up"), ("down", "down")):
            item = diary.item("reannotation", language)
            for person, verdict in zip(("a", "b"), verdicts, strict=True):
                diary.answer(item, person, approved=verdict)
    found = agreements(answers(diary.items, diary.responses), draws=50)
    assert list(found) == [("tha", "approved"), ("yor", "approved")]
    assert found["yor", "approved"].alpha == 1.0


SPELLINGS = {"inderminate": "indeterminate"}


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("language", "alpha", "units"), [("hausa", 0.4936, 30_000), ("portuguese", 0.2803, 10_000), ("twi", 0.3576, 5_771)]
)
def test_three_labels_a_tweet_have_an_alpha(real_data: Path, language: str, alpha: float, units: int) -> None:
    rows = pl.read_parquet(real_data / "human/afrisenti_individual_labels.parquet").filter(language=language)
    labels = [
        Label(f"{number:06d}", str(rater), SPELLINGS.get(label.lower(), label.lower()))
        for number, row in enumerate(rows.select("label_1", "label_2", "label_3").iter_rows())
        for rater, label in enumerate(row)
        if label is not None
    ]
    found = agreement(labels, level="nominal", draws=20)
    assert found.units == units
    assert found.alpha == pytest.approx(alpha, abs=5e-4)


# Two judges rated 52 outputs of models; a blank is no rating, -1 a slip.
@pytest.mark.realdata
def test_human_ratings_of_one_output_have_an_alpha(real_data: Path) -> None:
    rows = pl.read_parquet(real_data / "human/tata_human_ratings.parquet").filter(pl.col("interpretable") != "-1.0")
    labels = [
        Label(f"{row['id']} {row['model']}", str(number), float(row["interpretable"]))
        for number, row in enumerate(rows.iter_rows(named=True))
    ]
    found = agreement(labels, level="interval", draws=200)
    assert found.units == 52
    assert found.alpha == pytest.approx(0.5402, abs=5e-4)
